import { checkTraces } from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { usage } from '../../command-error.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { table } from '../../terminal.ts';
import { openTrace } from '../trace-file.ts';

interface CheckOptions {
  /** Members that are known to have lied, by number. */
  readonly faulty?: string;
}

/** Judges recorded traces: one of the simulator, or those of several nodes of one cluster. */
export function run(cli: Cli, args: readonly string[], options: CheckOptions): Promise<ExitCode> {
  const traces = args.map((path) => openTrace(cli, path));
  const clusters = new Set(traces.map(({ header }) => (header.source === 'node' ? header.cluster : header)));
  if (clusters.size > 1) throw usage('these traces are not of one cluster', 'check each by itself');
  const faulty = parseMembers(options.faulty ?? '');
  const verdicts = checkTraces(traces, faulty);
  for (const verdict of verdicts) {
    if (cli.terminal.json) cli.terminal.emit(verdict, '');
  }
  if (!cli.terminal.json) {
    cli.terminal.emit({}, table(verdicts.map(({ property, finding, note }) => [property, finding, note])));
  }
  if (verdicts.some(({ finding }) => finding === 'violated')) return Promise.resolve(EXIT.failed);
  const undecided = verdicts.some(({ finding }) => finding === 'undecided');
  return Promise.resolve(undecided ? EXIT.unknown : EXIT.ok);
}

/** "0,3". @throws CommandError ERR_USAGE */
function parseMembers(text: string): number[] {
  const names = text.split(',').filter((id) => id !== '');
  const bad = names.find((id) => !/^\d{1,3}$/.test(id));
  if (bad !== undefined) throw usage(`--faulty ${text}: "${bad}" is no member`, 'write numbers, as in 0,3');
  return names.map(Number);
}
