import { resolve } from 'node:path';
import {
  loadClusterDefinition,
  loadIdentity,
  requireMember,
  serializeClusterDefinition,
  signCluster,
  verifySignatures,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { clusterObject, describeCluster, signatureLine } from '../cluster-text.ts';
import { requireDigest } from '../digest-check.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { replaceFile } from '../files.ts';

/** Options of `cluster sign`. */
export interface ClusterSignOptions {
  readonly key: string;
  readonly digest?: string;
  readonly out?: string;
}

/** Shows a cluster, then adds a member's signature to its file. */
export async function run(cli: Cli, args: readonly string[], options: ClusterSignOptions): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const path = resolve(cwd, args[0] ?? 'cluster.json');
  const out = resolve(cwd, options.out ?? path);
  const definition = await loadClusterDefinition(path);
  // First: what stands in the way of signing would leave its error below a screen of members.
  const identity = await loadIdentity(resolve(cwd, options.key));
  const { name } = requireMember(definition, identity);
  requireDigest(definition, options.digest);
  terminal.talk(`${describeCluster(definition)}\n`);
  const already = verifySignatures(definition).signed.includes(name);
  const signed = already ? definition : signCluster(definition, identity);
  if (!already || out !== path) await replaceFile(out, serializeClusterDefinition(signed));
  const done = already ? `${name} had signed before` : `${name} signed`;
  terminal.emit(
    { event: already ? 'already-signed' : 'signed', member: name, file: out, ...clusterObject(signed) },
    `${done}  digest ${signed.shortDigest}  ${signatureLine(signed)}`,
  );
  const { missing } = verifySignatures(signed);
  terminal.talk(
    missing.length === 0
      ? 'next: every member needs this complete file; then each runs `quorumcast run`'
      : 'next: send this file back; copies signed apart are joined by `quorumcast cluster merge A B ... --out cluster.json`',
  );
  return EXIT.ok;
}
