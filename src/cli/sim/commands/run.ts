import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nativeSha256 } from '../../../node/index.ts';
import { type RunResult, type Scenario, simulatedHeader, type TraceEvent } from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { table } from '../../terminal.ts';
import { importSimulator, type SelectionOptions, select } from '../selection.ts';
import { traceHash, traceText } from '../trace-file.ts';
import { tryOnce } from '../trials.ts';

interface RunOptions extends SelectionOptions {
  readonly explain?: boolean;
  readonly protocol?: string;
  readonly trace?: string;
}

/** Runs one seed and judges it. */
export async function run(cli: Cli, _args: readonly string[], options: RunOptions): Promise<ExitCode> {
  const { protocol } = options;
  if (protocol !== undefined) return tryOnce(cli, { ...options, protocol });
  const { terminal } = cli;
  const { campaign, fixed, mutant, seed } = select(options);
  const simulator = await importSimulator(mutant);
  const scenario = simulator.CAMPAIGNS[campaign].draw(seed, fixed);
  const events: TraceEvent[] = [];
  const result = simulator.runScenario(scenario, {
    sha256: nativeSha256,
    observe: (event) => events.push(event),
  });
  const header = simulatedHeader(scenario, mutant === '' ? {} : { mutant });
  const text = traceText({ header, events });
  if (options.trace !== undefined) writeFileSync(resolve(cli.cwd, options.trace), text);
  const hash = traceHash(text);
  const story =
    options.explain === true && result.violated !== undefined
      ? simulator.narrate(scenario, events, result.violated)
      : [];
  terminal.emit(
    { scenario, mutant, hash, ...summary(result), ...(story.length === 0 ? {} : { story }) },
    [
      describe(scenario, mutant),
      verdictTable(result),
      ...story,
      `trace ${hash.slice(0, 16)}, ${events.length} events`,
    ].join('\n'),
  );
  return exitOf(result);
}

/** What a run gave, for programs. */
export function summary({ verdicts, quiescent, steps }: RunResult): object {
  return { verdicts, quiescent, steps };
}

/** One line about a scenario. */
export function describe(scenario: Scenario, mutant: string): string {
  const { n, f, form, schedule, seed, faulty, adversary, chaos } = scenario;
  const faults = Object.entries(chaos).flatMap(([name, on]) => (on ? [name] : []));
  return [
    `seed ${seed}: n=${n}, f=${f}, ${form} form, ${schedule} schedule`,
    faulty.length === 0 ? 'nobody lies' : `${faulty.map((id) => `p${id}`).join(', ')}: ${adversary}`,
    ...(faults.length === 0 ? [] : [faults.join(', ')]),
    ...(mutant === '' ? [] : [`with the bug ${mutant}`]),
  ].join('; ');
}

export function verdictTable({ verdicts }: RunResult): string {
  return table(verdicts.map(({ property, finding, note }) => [property, finding, note]));
}

export function exitOf({ violated, quiescent }: RunResult): ExitCode {
  if (violated !== undefined) return EXIT.failed;
  return quiescent ? EXIT.ok : EXIT.unknown;
}
