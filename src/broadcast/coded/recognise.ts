import { bytesEqual } from '../../base/index.ts';
import type { CodedMessage, ShardMessage } from '../../codec/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Decoding } from './code-word.ts';
import { decodingIn, digestsSaid, ownShardIn } from './holding.ts';
import type { CodedOptions } from './options.ts';

/** What bytes that a former life kept are. */
export interface Recognised {
  readonly digest: Digest;
  /** The own shard of this member. */
  readonly own: ShardMessage | undefined;
  /** What the code word stands for. */
  readonly decoding: Decoding | undefined;
  /** They are the own proposal. */
  readonly proposal: boolean;
}

/**
 * What `bytes` are to a code word that this member spoke of; undefined if they are a payload that was not coded, or
 * nothing that it spoke of. `proposed`: they are the own proposal, of whichever form.
 */
export function recognise(
  options: CodedOptions,
  bytes: Uint8Array,
  said: readonly CodedMessage[],
  proposed: boolean,
): Recognised | undefined {
  const { coding, digestOf, self } = options;
  const digests = digestsSaid(said);
  const plain = digestOf(bytes);
  if (digests.some((digest) => bytesEqual(digest, plain))) return undefined;
  for (const digest of digests) {
    const own = ownShardIn(coding, bytes, digest, self);
    if (own !== undefined) return { digest, own, decoding: undefined, proposal: false };
    const decoding = decodingIn(coding, bytes, digest);
    if (decoding === undefined) continue;
    const shard = decoding.payload === undefined ? undefined : coding.encode(bytes).shardOf(self);
    return { digest, own: proposed ? undefined : shard, decoding, proposal: proposed };
  }
  // The proposal is on record, and nothing that was said about it: nothing has left, so that the form is free.
  if (!proposed || !options.codes(bytes)) return undefined;
  return { digest: coding.encode(bytes).digest, own: undefined, decoding: undefined, proposal: true };
}
