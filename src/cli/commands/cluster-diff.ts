import { resolve } from 'node:path';
import { diffClusters, loadClusterDefinition } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/** Says where two cluster definitions differ: member and field. */
export async function run(cli: Cli, args: readonly string[]): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const [pathA = '', pathB = ''] = args;
  const [a, b] = await Promise.all([
    loadClusterDefinition(resolve(cwd, pathA)),
    loadClusterDefinition(resolve(cwd, pathB)),
  ]);
  const differences = diffClusters(a, b);
  const same = differences.length === 0;
  terminal.emit(
    { same, digests: [a.shortDigest, b.shortDigest], differences },
    same ? `same cluster: digest ${a.shortDigest}` : differences.join('\n'),
  );
  if (!same) terminal.talk(`digests ${a.shortDigest} and ${b.shortDigest}: members of the two do not talk`);
  return same ? EXIT.ok : EXIT.failed;
}
