import type { Limits } from '../committee/index.ts';
import { SIGNATURE_BYTES } from '../crypto/index.ts';
import { END_BYTES, isEnd } from './end.ts';
import { type Decoded, Reader, refuse } from './reader.ts';
import { claimRoom, copyWithRoom, withHeadRoom } from './room.ts';
import { isGroupSeal } from './seal.ts';

/** Bytes of a batch beside its messages: the count, and a length for each. */
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

/** Bytes of a batch beside its messages and their lengths. */
export const BATCH_OVERHEAD_BYTES = COUNT_BYTES + SIGNATURE_BYTES;

/** The longest encoded batch that `limits` allow: one message of full length, or a plain END. */
export function batchBytesMax(limits: Limits): number {
  return Math.max(BATCH_OVERHEAD_BYTES + LENGTH_BYTES + limits.payloadBytes, END_BYTES);
}

/** What `message` adds to the length of a batch, bytes. */
export function batchedBytes(message: Uint8Array): number {
  return LENGTH_BYTES + message.length;
}

/** Whether a batch of `bytes` (the sum of `batchedBytes`) and `count` messages is within `limits`. */
export function batchFits(bytes: number, count: number, limits: Limits): boolean {
  return count <= limits.messagesPerInstance && BATCH_OVERHEAD_BYTES + bytes <= batchBytesMax(limits);
}

/**
 * The payload of an instance: count (u16, at least 1), then each message behind its length (u32), and the seal: the
 * sender's signature (64 bytes; zeros if there is none), or what stands for a place in a group, and the signature of
 * the group. Whether it is a good one is looked at when somebody needs a proof.
 */
export function encodeBatch(messages: readonly Uint8Array[], seal: Uint8Array = UNSIGNED): Uint8Array {
  const [only] = messages;
  const ready =
    messages.length === 1 &&
    seal.length === SIGNATURE_BYTES &&
    only &&
    claimRoom(only, BATCH_FIRST_AT, SIGNATURE_BYTES);
  const batch = ready || withHeadRoom(lengthOf(messages) + seal.length);
  batch[0] = messages.length >>> 8;
  batch[1] = messages.length;
  let at = COUNT_BYTES;
  for (const message of messages) {
    setLength(batch, at, message.length);
    at += LENGTH_BYTES;
    if (batch !== ready) batch.set(message, at);
    at += message.length;
  }
  batch.set(seal, at);
  return batch;
}

/** One batch of the messages of several, in order, which are not signed yet. */
export function joinBatches(batches: readonly Uint8Array[]): Uint8Array {
  let count = 0;
  let bytes = BATCH_OVERHEAD_BYTES;
  for (const batch of batches) {
    count += countIn(batch);
    bytes += batch.length - BATCH_OVERHEAD_BYTES;
  }
  const joined = withHeadRoom(bytes);
  joined[0] = count >>> 8;
  joined[1] = count;
  let at = COUNT_BYTES;
  for (const batch of batches) {
    joined.set(batch.subarray(COUNT_BYTES, batch.length - SIGNATURE_BYTES), at);
    at += batch.length - BATCH_OVERHEAD_BYTES;
  }
  return joined;
}

/** A copy of a message that `encodeBatch` can make a batch of where it stands, once, if it is alone in it. */
export function copyForBatch(message: Uint8Array): Uint8Array {
  return copyWithRoom(message, BATCH_FIRST_AT, SIGNATURE_BYTES);
}

/** The count that a batch begins with. */
function countIn(batch: Uint8Array): number {
  return byteAt(batch, 0) * 0x100 + byteAt(batch, 1);
}

function lengthOf(messages: readonly Uint8Array[]): number {
  let bytes = COUNT_BYTES;
  for (const message of messages) bytes += batchedBytes(message);
  return bytes;
}

function setLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length >>> 24;
  bytes[at + 1] = length >>> 16;
  bytes[at + 2] = length >>> 8;
  bytes[at + 3] = length;
}

const UNSIGNED = new Uint8Array(SIGNATURE_BYTES);

/** Everything of a batch before its seal: a view. Of what is no batch, all but the last 64 bytes. */
export function unsignedBatch(batch: Uint8Array): Uint8Array {
  return batch.subarray(0, sealAt(batch) ?? Math.max(0, batch.length - SIGNATURE_BYTES));
}

/** The seal of a batch: a view; the last 64 bytes of what is no batch. */
export function sealOf(batch: Uint8Array): Uint8Array {
  return batch.subarray(unsignedBatch(batch).length);
}

/** The signature of a batch: a view; shorter than 64 bytes if the batch is. */
export function signatureOf(batch: Uint8Array): Uint8Array {
  return batch.subarray(Math.max(0, batch.length - SIGNATURE_BYTES));
}

/**
 * The number of messages in a batch, 0 for an END; undefined unless it is exactly one encoding within `limits`. Says the same as
 * `decodeBatch`, and costs no memory.
 */
export function countBatch(payload: Uint8Array, limits: Limits): number | undefined {
  if (payload.length < COUNT_BYTES || payload.length > batchBytesMax(limits)) return undefined;
  const count = countIn(payload);
  if (count === 0) return isEnd(payload, limits) ? 0 : undefined;
  if (count > limits.messagesPerInstance) return undefined;
  return sealAt(payload, limits.payloadBytes) === undefined ? undefined : count;
}

/** Where the seal begins: behind the messages, none of which is longer than `bytesMax`. Undefined if it is no batch. */
function sealAt(batch: Uint8Array, bytesMax = Number.POSITIVE_INFINITY): number | undefined {
  const length = batch.length - SIGNATURE_BYTES;
  if (length < COUNT_BYTES) return undefined;
  const count = countIn(batch);
  if (count === 0) return length;
  let at = COUNT_BYTES;
  for (let i = 0; i < count; i += 1) {
    if (length - at < LENGTH_BYTES) return undefined;
    const bytes = lengthAt(batch, at);
    at += LENGTH_BYTES;
    if (bytes > bytesMax || bytes > length - at) return undefined;
    at += bytes;
  }
  return at === length || isGroupSeal(batch, at) ? at : undefined;
}

/** Where the first message of a batch stands, behind its length. */
export const BATCH_FIRST_AT = COUNT_BYTES + LENGTH_BYTES;

/**
 * Where the message after the one at `at` stands in a batch that was judged good before; beyond the end, one after
 * the last.
 */
export function nextInBatch(batch: Uint8Array, at: number): number {
  return at + lengthInBatch(batch, at) + LENGTH_BYTES;
}

/** The length of the message at `at` of a batch that was judged good before. */
export function lengthInBatch(batch: Uint8Array, at: number): number {
  return lengthAt(batch, at - LENGTH_BYTES);
}

/**
 * The messages of a batch, as views into it; none of an END. Refused unless it is exactly one encoding within `limits`, so that
 * every correct member judges the same bytes alike.
 */
export function decodeBatch(payload: Uint8Array, limits: Limits): Decoded<readonly Uint8Array[]> {
  if (payload.length > batchBytesMax(limits)) return refuse('too-large');
  const reader = new Reader(payload);
  const count = reader.u16();
  if (count === 0 && isEnd(payload, limits)) return { ok: true, value: [] };
  if (count === 0 || count > limits.messagesPerInstance) return refuse(reader.error ?? 'out-of-range');
  // Checked before a list of that length is made: a claimed count costs its sender the bytes.
  if (reader.remaining < count * LENGTH_BYTES) return refuse('truncated');
  const messages: Uint8Array[] = [];
  for (let i = 0; i < count && reader.error === undefined; i += 1) {
    const length = reader.u32();
    if (length > limits.payloadBytes) return refuse('too-large');
    messages.push(reader.view(length));
  }
  if (reader.error === undefined && isGroupSeal(payload, reader.at)) reader.skip(reader.remaining);
  else reader.skip(SIGNATURE_BYTES);
  const error = reader.end();
  return error === undefined ? { ok: true, value: messages } : refuse(error);
}

/** The messages of what was delivered, as views: none if it is no batch. */
export function messagesOf(payload: Uint8Array, limits: Limits): readonly Uint8Array[] {
  const batch = decodeBatch(payload, limits);
  return batch.ok ? batch.value : [];
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const low = (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3);
  return byteAt(bytes, at) * 0x100_0000 + low;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
