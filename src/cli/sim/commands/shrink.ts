import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { nativeSha256 } from '../../../node/index.ts';
import { simulatedHeader } from '../../../simulator/index.ts';
import type { Cli } from '../../cli.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { importSimulator, type SelectionOptions, select } from '../selection.ts';
import { readTrace, traceText } from '../trace-file.ts';

interface ShrinkOptions extends SelectionOptions {
  readonly trace?: string;
}

/** Makes a failing run as short as it gets, and tells it. */
export async function run(cli: Cli, args: readonly string[], options: ShrinkOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const file = args[0];
  const recorded = file === undefined ? undefined : readTrace(cli, file).header;
  const selection = select(options);
  const mutant = recorded?.source === 'simulator' ? (recorded.mutant ?? '') : selection.mutant;
  const simulator = await importSimulator(mutant);
  const scenario =
    recorded?.source === 'simulator'
      ? recorded.scenario
      : simulator.CAMPAIGNS[selection.campaign].draw(selection.seed, selection.fixed);
  const shrunk = simulator.shrink(scenario, nativeSha256);
  const verdict = shrunk?.result.violated;
  if (shrunk === undefined || verdict === undefined) {
    terminal.emit({ violated: false }, 'nothing is violated: there is nothing to shrink');
    return EXIT.ok;
  }
  const { decisions, events, before, property } = shrunk;
  const story = simulator.narrate(shrunk.scenario, events, verdict);
  if (options.trace !== undefined) {
    const header = simulatedHeader(shrunk.scenario, { decisions, ...(mutant === '' ? {} : { mutant }) });
    writeFileSync(resolve(cli.cwd, options.trace), traceText({ header, events }));
  }
  terminal.emit(
    { violated: true, property, before, after: decisions.length, decisions, story },
    [`${before} decisions, of which ${decisions.length} are enough:`, ...story].join('\n'),
  );
  return EXIT.failed;
}
