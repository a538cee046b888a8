import type { InstanceView } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { usage } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import type { ReachOptions } from '../surface/client.ts';
import { parseMessageName } from '../values.ts';
import { run as agreements } from './agreements.ts';

/** Says where a message is, or an agreement. */
export async function run(cli: Cli, args: readonly string[], options: ReachOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const [subject = ''] = args;
  const name = parseMessageName(subject);
  if (name === undefined && subject === '')
    throw usage('nothing to trace', 'write SENDER#SEQ, for example p1#42, or the topic of an agreement');
  // What is no name of a message is a topic; `agreements` finds those that read like one.
  if (name === undefined) return agreements(cli, [subject], options);
  const client = await NodeClient.of(cli, options);
  const path = `${name.sender}/${name.seq}`;
  // What is delivered and gone from memory still is in the log.
  const { delivered } = await client.json<{ delivered: boolean }>(`/v1/broadcasts/${path}`);
  const view = await client.json<InstanceView>(`/v1/trace/${path}`);
  terminal.emit({ ...view, deliveredHere: delivered }, view.explain);
  return delivered ? EXIT.ok : EXIT.unknown;
}
