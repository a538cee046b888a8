import { resolve } from 'node:path';
import {
  type ClusterDefinition,
  diffClusters,
  loadClusterDefinition,
  serializeClusterDefinition,
  verifySignatures,
} from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { clusterObject, signatureLine } from '../cluster-text.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { replaceFile } from '../files.ts';

/** Options of `cluster merge`. */
export interface ClusterMergeOptions {
  readonly out?: string;
}

/** Joins the signatures of copies of one cluster definition. */
export async function run(
  cli: Cli,
  args: readonly string[],
  options: ClusterMergeOptions,
): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const copies = await Promise.all(
    args.map(async (path) => ({ path, definition: await loadClusterDefinition(resolve(cwd, path)) })),
  );
  const [first, ...others] = copies;
  if (first === undefined) return EXIT.ok;
  for (const { path, definition } of others) requireSame(first, { path, definition });
  let merged = first.definition.unsigned();
  for (const { path, definition } of copies) {
    const { signed, invalid } = verifySignatures(definition);
    for (const name of invalid)
      terminal.warn(`${path}: the signature of ${name} is not valid and is left out`);
    for (const name of signed) {
      const signature = definition.signatures.get(name);
      if (signature !== undefined) merged = merged.withSignature(name, signature);
    }
    // They are judged by whoever has the definition before.
    for (const [name, approval] of definition.approvals) merged = merged.withApproval(name, approval);
  }
  const text = serializeClusterDefinition(merged);
  if (options.out === undefined) {
    terminal.raw(terminal.json ? `${JSON.stringify(merged)}\n` : text);
  } else {
    const path = resolve(cwd, options.out);
    await replaceFile(path, text);
    terminal.emit({ event: 'merged', file: path, ...clusterObject(merged) }, path);
  }
  terminal.talk(`digest ${merged.shortDigest}  ${signatureLine(merged)}`);
  return EXIT.ok;
}

interface Copy {
  readonly path: string;
  readonly definition: ClusterDefinition;
}

function requireSame(first: Copy, other: Copy): void {
  const differences = diffClusters(first.definition, other.definition);
  if (differences.length === 0) return;
  throw new CommandError(
    'ERR_CLUSTER_MISMATCH',
    `${first.path} and ${other.path} are different clusters:\n${differences.join('\n')}`,
    { hint: 'settle which file is meant; the others sign that one again' },
  );
}
