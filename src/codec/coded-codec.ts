import type { Committee, Limits } from '../committee/index.ts';
import { asDigest, DIGEST_BYTES, proofHashes } from '../crypto/index.ts';
import { batchBytesMax } from './batch.ts';
import type { CodedMessage, ShardMessage } from './message.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** What only the coded form says. */
export type OfCodedForm = Extract<CodedMessage, { readonly kind: 'dispersal' | 'shard' }>;

/** Bytes of a message behind its tag and place. */
export function codedBytes(body: OfCodedForm): number {
  const named = DIGEST_BYTES + 4;
  return body.kind === 'dispersal' ? named : named + body.proof.length + body.shard.length;
}

/** Bytes of each shard of a payload of `length` bytes in this committee. */
function shardBytes({ quorums }: Committee, length: number): number {
  return Math.ceil(length / quorums.dataShards);
}

/**
 * What the longest PAYLOAD has more than a batch: shards that are no code word, as many as would make one, with their
 * proofs and numbers, in the largest committee.
 */
const WITNESS_OVERHEAD_BYTES = 33_536;

/** The longest PAYLOAD. */
export function answerBytesMax(limits: Limits): number {
  return batchBytesMax(limits) + WITNESS_OVERHEAD_BYTES;
}

/** Two zero bytes, a kind and the length of the payload stand before the shards that are kept or shown. */
export const HOLDING_HEAD_BYTES = 2 + 1 + 4;

/** Writes what stands behind the tag and the place. Proof and shard have the lengths that `readShard` expects. */
export function writeCoded(writer: Writer, body: OfCodedForm): void {
  writer.raw(body.digest).u32(body.length);
  if (body.kind === 'shard') writer.raw(body.proof).raw(body.shard);
}

/** Reads a DISPERSAL; undefined, with the reader's error set, if it is none. */
export function readDispersal(reader: Reader, limits: Limits): OfCodedForm | undefined {
  const digest = asDigest(reader.view(DIGEST_BYTES));
  const length = readLength(reader, limits);
  return digest && { kind: 'dispersal', digest, length };
}

/** Reads a SHARD, whose proof and shard have one length each for this committee and payload. */
export function readShard(reader: Reader, committee: Committee, limits: Limits): ShardMessage | undefined {
  const digest = asDigest(reader.view(DIGEST_BYTES));
  const length = readLength(reader, limits);
  if (digest === undefined || reader.error !== undefined) return undefined;
  const proof = reader.view(DIGEST_BYTES * proofHashes(committee.n));
  const shard = reader.view(shardBytes(committee, length));
  return { kind: 'shard', digest, length, proof, shard };
}

function readLength(reader: Reader, limits: Limits): number {
  const length = reader.u32();
  if (length > batchBytesMax(limits)) reader.fail('too-large');
  if (length === 0) reader.fail('out-of-range');
  return length;
}
