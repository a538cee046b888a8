import { bytesEqual, retained } from '../../base/index.ts';
import type { CodedMessage } from '../../codec/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Effect } from '../../protocol/index.ts';
import type { Decoding } from './code-word.ts';
import { decodingIn, witness, witnessBytesMax } from './holding.ts';
import type { CodedOptions, CodedOutput } from './options.ts';
import type { Shards } from './shards.ts';

type Out = Effect<CodedMessage, CodedOutput>;

/** What a decided code word stands for, and what to keep, for those who ask later. */
export interface Conclusion {
  readonly decoding: Decoding;
  /** The payload, or what shows that there is none; undefined if it is kept already. */
  readonly keep: Uint8Array | undefined;
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
  return { decoding, keep: decoding.payload ?? witness(coding, here) };
}

/** The conclusion that a PAYLOAD allows, from whoever has delivered; undefined if it says nothing about `digest`. */
export function concludeFromAnswer(
  { coding, digestOf, payloadBytesMax }: CodedOptions,
  payload: Uint8Array,
  digest: Digest,
): Conclusion | undefined {
  if (payload.length > Math.max(payloadBytesMax, witnessBytesMax(coding, payloadBytesMax))) return undefined;
  const keep = retained(payload);
  const plain = payload.length <= payloadBytesMax && bytesEqual(digestOf(payload), digest);
  const decoding = plain ? { payload: keep } : decodingIn(coding, keep, digest);
  return decoding && { decoding, keep };
}

/**
 * The effects of a delivery: a valid payload, or nothing, for which the sender is to blame. `announced`: the code word
 * that the sender gave this member to believe in.
 */
export function deliveryOf(
  { self, sender, valid }: CodedOptions,
  digest: Digest,
  { decoding: { payload }, keep }: Conclusion,
  announced: Digest | undefined,
): Out[] {
  const effects: Out[] = [];
  if (keep !== undefined) effects.push({ kind: 'keep', digest, payload: keep });
  const nothing = payload === undefined || !valid(payload);
  effects.push({
    kind: 'output',
    output: { digest, payload: nothing ? NO_BYTES : payload, nothing },
  });
  if (sender === self) return effects;
  const blame = payload === undefined ? 'inconsistent-shards' : 'invalid-payload';
  if (nothing) effects.push({ kind: 'fault', accused: sender, code: blame });
  if (announced !== undefined && !bytesEqual(announced, digest))
    effects.push({ kind: 'fault', accused: sender, code: 'equivocation' });
  return effects;
}

const NO_BYTES = new Uint8Array(0);
