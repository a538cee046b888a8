import type { AgreementViewJson } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import type { ReachOptions } from '../surface/client.ts';
import { decidedText } from './agree.ts';

/** Lists agreements, or says where one is. */
export async function run(cli: Cli, args: readonly string[], options: ReachOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const [topic] = args;
  const client = await NodeClient.of(cli, options);
  const query = topic === undefined ? '' : `?topic=${encodeURIComponent(topic)}`;
  const { agreements } = await client.json<{ agreements: readonly AgreementViewJson[] }>(
    `/v1/agreements${query}`,
  );
  for (const view of agreements) {
    const value = view.decision === undefined ? '-' : decidedText(view.decision);
    const line = topic === undefined ? `${value}  ${view.state.padEnd(7)}  ${view.topic}` : view.explain;
    terminal.emit({ ...view }, line);
  }
  if (agreements.length === 0)
    terminal.talk(topic === undefined ? 'no agreements' : `nothing is known of "${topic}"`);
  if (topic === undefined) return EXIT.ok;
  return agreements[0]?.decision === undefined ? EXIT.unknown : EXIT.ok;
}
