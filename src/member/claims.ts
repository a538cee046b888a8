import type { StreamClaim } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import type { Stream } from '../stream/index.ts';

/** The digest that was delivered in an instance; undefined if that was skipped. */
export type DeliveredDigest = (sender: NodeId, instance: number) => Digest | undefined;

/**
 * How far a member is in the streams of those that are given up, as its END says it. `settled`: below this instance f+1 correct
 * members have delivered, and nobody needs digests.
 */
export function claimsFor(
  streams: readonly Stream[],
  givenUp: readonly NodeId[],
  window: number,
  settled: (sender: NodeId) => number,
  delivered: DeliveredDigest,
): readonly StreamClaim[] {
  const inOrder = [...givenUp].sort((a, b) => a - b);
  return inOrder.flatMap((sender) => {
    const stream = streams[sender];
    if (stream === undefined) return [];
    const { base } = stream;
    const digests: Digest[] = [];
    // Who delivered what lies further back than a window knows that f+1 correct ones did.
    for (let instance = base - 1; instance >= Math.max(1, settled(sender), base - window); instance -= 1) {
      const digest = delivered(sender, instance);
      if (digest === undefined) break;
      digests.unshift(digest);
    }
    return [{ sender, base, delivered: digests, open: stream.said() }];
  });
}
