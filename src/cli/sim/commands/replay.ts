import { nativeSha256 } from '../../../node/index.ts';
import type { TraceEvent } from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { usage } from '../../command-error.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { importSimulator } from '../selection.ts';
import { readTrace, traceHash, traceText } from '../trace-file.ts';
import { describe, summary, verdictTable } from './run.ts';

/** Runs a recorded run again, and compares every event. */
export async function run(cli: Cli, args: readonly string[]): Promise<ExitCode> {
  const { header, text } = readTrace(cli, args[0] ?? '');
  if (header.source !== 'simulator') {
    throw usage('a node recorded this: it can be checked, not replayed', 'quorumcast sim check FILE');
  }
  const simulator = await importSimulator(header.mutant ?? '');
  const events: TraceEvent[] = [];
  const result = simulator.runScenario(header.scenario, {
    sha256: nativeSha256,
    observe: (event) => events.push(event),
    ...(header.decisions === undefined ? {} : { replay: header.decisions }),
  });
  const again = traceText({ header, events });
  const same = again === text;
  const where = same ? '' : `, different from line ${firstDifference(text, again)} on`;
  cli.terminal.emit(
    { same, hash: traceHash(again), recorded: traceHash(text), ...summary(result) },
    [
      describe(header.scenario, header.mutant ?? ''),
      verdictTable(result),
      same ? 'the same run, event by event' : `another run than the one recorded${where}`,
    ].join('\n'),
  );
  return same ? EXIT.ok : EXIT.failed;
}

function firstDifference(a: string, b: string): number {
  const [one, other] = [a.split('\n'), b.split('\n')];
  return one.findIndex((line, i) => line !== other[i]) + 1;
}
