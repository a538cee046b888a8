import { bytesEqual } from '../../base/index.ts';
import { QuorumcastError } from '../errors.ts';
import { type Identity, verifyBytes } from '../identity/index.ts';
import type { ClusterDefinition } from './definition.ts';
import { whyNotWithout } from './given-up.ts';
import { requireMember, requireSignatures } from './signatures.ts';

/** Which members of an epoch stand behind the definition that follows it, by name. */
export interface ApprovalReport {
  readonly approved: readonly string[];
  readonly missing: readonly string[];
  /** An approval is there and is not by that member's key of the epoch before. */
  readonly invalid: readonly string[];
  /** How many it takes. */
  readonly need: number;
}

const DOMAIN = Buffer.from('quorumcast/cluster-approval/1\0');

/**
 * The same definition, approved by this member of the epoch before. A member approves one successor of an epoch, and after it
 * only such as give up ever more members (`supersedes`): whoever calls this sees to it.
 * @throws QuorumcastError ERR_NOT_A_MEMBER if `before` does not name this identity with this key; ERR_CLUSTER_MISMATCH if
 *   `next` does not follow `before`.
 */
export function approveCluster(
  before: ClusterDefinition,
  next: ClusterDefinition,
  identity: Identity,
): ClusterDefinition {
  requireFollows(before, next);
  const { name } = requireMember(before, identity);
  return next.withApproval(name, identity.sign(approvedBytes(next)));
}

/** Judges every approval of `next` by the keys of `before`. */
export function verifyApprovals(before: ClusterDefinition, next: ClusterDefinition): ApprovalReport {
  const message = approvedBytes(next);
  const approved: string[] = [];
  const missing: string[] = [];
  const invalid: string[] = [];
  for (const { name, publicKey } of before.members) {
    const approval = next.approvals.get(name);
    if (approval === undefined) missing.push(name);
    else if (verifyBytes(publicKey, message, approval)) approved.push(name);
    else invalid.push(name);
  }
  return { approved, missing, invalid, need: before.committee.quorums.approve };
}

/** Whether `next` says that it follows `before`. */
export function follows(before: ClusterDefinition, next: ClusterDefinition): boolean {
  return next.previous !== undefined && bytesEqual(next.previous, before.digest);
}

/**
 * A node goes from one epoch to the next only if that follows its own, has the sizes and the form of it, is signed by all
 * its members and approved by a quorum of the present ones.
 * @throws QuorumcastError ERR_CLUSTER_MISMATCH, ERR_CLUSTER_UNSIGNED, saying what is wrong and who is missing.
 */
export function requireSuccessor(before: ClusterDefinition, next: ClusterDefinition): void {
  requireFollows(before, next);
  requireSignatures(next);
  const { approved, missing, invalid, need } = verifyApprovals(before, next);
  if (approved.length >= need) return;
  const parts = [`epoch ${next.epoch} is approved by ${approved.length} of the ${need} members it takes`];
  if (missing.length > 0) parts.push(`missing: ${missing.join(', ')}`);
  if (invalid.length > 0) parts.push(`not valid: ${invalid.join(', ')}`);
  throw new QuorumcastError('ERR_CLUSTER_UNSIGNED', parts.join('; '), {
    hint: 'members of the present epoch run `quorumcast cluster sign FILE --key NAME.key --previous cluster.json`',
  });
}

/** @throws QuorumcastError ERR_CLUSTER_MISMATCH */
function requireFollows(before: ClusterDefinition, next: ClusterDefinition): void {
  const wrong = whyNot(before, next);
  if (wrong === undefined) return;
  throw new QuorumcastError('ERR_CLUSTER_MISMATCH', wrong, {
    hint: 'make the next definition with `quorumcast cluster next` from the one that is in force',
  });
}

function whyNot(before: ClusterDefinition, next: ClusterDefinition): string | undefined {
  const about = `the definition of epoch ${next.epoch} (${next.shortDigest})`;
  if (next.previous === undefined) return `${about} follows no other: members that run cannot go over to it`;
  if (!follows(before, next)) {
    return `${about} does not follow the one of epoch ${before.epoch} (${before.shortDigest})`;
  }
  if (next.epoch !== before.epoch + 1) return `${about} skips epochs: it follows epoch ${before.epoch}`;
  const without = whyNotWithout(before, next);
  if (without !== undefined) return `${about} cannot be: ${without.why}`;
  if (next.name !== before.name) return `${about} has another name, "${next.name}": "${before.name}" stays`;
  const same = next.form === before.form && JSON.stringify(next.limits) === JSON.stringify(before.limits);
  return same ? undefined : `${about} changes limits or broadcast, which needs a pause: docs/operations.md`;
}

function approvedBytes(next: ClusterDefinition): Uint8Array {
  return Buffer.concat([DOMAIN, next.digest]);
}
