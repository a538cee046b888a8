import type { BroadcastForm, Rules } from '../../../broadcast/index.ts';
import { rulesOf } from '../../../broadcast/index.ts';
import { Committee, faultyMax } from '../../../committee/index.ts';
import type { Explored, ExploredMessages, ExploreProgress } from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { usage } from '../../command-error.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { interruptSignal } from '../../interrupt.ts';
import { formatDuration } from '../../terminal.ts';
import { exploreInThread } from '../explore.ts';
import { simulatorUrl } from '../selection.ts';
import { StatusLine } from '../status-line.ts';

interface ExploreCommandOptions {
  readonly members?: number;
  readonly faulty?: number;
  readonly form: BroadcastForm;
  readonly sender?: 'correct' | 'faulty';
  readonly values?: number;
  readonly messages: ExploredMessages;
  readonly coded?: boolean;
  readonly rules?: string;
  readonly mutant?: string;
  readonly symmetry: boolean;
  readonly deadVariables: boolean;
  readonly eachMember?: boolean;
  readonly statesMax?: number;
}

/** Explores one instance of broadcast. */
export async function run(
  { terminal }: Cli,
  _args: readonly string[],
  options: ExploreCommandOptions,
): Promise<ExitCode> {
  const { form, sender, messages, symmetry, deadVariables, values, faulty, statesMax } = options;
  const n = options.members ?? 4;
  const rules = options.rules === undefined ? undefined : parseRules(options.rules, n, form);
  const signal = interruptSignal();
  const line = new StatusLine(terminal);
  const startedMs = performance.now();
  const { url, release } = simulatorUrl(options.mutant ?? '');
  let explored: Explored;
  try {
    explored = await exploreInThread({
      url,
      signal,
      onProgress: (progress) => line.show(() => told(progress, startedMs)),
      options: {
        ...{ n, form, messages, symmetry, deadVariables, eachMember: options.eachMember === true },
        coded: options.coded === true,
        ...(sender === undefined ? {} : { sender }),
        ...(values === undefined ? {} : { values }),
        ...(faulty === undefined ? {} : { liars: faulty }),
        ...(rules === undefined ? {} : { rules }),
        ...(statesMax === undefined ? {} : { statesMax }),
      },
    });
  } finally {
    release();
    line.clear();
  }
  const elapsedMs = performance.now() - startedMs;
  const interrupted = signal.aborted && !explored.complete && explored.violations.length === 0;
  terminal.emit(
    { event: 'explore', ...explored, interrupted, elapsedMs },
    describe(explored, elapsedMs, interrupted).join('\n'),
  );
  if (explored.violations.length > 0) return EXIT.failed;
  if (interrupted) return EXIT.interrupted;
  return explored.complete ? EXIT.ok : EXIT.unknown;
}

/** "echo=3,deliver=2". @throws CommandError ERR_USAGE */
function parseRules(text: string, n: number, form: BroadcastForm): Partial<Rules> {
  const known = Object.entries(rulesOf(new Committee(n, faultyMax(n)), form));
  const names = known.flatMap(([name, value]) => (typeof value === 'boolean' ? [] : [name]));
  const rules = text.split(',').map((part) => {
    const [, name = '', count = ''] = /^(\w+)=(\d{1,2})$/.exec(part) ?? [];
    if (names.includes(name) && Number(count) > 0) return [name, Number(count)] as const;
    throw usage(`--rules ${text}: "${part}" is no threshold`, `write NAME=COUNT, of ${names.join(', ')}`);
  });
  return Object.fromEntries(rules);
}

function told(progress: ExploreProgress, startedMs: number): string {
  const elapsed = formatDuration(performance.now() - startedMs);
  const { states, open } = progress;
  if (progress.phase === 'machine')
    return `taking a member's table: ${states} states, ${open} open, ${elapsed}`;
  const rate = Math.round((states * 1_000) / Math.max(1, performance.now() - startedMs));
  return `${states} states, ${open} open, ${progress.depth} steps deep, ${rate} a second, ${elapsed}`;
}

function describe(explored: Explored, elapsedMs: number, interrupted: boolean): string[] {
  const { states, transitions, depth, machineStates, tableStates, symmetries, violations, complete } =
    explored;
  const seen = `${states} states, ${transitions} steps between them, at most ${depth} deep, in ${formatDuration(elapsedMs)}`;
  const local = `each member: ${machineStates.join(', ')} states, of which others can tell apart ${tableStates.join(', ')}; ${symmetries} renamings`;
  if (machineStates.length === 0)
    return [
      `interrupted after ${formatDuration(elapsedMs)}, while the table of a member was taken: nothing was searched yet`,
    ];
  const found = violations.flatMap(({ property, path }) => [
    `${property} is violated:`,
    ...path.map((step, index) => `  ${index + 1}. ${step}`),
  ]);
  if (found.length > 0) return [seen, local, ...found];
  if (complete)
    return [
      seen,
      local,
      'all of them: agreement, validity, totality, integrity and say-once hold, and no assertion fails',
    ];
  return [`${interrupted ? 'interrupted' : 'stopped'} after ${seen}`, local, 'nothing violated so far'];
}
