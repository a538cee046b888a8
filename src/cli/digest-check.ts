import type { ClusterDefinition } from '../node/index.ts';
import { CommandError, usage } from './command-error.ts';

/**
 * Compares a cluster's digest with what somebody read out: the short form or the whole, in any case, with or
 * without dashes. @throws CommandError ERR_CLUSTER_MISMATCH, ERR_USAGE if it is no digest
 */
export function requireDigest(definition: ClusterDefinition, expected: string | undefined): void {
  if (expected === undefined) return;
  const plain = (text: string): string => text.replaceAll(/[-\s]/g, '').toUpperCase();
  const given = plain(expected);
  const short = plain(definition.shortDigest);
  const whole = plain(Buffer.from(definition.digest).toString('hex'));
  if (given.length !== short.length && given.length !== whole.length) {
    throw usage(
      `"${expected}" is no cluster digest`,
      'write it as `quorumcast cluster show` does: 7Q4K-M2XD-9TVA',
    );
  }
  if (given === short || given === whole) return;
  throw new CommandError(
    'ERR_CLUSTER_MISMATCH',
    `this file has digest ${definition.shortDigest}, not ${expected}`,
    {
      hint: 'it is not the cluster that you mean: fetch the file again and compare with `quorumcast cluster diff`',
    },
  );
}
