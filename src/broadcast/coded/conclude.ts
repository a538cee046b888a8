import { bytesEqual, retained } from '../../base/index.ts';
import type { CodedMessage, ShardMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Effect, FaultCode } from '../../protocol/index.ts';
import type { Decoding } from './code-word.ts';
import { decodingIn, witness, witnessBytesMax } from './holding.ts';
import type { CodedOptions, CodedOutput } from './options.ts';
import type { Shards } from './shards.ts';

type Out = Effect<CodedMessage, CodedOutput>;

/** What a decided code word stands for, and what to keep, for those who ask later. */
export interface Conclusion {
  readonly decoding: Decoding;
  /** The payload, or what shows that there is none. */
  readonly shown: Uint8Array;
  /** Whether `shown` is kept already. */
  readonly kept: boolean;
}

/** The conclusion that enough shards allow; undefined while there are fewer. */
export function concludeFrom(
  { coding }: CodedOptions,
  shards: Shards,
  digest: Digest,
): Conclusion | undefined {
  const here = shards.of(digest);
  if (here.size < coding.dataShards) return undefined;
  const decoding = coding.decode(here);
  return { decoding, shown: decoding.payload ?? witness(coding, here), kept: false };
}

/** The conclusion that a PAYLOAD allows, from whoever has delivered; undefined if it says nothing about the code word. */
export function concludeFromAnswer(
  { coding, payloadBytesMax }: CodedOptions,
  payload: Uint8Array,
  digest: Digest,
): Conclusion | undefined {
  if (payload.length > Math.max(payloadBytesMax, witnessBytesMax(coding, payloadBytesMax))) return undefined;
  const shown = retained(payload);
  const decoding = decodingIn(coding, shown, digest);
  return decoding && { decoding, shown, kept: false };
}

/**
 * The effects of a delivery: a valid payload, or nothing, for which the sender is to blame. `announced`: the code word
 * that the sender gave this member to believe in.
 */
export function deliveryOf(
  { self, sender, valid }: CodedOptions,
  digest: Digest,
  { decoding: { payload }, shown, kept }: Conclusion,
  announced: Digest | undefined,
): Out[] {
  const effects: Out[] = [];
  // In the place of the own shard, which was kept under this digest.
  if (!kept) effects.push({ kind: 'keep', digest, payload: shown, replaces: true });
  const nothing = payload === undefined || !valid(payload);
  const evidence = nothing ? { evidence: shown } : undefined;
  effects.push({
    kind: 'output',
    output: { digest, payload: nothing ? NO_BYTES : payload, nothing, ...evidence },
  });
  if (sender === self) return effects;
  const blame = payload === undefined ? 'inconsistent-shards' : 'invalid-payload';
  if (nothing) effects.push({ kind: 'fault', accused: sender, code: blame });
  if (announced !== undefined && !bytesEqual(announced, digest))
    effects.push({ kind: 'fault', accused: sender, code: 'equivocation' });
  return effects;
}

/** Why the shard of `member` is refused; undefined if it is not. */
export function refusalOf(
  { coding, judges, payloadBytesMax, self }: CodedOptions,
  message: ShardMessage,
  member: NodeId,
): FaultCode | undefined {
  if (message.length > payloadBytesMax) return 'oversized-payload';
  if (!coding.holds(message, member)) return 'wrong-shard';
  return judges && member === self ? 'invalid-payload' : undefined;
}

const NO_BYTES = new Uint8Array(0);
