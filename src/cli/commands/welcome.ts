import { join } from 'node:path';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exists } from '../files.ts';
import { table } from '../terminal.ts';

const NEWCOMER = [
  ['quorumcast demo', 'watch four members agree while one of them lies'],
  ['quorumcast dev', 'run a cluster on this machine, then `quorumcast send hello`'],
  ['quorumcast keygen NAME --address HOST:PORT', 'become a member of a cluster with others'],
] as const;

const MEMBER = [
  ['quorumcast doctor', 'find out whether this member can work'],
  ['quorumcast run', 'run it'],
  ['quorumcast status', 'see how it is'],
] as const;

/** Options of the program without a command. */
export interface WelcomeOptions {
  readonly version?: boolean;
}

/** Without a command: the three likeliest next ones. */
export async function run(cli: Cli, _args: readonly string[], options: WelcomeOptions): Promise<ExitCode> {
  if (options.version === true) return (await import('./version.ts')).run(cli);
  const { terminal, cwd } = cli;
  const isMember = (await exists(join(cwd, 'quorumcast.json'))) || (await exists(join(cwd, 'cluster.json')));
  const next = isMember ? MEMBER : NEWCOMER;
  terminal.emit(
    { next: next.map(([command, why]) => ({ command, why })) },
    `${table(next.map(([command, why]) => [`  ${command}`, why]))}\n\n  quorumcast --help  lists all commands`,
  );
  return EXIT.ok;
}
