import { nativeSha256 } from '../../../node/index.ts';
import { RARE_PATHS } from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { interruptSignal } from '../../interrupt.ts';
import { formatDuration, table } from '../../terminal.ts';
import { Progress } from '../progress.ts';
import {
  importSimulator,
  parseSeeds,
  replayCommand,
  type Selection,
  type SelectionOptions,
  select,
  simulatorUrl,
} from '../selection.ts';
import { missedPaths, type SweepState, sweep } from '../sweep.ts';
import { tryMany } from '../trials.ts';
import { RECORDED_EVERY } from '../worker.ts';

interface SweepCommandOptions extends SelectionOptions {
  readonly seeds?: string;
  readonly jobs?: number;
  readonly keepGoing?: boolean;
  readonly explain?: boolean;
  readonly protocol?: string;
}

/** Runs many seeds, and shows the first failure in its shortest form. */
export async function run(
  cli: Cli,
  _args: readonly string[],
  options: SweepCommandOptions,
): Promise<ExitCode> {
  const { protocol } = options;
  if (protocol !== undefined) return tryMany(cli, { ...options, protocol });
  const { terminal } = cli;
  const selection = select(options);
  const seeds = parseSeeds(options.seeds ?? '1..2000');
  const signal = interruptSignal();
  const progress = new Progress(terminal, seeds.to - seeds.from + 1);
  const startedMs = performance.now();
  const { url, release } = simulatorUrl(selection.mutant);
  const data = { url, campaign: selection.campaign, fixed: selection.fixed };
  let state: SweepState;
  try {
    state = await sweep({
      ...data,
      seeds,
      signal,
      stopAtFailure: options.keepGoing !== true,
      onProgress: ({ runs, failed }) => progress.update(runs, failed),
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
    });
  } finally {
    release();
    progress.clear();
  }
  const elapsedMs = performance.now() - startedMs;
  const first = state.failures[0];
  const shown =
    first === undefined ? undefined : await explain(selection, first.seed, options.explain === true);
  const replay = first === undefined ? undefined : replayCommand(options, first.seed);
  const { runs, steps, failed, failures, rare } = state;
  const missed = failed > 0 ? [] : missedPaths(state, data);
  terminal.emit(
    {
      event: 'sweep',
      runs,
      steps,
      failed,
      elapsedMs,
      interrupted: signal.aborted,
      failures,
      rare,
      missed,
      replay,
      ...shown,
    },
    [
      summarise(state, elapsedMs, signal.aborted),
      ...missed.map((path) => `never happened: ${path}; so nothing is shown about it`),
      ...(shown?.lines ?? []),
      ...(replay === undefined ? [] : [`again: ${replay}`]),
    ].join('\n'),
  );
  if (signal.aborted) return EXIT.interrupted;
  if (missed.length > 0 || failures.some(({ property }) => property !== 'undecided')) return EXIT.failed;
  return failed > 0 ? EXIT.unknown : EXIT.ok;
}

/** The first failure, made as short as it gets. */
async function explain(
  { campaign, fixed, mutant }: Selection,
  seed: number,
  full: boolean,
): Promise<{ readonly lines: readonly string[]; readonly story: readonly string[] } | undefined> {
  const simulator = await importSimulator(mutant);
  const shrunk = simulator.shrink(simulator.CAMPAIGNS[campaign].draw(seed, fixed), nativeSha256);
  const verdict = shrunk?.result.violated;
  if (shrunk === undefined || verdict === undefined) return undefined;
  const story = simulator.narrate(shrunk.scenario, shrunk.events, verdict);
  const head = `seed ${seed}: ${shrunk.before} decisions, of which ${shrunk.decisions.length} are enough:`;
  const steps = shrunk.decisions.map((decision, i) => `  ${i + 1}. ${decision.map(shorten).join(' ')}`);
  return { story, lines: [head, ...(full ? steps : []), ...story.map((line) => `  ${line}`)] };
}

/** Frames are long. */
function shorten(part: unknown): string {
  const text = String(part);
  return text.length > 40 ? `${text.slice(0, 24)}… (${text.length / 2} bytes)` : text;
}

function summarise(state: SweepState, elapsedMs: number, interrupted: boolean): string {
  const { runs, failed, failures, rare } = state;
  const counted = new Map<string, number>();
  for (const { property } of failures) counted.set(property, (counted.get(property) ?? 0) + 1);
  const rate = Math.round((runs * 1_000) / Math.max(1, elapsedMs));
  const head = `${interrupted ? 'interrupted after ' : ''}${runs} runs in ${formatDuration(elapsedMs)}, ${rate} a second: ${failed === 0 ? 'nothing violated' : `${failed} failed`}`;
  const paths = RARE_PATHS.map((path) => [path, String(rare[path])]);
  return [
    head,
    ...[...counted].map(([property, count]) => `  ${property}: ${count}`),
    ...(runs < RECORDED_EVERY
      ? []
      : [`rare paths, counted in one run of ${RECORDED_EVERY}:`, table(paths, [1])]),
  ].join('\n');
}
