import { assert, type Bit } from '../base/index.ts';
import { type Decoded, Reader, refuse } from './reader.ts';
import { Writer } from './writer.ts';

/** A set of bits that is not empty, as a mask: 1 is {0}, 2 is {1}, 3 is both. */
export type Bits = 1 | 2 | 3;

/** What members say to each other in one binary agreement with a common coin. `docs/protocols/binary-agreement.md` */
export type AgreementMessage =
  /** "A correct member may have proposed this." Both values may be said. */
  | { readonly kind: 'bval'; readonly round: number; readonly value: Bit }
  /** "2f+1 members back this value." One a round. */
  | { readonly kind: 'aux'; readonly round: number; readonly value: Bit }
  /** "n-f members said AUX, and these are their values." One a round. */
  | { readonly kind: 'conf'; readonly round: number; readonly values: Bits }
  /** A share of the round's coin. */
  | { readonly kind: 'share'; readonly round: number; readonly share: Uint8Array }
  /** "I decided, and say nothing of later rounds." Counts as each vote of them. Round 0: without having begun. */
  | { readonly kind: 'decide'; readonly round: number; readonly value: Bit }
  /** "I had no place yet for what you said of this round: say it again." */
  | { readonly kind: 'again'; readonly round: number };

/** Longest share of any coin, bytes. */
export const SHARE_BYTES_MAX = 96;
/** The last round that has a number. */
export const ROUND_MAX = 0xffff_ffff;

/** Kind and round. */
const HEAD_BYTES = 5;
const KINDS = ['bval', 'aux', 'conf', 'share', 'decide', 'again'] as const;

/** Kind (u8), round (u32), then the value or values (u8), or the share to the end. A new array. */
export function encodeAgreement(message: AgreementMessage): Uint8Array {
  const content = message.kind === 'share' ? message.share.length : 1;
  const writer = new Writer(HEAD_BYTES + content).u8(KINDS.indexOf(message.kind)).u32(message.round);
  switch (message.kind) {
    case 'share':
      assert(message.share.length <= SHARE_BYTES_MAX, 'a share is short');
      writer.raw(message.share);
      break;
    case 'conf':
      writer.u8(message.values);
      break;
    case 'again':
      break;
    default:
      writer.u8(message.value);
  }
  return writer.takeWhole();
}

/** The message in these bytes, all of them. A share is a copy. */
export function decodeAgreement(bytes: Uint8Array): Decoded<AgreementMessage> {
  const reader = new Reader(bytes);
  const kind = KINDS[reader.u8()];
  const round = reader.u32();
  if (reader.error !== undefined) return refuse(reader.error);
  if (kind === undefined) return refuse('unknown-kind');
  if (round === 0 && kind !== 'decide') return refuse('out-of-range');
  if (kind === 'share') {
    if (reader.remaining > SHARE_BYTES_MAX) return refuse('too-large');
    return { ok: true, value: { kind, round, share: reader.copy(reader.remaining) } };
  }
  const content = kind === 'again' ? 0 : reader.u8();
  const error = reader.end();
  if (error !== undefined) return refuse(error);
  if (kind === 'again') return { ok: true, value: { kind, round } };
  if (kind === 'conf') {
    if (content !== 1 && content !== 2 && content !== 3) return refuse('out-of-range');
    return { ok: true, value: { kind, round, values: content } };
  }
  if (content !== 0 && content !== 1) return refuse('out-of-range');
  return { ok: true, value: { kind, round, value: content } };
}
