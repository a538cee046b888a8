import type { Limits } from '../committee/index.ts';
import { type Decoded, Reader, refuse } from './reader.ts';
import { Writer } from './writer.ts';

/** Bytes of a batch beside its messages: the count, and a length for each. */
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

/** The longest encoded batch that `limits` allow: one message of full length. */
export function batchBytesMax(limits: Limits): number {
  return COUNT_BYTES + LENGTH_BYTES + limits.payloadBytes;
}

/** What `message` adds to the length of a batch, bytes. */
export function batchedBytes(message: Uint8Array): number {
  return LENGTH_BYTES + message.length;
}

/** Whether a batch of `bytes` (the sum of `batchedBytes`) and `count` messages is within `limits`. */
export function batchFits(bytes: number, count: number, limits: Limits): boolean {
  return count <= limits.messagesPerInstance && COUNT_BYTES + bytes <= batchBytesMax(limits);
}

/** The payload of an instance: count (u16, at least 1), then each message behind its length (u32). */
export function encodeBatch(messages: readonly Uint8Array[]): Uint8Array {
  let bytes = COUNT_BYTES;
  for (const message of messages) bytes += batchedBytes(message);
  const writer = new Writer(bytes).u16(messages.length);
  for (const message of messages) writer.u32(message.length).raw(message);
  return writer.takeWhole();
}

/**
 * The messages of a batch, as views into it. Refused unless it is exactly one encoding within `limits`, so that
 * every correct member judges the same bytes alike.
 */
export function decodeBatch(payload: Uint8Array, limits: Limits): Decoded<readonly Uint8Array[]> {
  if (payload.length > batchBytesMax(limits)) return refuse('too-large');
  const reader = new Reader(payload);
  const count = reader.u16();
  if (count === 0 || count > limits.messagesPerInstance) return refuse(reader.error ?? 'out-of-range');
  // Checked before a list of that length is made: a claimed count costs its sender the bytes.
  if (reader.remaining < count * LENGTH_BYTES) return refuse('truncated');
  const messages: Uint8Array[] = [];
  for (let i = 0; i < count && reader.error === undefined; i += 1) {
    const length = reader.u32();
    if (length > limits.payloadBytes) return refuse('too-large');
    messages.push(reader.view(length));
  }
  const error = reader.end();
  return error === undefined ? { ok: true, value: messages } : refuse(error);
}
