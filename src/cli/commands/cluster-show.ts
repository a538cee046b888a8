import { resolve } from 'node:path';
import { loadClusterDefinition } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { clusterObject, describeCluster } from '../cluster-text.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/** Prints who takes part, by which thresholds, and who signed. */
export async function run(cli: Cli, args: readonly string[]): Promise<ExitCode> {
  const definition = await loadClusterDefinition(resolve(cli.cwd, args[0] ?? 'cluster.json'));
  cli.terminal.emit(clusterObject(definition), describeCluster(definition));
  return EXIT.ok;
}
