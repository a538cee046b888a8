import { bytesEqual } from '../base/index.ts';
import { codingOf, decodingIn } from '../broadcast/index.ts';
import { batchBytesMax, type CodedMessage, HOLDING_HEAD_BYTES } from '../codec/index.ts';
import type { Committee, Limits, NodeId } from '../committee/index.ts';
import { DIGEST_BYTES, type Digest, ErasureCode, type GaloisProduct, proofHashes } from '../crypto/index.ts';
import type { StreamCoding } from '../stream/index.ts';
import type { MemberOptions } from './options.ts';

/**
 * Committees from this size on take payloads in shards; all members do alike. In smaller ones a sender uploads no more
 * than five times its payload anyhow, and shards cost the others more than they save it.
 */
export const CODED_MEMBERS_MIN = 7;
/** Payloads from this length on are sent in shards: proofs and names of shards are little beside them then. */
export const CODED_BYTES_MIN = 65_536;

/** How payloads are sent in shards, where something else than the default is wanted. */
export interface MemberCoding {
  /** What does the work. Default: plain JavaScript. */
  readonly product?: GaloisProduct;
  /** Default: `CODED_MEMBERS_MIN`. The same at every member. */
  readonly membersMin?: number;
  /** Default: `CODED_BYTES_MIN`. */
  readonly bytesMin?: number;
}

/**
 * Most bytes of payloads and shards that a member holds of one sender: the budget, the lowest instance beyond it, and a
 * second payload where it echoed one and decided another; where shards are taken, one of each member in the lowest
 * instance, the own one twice.
 */
export function senderBytesMax(
  { n, quorums }: Committee,
  limits: Limits,
  { membersMin = CODED_MEMBERS_MIN }: MemberCoding = {},
): number {
  const batch = batchBytesMax(limits);
  const shard =
    Math.ceil(batch / quorums.dataShards) + DIGEST_BYTES * proofHashes(n) + HOLDING_HEAD_BYTES + 2;
  return limits.bytesPerSender + 2 * batch + (n < membersMin ? 0 : (n + 1) * shard);
}

/** How the streams of a member are coded; undefined: not at all. */
export function streamCodingOf({ committee, coding = {} }: MemberOptions): StreamCoding | undefined {
  const { n, quorums } = committee;
  const { product, membersMin = CODED_MEMBERS_MIN, bytesMin = CODED_BYTES_MIN } = coding;
  return n < membersMin ? undefined : { code: new ErasureCode(quorums.dataShards, n, product), bytesMin };
}

/** What stands in the store of a member for what it delivered. */
export interface Stored {
  /** What was said to `to` when an own instance began, INITIAL or its shard: for a `recall` with `full`. */
  readonly beginning: (
    instance: number,
    digest: Digest,
    payload: Uint8Array,
    to: NodeId,
  ) => readonly CodedMessage[];
  /** Whether these bytes are a payload that was sent in shards, or show that those stand for nothing. */
  readonly standsFor: (sender: NodeId, instance: number, digest: Digest, bytes: Uint8Array) => boolean;
}

/** See `Stored`. */
export function storedOf(options: MemberOptions): Stored {
  const { hasher, self } = options;
  const coding = streamCodingOf(options);
  return {
    beginning: (instance, digest, payload, to) => {
      if (coding === undefined || bytesEqual(hasher.digest(self, instance, payload), digest))
        return [{ kind: 'initial', payload }];
      const word = codingOf(hasher, coding.code, self, instance).encode(payload);
      return [{ kind: 'dispersal', digest, length: payload.length }, word.shardOf(to)];
    },
    standsFor: (sender, instance, digest, bytes) =>
      coding !== undefined &&
      decodingIn(codingOf(hasher, coding.code, sender, instance), bytes, digest) !== undefined,
  };
}
