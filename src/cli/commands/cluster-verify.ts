import { resolve } from 'node:path';
import {
  follows,
  loadClusterDefinition,
  requireSuccessor,
  verifyApprovals,
  verifySignatures,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { approvalLine, clusterObject, signatureLine } from '../cluster-text.ts';
import { requireDigest } from '../digest-check.ts';
import { EXIT, type ExitCode } from '../exit.ts';

/** Options of `cluster verify`. */
export interface ClusterVerifyOptions {
  readonly digest?: string;
  readonly previous?: string;
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
  const before =
    options.previous === undefined ? undefined : await loadClusterDefinition(resolve(cwd, options.previous));
  const { missing, invalid } = verifySignatures(definition);
  const approvals = before && verifyApprovals(before, definition);
  const short = approvals !== undefined && approvals.approved.length < approvals.need;
  const verdict = invalid.length > 0 ? 'invalid' : missing.length > 0 || short ? 'incomplete' : 'ok';
  const state = [
    signatureLine(definition),
    ...(before === undefined ? [] : [approvalLine(before, definition)]),
  ];
  // With everything there, what is left to judge is sizes and names.
  if (before !== undefined && (verdict === 'ok' || !follows(before, definition)))
    requireSuccessor(before, definition);
  terminal.emit(
    { verdict, ...clusterObject(definition, before) },
    `${verdict}  cluster ${definition.name}  epoch ${definition.epoch}  digest ${definition.shortDigest}  ${state.join(';  ')}`,
  );
  if (invalid.length > 0) {
    terminal.talk(`  -> the file was changed after ${invalid.join(', ')} signed it, or another key was used`);
    return EXIT.failed;
  }
  if (missing.length > 0)
    terminal.talk(`  -> ${missing.join(', ')}: run \`quorumcast cluster sign\` on this file`);
  else if (short)
    terminal.talk('  -> members of the epoch before: run `quorumcast cluster sign` on it with --previous');
  else return EXIT.ok;
  return EXIT.unknown;
}
