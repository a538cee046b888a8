import {
  type CodedMessage,
  HOLDING_HEAD_BYTES,
  Reader,
  type ShardMessage,
  Writer,
} from '../../codec/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Coding, Decoding } from './code-word.ts';

/**
 * What a member keeps of a code word before it has the payload. Begins with two zero bytes, which no batch does, so that
 * nobody takes it for a payload.
 */
const MARK = 0;
const OWN = 1;
const WITNESS = 2;

/** Bytes that `shards` shards of a payload of `length` bytes take in a holding. */
export function holdingBytes(coding: Coding, length: number, shards: number): number {
  return HOLDING_HEAD_BYTES + shards * (2 + coding.proofBytes + coding.shardBytes(length));
}

/** The longest that stands for a payload of `length` bytes when it is asked for: as many shards as make one. */
export function witnessBytesMax(coding: Coding, length: number): number {
  return holdingBytes(coding, length, coding.dataShards);
}

/** The own shard as bytes to be kept: what an ECHO vouches for. */
export function ownHolding(member: number, message: ShardMessage): Uint8Array {
  return holding(OWN, new Map([[member, message]]), message.length);
}

/** Shards of a code word that is none, as bytes that convince anybody of it. */
export function witness(coding: Coding, shards: ReadonlyMap<number, ShardMessage>): Uint8Array {
  const chosen = new Map([...shards].slice(0, coding.dataShards));
  const [first] = chosen.values();
  return holding(WITNESS, chosen, first?.length ?? 0);
}

function holding(kind: number, shards: ReadonlyMap<number, ShardMessage>, length: number): Uint8Array {
  const [first] = shards.values();
  const each = 2 + (first?.proof.length ?? 0) + (first?.shard.length ?? 0);
  const writer = new Writer(HOLDING_HEAD_BYTES + shards.size * each).u16(MARK).u8(kind).u32(length);
  for (const [member, { proof, shard }] of shards) writer.u16(member).raw(proof).raw(shard);
  return writer.takeWhole();
}

/** The shards in a holding, each of which is one of the code word `digest`; undefined if it is no such thing. */
function shardsIn(
  coding: Coding,
  kind: number,
  bytes: Uint8Array,
  digest: Digest,
): ReadonlyMap<number, ShardMessage> | undefined {
  const reader = new Reader(bytes);
  if (reader.u16() !== MARK || reader.u8() !== kind) return undefined;
  const length = reader.u32();
  const count = kind === OWN ? 1 : coding.dataShards;
  if (bytes.length !== holdingBytes(coding, length, count)) return undefined;
  const shards = new Map<number, ShardMessage>();
  for (let i = 0; i < count; i += 1) {
    const member = reader.u16();
    const [proof, shard] = [reader.view(coding.proofBytes), reader.view(coding.shardBytes(length))];
    const message: ShardMessage = { kind: 'shard', digest, length, proof, shard };
    if (!coding.holds(message, member)) return undefined;
    shards.set(member, message);
  }
  return shards.size === count ? shards : undefined;
}

/** The own shard of the code word `digest` in what was kept; undefined if it is something else. */
export function ownShardIn(
  coding: Coding,
  bytes: Uint8Array,
  digest: Digest,
  self: number,
): ShardMessage | undefined {
  return shardsIn(coding, OWN, bytes, digest)?.get(self);
}

/**
 * What the code word `digest` stands for by the word of somebody who had it: the payload itself, or shards that are no
 * code word. Undefined if these bytes say nothing about it.
 */
export function decodingIn(coding: Coding, bytes: Uint8Array, digest: Digest): Decoding | undefined {
  if (bytes.length > 0) {
    const word = coding.encode(bytes).digest;
    if (word.every((byte, at) => byte === digest[at])) return { payload: bytes };
  }
  const shards = shardsIn(coding, WITNESS, bytes, digest);
  if (shards === undefined) return undefined;
  const decoding = coding.decode(shards);
  return decoding.payload === undefined ? decoding : undefined;
}

/** Every digest that a member named in what it said. */
export function digestsSaid(said: readonly CodedMessage[]): Digest[] {
  return said.flatMap((message) => ('digest' in message ? [message.digest] : []));
}
