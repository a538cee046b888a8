import { resolve } from 'node:path';
import { faultyMax } from '../../committee/index.ts';
import {
  drawTrial,
  runTrial,
  SCHEDULES,
  shrinkTrial,
  TRIAL_LIARS,
  type TrialScenario,
} from '../../simulator/index.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { interruptSignal } from '../interrupt.ts';
import { formatDuration } from '../terminal.ts';
import { Progress } from './progress.ts';
import { parseSeeds, type SelectionOptions } from './selection.ts';
import { spread } from './spread.ts';
import { type AnySubject, loadSubject } from './subject.ts';
import type { TrialBatch, TrialWorkerData } from './trial-worker.ts';
import type { Failure } from './worker.ts';

/** The options of `sim run` and `sim sweep` when `--protocol` is among them. */
export interface TrialCommandOptions extends SelectionOptions {
  readonly protocol: string;
  readonly seeds?: string;
  readonly jobs?: number;
  readonly keepGoing?: boolean;
  readonly explain?: boolean;
  readonly trace?: string;
}

/** What belongs to the simulator of whole members. */
const FOREIGN = ['scenario', 'mutant', 'form', 'trace'] as const;
const FAILURES_SHOWN = 10;

/** Tries a protocol with one seed, and tells what happens. */
export async function tryOnce({ terminal, cwd }: Cli, options: TrialCommandOptions): Promise<ExitCode> {
  const fixed = fixedBy(options);
  const subject = await loadSubject(options.protocol, cwd);
  const scenario = drawTrial(options.seed ?? 1, fixed);
  const story: string[] = [];
  const { violated, ended, count } = runTrial(subject, { scenario, tell: (line) => story.push(line) });
  const verdict =
    violated === undefined
      ? ended
        ? `all hold: ${promises(subject)}`
        : 'undecided: it came to no end'
      : `${violated.property} is violated: ${violated.note}`;
  terminal.emit(
    { event: 'trial', scenario, steps: count, ended, violated, story },
    [describe(subject, scenario), ...(options.explain === true ? story : []), verdict].join('\n'),
  );
  if (violated !== undefined) return EXIT.failed;
  return ended ? EXIT.ok : EXIT.unknown;
}

/** Tries a protocol with many seeds, and shows the first failure in its shortest form. */
export async function tryMany({ terminal, cwd }: Cli, options: TrialCommandOptions): Promise<ExitCode> {
  const fixed = fixedBy(options);
  const seeds = parseSeeds(options.seeds ?? '1..2000');
  const subject = await loadSubject(options.protocol, cwd);
  const signal = interruptSignal();
  const progress = new Progress(terminal, seeds.to - seeds.from + 1);
  const startedMs = performance.now();
  const failures: Failure[] = [];
  let runs = 0;
  let steps = 0;
  try {
    await spread<TrialWorkerData, TrialBatch>({
      script: 'cli/sim/trial-worker.js',
      data: { protocol: resolve(cwd, options.protocol), trial: fixed },
      ...{ seeds, signal, jobs: options.jobs },
      onResult: (batch) => {
        runs += batch.runs;
        steps += batch.steps;
        failures.push(...batch.failures);
        progress.update(runs, failures.length);
        return options.keepGoing === true || failures.length === 0;
      },
    });
  } finally {
    progress.clear();
  }
  failures.sort((a, b) => a.seed - b.seed);
  const elapsedMs = performance.now() - startedMs;
  const [first] = failures;
  const shown = first === undefined ? undefined : explain(subject, first, fixed);
  const replay = first === undefined ? undefined : replayCommand(options, first.seed);
  const rate = Math.round((runs * 1_000) / Math.max(1, elapsedMs));
  const head = `${signal.aborted ? 'interrupted after ' : ''}${runs} runs of ${subject.name} in ${formatDuration(elapsedMs)}, ${rate} a second: `;
  terminal.emit(
    {
      ...{ event: 'sweep', protocol: subject.name, runs, steps, failed: failures.length, elapsedMs },
      ...{ interrupted: signal.aborted, failures: failures.slice(0, 100), replay, ...shown },
    },
    [
      `${head}${failures.length === 0 ? `nothing violated of ${promises(subject)}` : `${failures.length} failed`}`,
      ...failures
        .slice(0, FAILURES_SHOWN)
        .map(({ seed, property, note }) => `  seed ${seed}: ${property}: ${note}`),
      ...(shown?.lines ?? []),
      ...(replay === undefined ? [] : [`again: ${replay}`]),
    ].join('\n'),
  );
  if (signal.aborted) return EXIT.interrupted;
  if (failures.some(({ property }) => property !== 'undecided')) return EXIT.failed;
  return failures.length > 0 ? EXIT.unknown : EXIT.ok;
}

/** The first failure, made as short as it gets. */
function explain(subject: AnySubject, { seed }: Failure, fixed: Partial<TrialScenario>) {
  const scenario = drawTrial(seed, fixed);
  const shrunk = shrinkTrial(subject, scenario);
  if (shrunk === undefined) return undefined;
  const { before, steps, story, property, note } = shrunk;
  return {
    story,
    lines: [
      describe(subject, scenario),
      `${before} steps, of which ${steps.length} are enough:`,
      ...story.map((line) => `  ${line}`),
      `  ${property} is violated: ${note}`,
    ],
  };
}

function promises({ properties }: AnySubject): string {
  return Object.keys(properties).join(', ');
}

function describe({ name }: AnySubject, scenario: TrialScenario): string {
  const { seed, n, f, schedule, faulty, liars, restarts } = scenario;
  const who = faulty.length === 0 ? 'nobody lies' : `${faulty.map((id) => `p${id}`).join(', ')}: ${liars}`;
  return `seed ${seed}: ${name}, n=${n}, f=${f}, ${schedule} schedule; ${who}${restarts ? '; restarts' : ''}`;
}

/** The command line that tries one seed again. */
function replayCommand(
  { protocol, members, faulty, adversary, schedule, chaos }: TrialCommandOptions,
  seed: number,
) {
  const given = { '-m': members, '-f': faulty, '-a': adversary, '--schedule': schedule, '--chaos': chaos };
  const rest = Object.entries(given).flatMap(([flag, value]) =>
    value === undefined ? [] : [`${flag} ${value}`],
  );
  return [`quorumcast sim run --protocol ${protocol} --seed ${seed} --explain`, ...rest].join(' ');
}

/** @throws CommandError ERR_USAGE for options that do not go with `--protocol` */
function fixedBy(options: TrialCommandOptions): Partial<TrialScenario> {
  for (const name of FOREIGN) {
    if (options[name] !== undefined) throw usage(`--${name} is about whole members and not about --protocol`);
  }
  const { members, faulty, adversary, schedule, chaos } = options;
  const n = members ?? 4;
  const count = faulty ?? faultyMax(n);
  if (count >= n) throw usage(`${count} liars among ${n} members leave nobody to promise anything to`);
  const liars = TRIAL_LIARS.find((liar) => liar === adversary);
  if (adversary !== undefined && liars === undefined)
    throw usage(
      `there is no way to lie called "${adversary}"`,
      `with --protocol there are ${TRIAL_LIARS.join(', ')}`,
    );
  const known = SCHEDULES.find((each) => each === schedule);
  if (schedule !== undefined && known === undefined)
    throw usage(`there is no schedule called "${schedule}"`, `there are ${SCHEDULES.join(', ')}`);
  if (chaos !== undefined && chaos !== 'crashes' && chaos !== 'none')
    throw usage(`--chaos ${chaos}: with --protocol there are crashes and none`);
  return {
    ...(members === undefined ? {} : { n: members, f: faultyMax(members) }),
    ...(faulty === undefined ? {} : { n, f: faultyMax(n), faulty: lastOf(n, count) }),
    ...(liars === undefined ? {} : { liars }),
    ...(known === undefined ? {} : { schedule: known }),
    ...(chaos === undefined ? {} : { restarts: chaos === 'crashes' }),
  };
}

function lastOf(n: number, count: number): number[] {
  return Array.from({ length: count }, (_, k) => n - count + k);
}
