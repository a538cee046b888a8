import type { Committee, NodeId } from '../../committee/index.ts';

/**
 * Whether `from` sends its shard to `to` unasked. The members that are not the sender stand in a ring, and each sends to
 * the `shardReach` after it, so that each gets as many. The sender needs none.
 */
export function reaches(committee: Committee, sender: NodeId, from: NodeId, to: NodeId): boolean {
  if (from === sender || to === sender || from === to) return false;
  const { n, quorums } = committee;
  const place = (id: NodeId): number => (id - sender - 1 + n) % n;
  const distance = (place(to) - place(from) + n - 1) % (n - 1);
  return distance <= quorums.shardReach;
}
