import { resolve } from 'node:path';
import { loadClusterDefinition, verifySignatures } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { clusterObject, signatureLine } from '../cluster-text.ts';
import { requireDigest } from '../digest-check.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/** Options of `cluster verify`. */
export interface ClusterVerifyOptions {
  readonly digest?: string;
}

/** Judges form, digest and signatures. */
export async function run(
  cli: Cli,
  args: readonly string[],
  options: ClusterVerifyOptions,
): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const definition = await loadClusterDefinition(resolve(cwd, args[0] ?? 'cluster.json'));
  requireDigest(definition, options.digest);
  const { missing, invalid } = verifySignatures(definition);
  const verdict = invalid.length > 0 ? 'invalid' : missing.length > 0 ? 'incomplete' : 'ok';
  terminal.emit(
    { verdict, ...clusterObject(definition) },
    `${verdict}  cluster ${definition.name}  epoch ${definition.epoch}  digest ${definition.shortDigest}  ${signatureLine(definition)}`,
  );
  if (invalid.length > 0) {
    terminal.talk(`  -> the file was changed after ${invalid.join(', ')} signed it, or another key was used`);
    return EXIT.failed;
  }
  if (missing.length === 0) return EXIT.ok;
  terminal.talk(`  -> ${missing.join(', ')}: run \`quorumcast cluster sign\` on this file`);
  return EXIT.unknown;
}
