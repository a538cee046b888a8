import { faultyMax } from '../../committee/index.ts';
import { ADVERSARIES, type AdversaryName } from '../../simulator/index.ts';
import { usage } from '../command-error.ts';

/** The options of `quorumcast demo`, as they stand on the command line. */
export interface DemoOptions {
  readonly members?: string;
  readonly faulty?: string;
  /** `NAME=KIND`, repeated or separated by commas. */
  readonly byzantine?: readonly string[];
  /** Folder to keep the members' data in. */
  readonly keep?: string;
}

/** What they mean. */
export interface DemoPlan {
  readonly n: number;
  readonly f: number;
  /** By member number. */
  readonly adversaries: ReadonlyMap<number, AdversaryName>;
}

/** Most members that one machine is asked to run as processes. */
const MEMBERS_MAX = 32;

/** @throws CommandError ERR_USAGE with the arithmetic or the list of what is possible. */
export function planDemo(options: DemoOptions): DemoPlan {
  const n = wholeNumber('--members', options.members ?? '4', 1, MEMBERS_MAX);
  const f = wholeNumber('--faulty', options.faulty ?? String(faultyMax(n)), 0, faultyMax(n));
  const given = options.byzantine ?? (f > 0 ? [`p${n - 1}=equivocate`] : []);
  const adversaries = new Map<number, AdversaryName>();
  for (const item of given.flatMap((list) => list.split(','))) {
    const [name = '', kind = ''] = item.split('=');
    const id = Number(/^p(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (!(id < n))
      throw usage(`--byzantine ${item}: there is no member "${name}"`, `members are p0 to p${n - 1}`);
    if (!isAdversary(kind)) {
      const known = Object.entries(ADVERSARIES).map(([known, { summary }]) => `${known} (${summary})`);
      throw usage(`--byzantine ${item}: unknown kind "${kind}"`, `kinds are ${known.join(', ')}`);
    }
    if (adversaries.has(id)) throw usage(`--byzantine names ${name} twice`);
    adversaries.set(id, kind);
  }
  if (adversaries.size === n)
    throw usage('with every member Byzantine there is nobody to promise anything to');
  return { n, f, adversaries };
}

function isAdversary(name: string): name is AdversaryName {
  return Object.hasOwn(ADVERSARIES, name);
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  const why = flag === '--faulty' ? `n >= 3f+1 must hold, so f is at most ${max} here` : `${min} to ${max}`;
  throw usage(`${flag} ${text} is not possible`, why);
}
