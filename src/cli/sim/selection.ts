import { faultyMax } from '../../committee/index.ts';
import {
  CAMPAIGNS,
  type CampaignName,
  type Chaos,
  PRESETS,
  type Preset,
  SCHEDULES,
  type Scenario,
  type ScheduleName,
  STRATEGIES,
  scenario,
} from '../../simulator/index.ts';
import { usage } from '../command-error.ts';
import { copyMutant, requireMutant, type SimulatorModule } from './mutant.ts';
import { SIMULATOR_URL } from './sweep.ts';
import type { Seeds } from './worker.ts';

/** The options that say what is to be run, as they stand on the command line. */
export interface SelectionOptions {
  readonly members?: number;
  readonly faulty?: number;
  readonly seed?: number;
  readonly scenario?: string;
  readonly adversary?: string;
  readonly mutant?: string;
  readonly schedule?: string;
  readonly form?: 'early' | 'classic';
  readonly chaos?: string;
}

/** What they mean. */
export interface Selection {
  readonly campaign: CampaignName;
  readonly fixed: Partial<Scenario>;
  /** The name of the bug that is put in; empty: none. */
  readonly mutant: string;
  /** The seed to take if none is named. */
  readonly seed: number;
  readonly preset: Preset | undefined;
}

/** @throws CommandError ERR_USAGE with the list of what is possible */
export function select(options: SelectionOptions): Selection {
  const name = options.scenario ?? 'mixed';
  const preset: Preset | undefined = Object.entries<Preset>(PRESETS).find(([known]) => known === name)?.[1];
  if (preset === undefined && !isCampaign(name)) {
    const known = [...Object.keys(CAMPAIGNS), ...Object.keys(PRESETS)].join(', ');
    throw usage(`there is no scenario called "${name}"`, `there are ${known}`);
  }
  const mutant = options.mutant ?? preset?.mutant ?? '';
  if (mutant !== '') requireMutant(mutant);
  return {
    campaign: preset?.campaign ?? (isCampaign(name) ? name : 'mixed'),
    fixed: { ...preset?.fixed, ...fixedBy(options) },
    mutant,
    seed: options.seed ?? preset?.seed ?? 1,
    preset,
  };
}

/** The simulator that a selection asks for, to be imported from `url`; `release` when it has been. */
export function simulatorUrl(mutant: string): { readonly url: string; readonly release: () => void } {
  if (mutant === '') return { url: SIMULATOR_URL, release: () => undefined };
  const copy = copyMutant(requireMutant(mutant));
  return { url: copy.url, release: copy.remove };
}

/** Imports the simulator that a selection asks for. */
export async function importSimulator(mutant: string): Promise<SimulatorModule> {
  const { url, release } = simulatorUrl(mutant);
  try {
    return await import(url);
  } finally {
    release();
  }
}

/** "1..20000" or "7". @throws CommandError ERR_USAGE */
export function parseSeeds(text: string): Seeds {
  const match = /^(\d{1,15})(?:\.\.(\d{1,15}))?$/.exec(text);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (match === null || from > to) throw usage(`"${text}" names no seeds`, 'write 1..20000, or one number');
  return { from, to };
}

/** The command line that runs one seed of a selection again. */
export function replayCommand(options: SelectionOptions, seed: number): string {
  const words = ['quorumcast sim run --scenario', options.scenario ?? 'mixed', '--seed', String(seed)];
  const given = {
    members: '-m',
    faulty: '-f',
    adversary: '-a',
    mutant: '--mutant',
    schedule: '--schedule',
    form: '--form',
    chaos: '--chaos',
  } as const;
  for (const [key, flag] of Object.entries(given)) {
    const value = options[key as keyof typeof given];
    if (value !== undefined) words.push(flag, String(value));
  }
  return words.join(' ');
}

function isCampaign(name: string): name is CampaignName {
  return Object.hasOwn(CAMPAIGNS, name);
}

function fixedBy(options: SelectionOptions): Partial<Scenario> {
  const { members, schedule, form } = options;
  return {
    ...(members === undefined ? {} : { n: members, f: faultyMax(members) }),
    ...(options.adversary === undefined ? {} : liars(options.adversary, members ?? 4)),
    ...(options.faulty === undefined ? {} : { faulty: lastOf(members ?? 4, options.faulty) }),
    ...(schedule === undefined ? {} : { schedule: requireSchedule(schedule) }),
    ...(form === undefined ? {} : { form }),
    ...(options.chaos === undefined ? {} : { chaos: parseChaos(options.chaos) }),
  };
}

function requireSchedule(name: string): ScheduleName {
  const known = SCHEDULES.find((schedule) => schedule === name);
  if (known !== undefined) return known;
  throw usage(`there is no schedule called "${name}"`, `there are ${SCHEDULES.join(', ')}`);
}

function liars(adversary: string, n: number): Partial<Scenario> {
  if (!Object.hasOwn(STRATEGIES, adversary)) {
    throw usage(
      `there is no strategy called "${adversary}"`,
      '`quorumcast sim list strategies` names them all',
    );
  }
  return { n, f: faultyMax(n), adversary, faulty: lastOf(n, faultyMax(n)) };
}

function lastOf(n: number, count: number): number[] {
  if (count >= n) throw usage(`${count} liars among ${n} members leave nobody to promise anything to`);
  return Array.from({ length: count }, (_, k) => n - count + k);
}

const { chaos: CALM } = scenario();

function parseChaos(text: string): Chaos {
  const names = text === 'none' ? [] : text.split(',');
  for (const name of names) {
    if (!Object.hasOwn(CALM, name)) {
      throw usage(
        `--chaos ${text}: there is no "${name}"`,
        `${Object.keys(CALM).join(', ')}, with commas; or none`,
      );
    }
  }
  return { ...CALM, ...Object.fromEntries(names.map((name) => [name, true])) };
}
