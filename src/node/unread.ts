import { BATCH_FIRST_AT, countBatch, lengthInBatch, nextInBatch } from '../codec/index.ts';
import type { Limits, NodeId } from '../committee/index.ts';
import type { StoredDelivery } from './store/index.ts';

const LENGTH_BYTES = 4;

/** The rest of a batch, from the length of its first message on, as views. */
export function messagesFrom(bytes: Uint8Array, count: number): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  let at = LENGTH_BYTES;
  for (let i = 0; i < count; i += 1) {
    messages.push(bytes.subarray(at, at + lengthInBatch(bytes, at)));
    at = nextInBatch(bytes, at);
  }
  return messages;
}

/** A stored batch that is being read: knows how far. */
export class Unread {
  readonly sender: NodeId;
  readonly lastNumber: number;
  readonly #payload: Uint8Array;
  readonly #owned: boolean;
  readonly #alone: boolean;
  /** Messages not yet read. */
  left: number;
  /** The next of them. */
  seq: number;
  number: number;
  #at = BATCH_FIRST_AT;

  constructor({ firstNumber, sender, firstSeq, payload, owned }: StoredDelivery, limits: Limits) {
    const count = countBatch(payload, limits) ?? 0;
    this.sender = sender;
    this.seq = firstSeq;
    this.number = firstNumber;
    this.left = count;
    this.lastNumber = firstNumber + count - 1;
    this.#payload = payload;
    this.#owned = owned;
    this.#alone = owned && count === 1;
  }

  /** The next message, for its reader to own: a copy, unless it is alone in a copy already. */
  take(): Uint8Array {
    const end = this.#at + lengthInBatch(this.#payload, this.#at);
    const bytes = this.#alone ? this.#payload.subarray(this.#at, end) : copyOf(this.#payload, this.#at, end);
    this.skip();
    return bytes;
  }

  skip(): void {
    this.#at = nextInBatch(this.#payload, this.#at);
    this.left -= 1;
    this.seq += 1;
    this.number += 1;
  }

  /** All is read. */
  finish(): void {
    this.seq += this.left;
    this.number += this.left;
    this.left = 0;
  }

  /** All that is not read, from the length of the next message on, for its reader to own. */
  rest(): Uint8Array {
    const from = this.#at - LENGTH_BYTES;
    return this.#owned ? this.#payload.subarray(from) : copyOf(this.#payload, from, this.#payload.length);
  }
}

/** What is shorter is copied faster byte by byte than by making a view of it first. */
const SHORT_BYTES = 96;

function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const copy = new Uint8Array(to - from);
  if (copy.length > SHORT_BYTES) copy.set(bytes.subarray(from, to));
  else for (let i = 0; i < copy.length; i += 1) copy[i] = bytes[from + i] as number;
  return copy;
}
