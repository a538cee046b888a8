import type { Command } from 'commander';

/** Options that say which node is meant. */
export interface ReachOptions {
  readonly http?: string;
  readonly tokenFile?: string;
}

/** A command that speaks to a node. */
export function reach(command: Command): Command {
  return command
    .option(
      '--http <url>',
      'the node; default QUORUMCAST_HTTP, else quorumcast.json here, else http://127.0.0.1:7480',
    )
    .option('--token-file <file>', 'the token of that node; default QUORUMCAST_TOKEN_FILE');
}
