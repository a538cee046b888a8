import { BATCH_FIRST_AT, countBatch, lengthInBatch, nextInBatch } from '../codec/index.ts';
import type { Limits, NodeId } from '../committee/index.ts';
import type { Cursor, DeliveriesOptions, Delivery, DeliveryBatch } from './api.ts';
import { QuorumcastError } from './errors.ts';
import { messageDigest } from './sha256.ts';
import type { Store, StoredDelivery } from './store/index.ts';

/** Messages read from the store at once. */
const PAGE_MESSAGES = 256;

/** What readers share: where deliveries come from, and when there are new ones. */
export interface DeliverySource {
  readonly store: Store;
  readonly limits: Limits;
  readonly senderName: (id: NodeId) => string;
  /** Resolves when there may be more, the node has ended or `signal` has fired. */
  readonly more: (signal: AbortSignal | undefined) => Promise<void>;
  /** Lets everybody who waits for more look again. */
  readonly wake: () => void;
  readonly ended: () => boolean;
}

/** Moves a consumer past the delivery of this number. */
export type Acknowledge = (number: number) => Promise<void>;

/** One delivered message, as its reader gets it. */
export class DeliveredMessage implements Delivery {
  readonly sender: NodeId;
  readonly senderName: string;
  readonly seq: number;
  readonly payload: Uint8Array;
  readonly cursor: Cursor;
  readonly #number: number;
  readonly #acknowledge: Acknowledge;
  #digest: string | undefined;

  /** `number`: its place in the local order. Keeps the payload, which is the reader's from here on. */
  constructor(
    place: {
      readonly number: number;
      readonly sender: NodeId;
      readonly senderName: string;
      readonly seq: number;
    },
    payload: Uint8Array,
    acknowledge: Acknowledge,
  ) {
    this.sender = place.sender;
    this.senderName = place.senderName;
    this.seq = place.seq;
    this.payload = payload;
    this.cursor = cursorOf(place.number);
    this.#number = place.number;
    this.#acknowledge = acknowledge;
  }

  get digest(): string {
    this.#digest ??= messageDigest(this.payload);
    return this.#digest;
  }

  text(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.payload);
  }

  json<Value>(): Value {
    return JSON.parse(new TextDecoder().decode(this.payload)) as Value;
  }

  ack(): Promise<void> {
    return this.#acknowledge(this.#number);
  }
}

/** Several messages of one instance, as their reader gets them. */
class DeliveredBatch implements DeliveryBatch {
  readonly sender: NodeId;
  readonly senderName: string;
  readonly firstSeq: number;
  readonly count: number;
  readonly cursor: Cursor;
  readonly #lastNumber: number;
  readonly #acknowledge: Acknowledge;
  #bytes: Uint8Array | undefined;
  #payloads: readonly Uint8Array[] | undefined;

  /** What is left of a stored batch. */
  constructor(unread: Unread, senderName: string, acknowledge: Acknowledge) {
    this.sender = unread.sender;
    this.senderName = senderName;
    this.firstSeq = unread.seq;
    this.count = unread.left;
    this.cursor = cursorOf(unread.lastNumber);
    this.#lastNumber = unread.lastNumber;
    this.#acknowledge = acknowledge;
    this.#bytes = unread.rest();
  }

  get payloads(): readonly Uint8Array[] {
    this.#payloads ??= messagesFrom(this.#bytes ?? new Uint8Array(0), this.count);
    // The views hold it from here on.
    this.#bytes = undefined;
    return this.#payloads;
  }

  ack(): Promise<void> {
    return this.#acknowledge(this.#lastNumber);
  }
}

/** The rest of a batch, from the length of its first message on, as views. */
function messagesFrom(bytes: Uint8Array, count: number): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  let at = LENGTH_BYTES;
  for (let i = 0; i < count; i += 1) {
    messages.push(bytes.subarray(at, at + lengthInBatch(bytes, at)));
    at = nextInBatch(bytes, at);
  }
  return messages;
}

const LENGTH_BYTES = 4;

/** A stored batch that is being read: knows how far. */
class Unread {
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

/** The message of this number out of a stored batch; undefined if it is not in it. */
export function messageOf(
  stored: StoredDelivery | undefined,
  number: number,
  source: Pick<DeliverySource, 'limits' | 'senderName'>,
): Delivery | undefined {
  if (stored === undefined) return undefined;
  const unread = new Unread(stored, source.limits);
  while (unread.left > 0 && unread.number < number) unread.skip();
  if (unread.left === 0 || unread.number !== number) return undefined;
  const { sender, seq } = unread;
  const place = { number, sender, senderName: source.senderName(sender), seq };
  return new DeliveredMessage(place, unread.take(), () => Promise.resolve());
}

/** The cursor after the delivery of this number. */
export function cursorOf(number: number): Cursor {
  return `d${number}`;
}

/** @throws QuorumcastError ERR_CURSOR if it is not one that this node can have given. */
export function numberOf(cursor: Cursor, last: number): number {
  const digits = typeof cursor === 'string' ? /^d(0|[1-9][0-9]{0,15})$/.exec(cursor)?.[1] : undefined;
  const number = digits === undefined ? Number.NaN : Number(digits);
  if (Number.isSafeInteger(number) && number <= last) return number;
  throw new QuorumcastError(
    'ERR_CURSOR',
    `"${cursor}" is not a cursor of this node's deliveries (d0 to d${last})`,
    {
      hint: 'use "start", "now", or a cursor that this node gave; cursors of other nodes mean nothing here',
    },
  );
}

/** Reads what a node delivered, in its order, page by page: a slow reader costs one page of memory. */
abstract class Reader<Item> implements AsyncIterableIterator<Item>, AsyncDisposable {
  readonly consumer: string | undefined;
  protected readonly source: DeliverySource;
  protected readonly acknowledge: Acknowledge = (number) => this.#ack(number);
  readonly #signal: AbortSignal | undefined;
  readonly #release: (reader: Reader<Item>) => void;
  #page: readonly StoredDelivery[] = [];
  #pageAt = 0;
  #unread: Unread | undefined;
  #position: number;
  #acked: number;
  #done = false;

  /** `release` is called once, when the reading ends for whatever reason. @throws QuorumcastError ERR_CURSOR */
  constructor(source: DeliverySource, options: DeliveriesOptions, release: (reader: Reader<Item>) => void) {
    this.source = source;
    this.consumer = options.consumer;
    this.#signal = options.signal;
    this.#release = release;
    this.#position = startOf(source.store, options);
    this.#acked = this.consumer === undefined ? 0 : (source.store.consumers().get(this.consumer) ?? 0);
  }

  /** Reads on in a batch that has something left. */
  protected abstract take(unread: Unread): Item;

  /** The number of the last delivery handed out. */
  get position(): number {
    return this.#position;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws QuorumcastError ERR_RETENTION or ERR_BACKLOG_FULL if the next delivery is no longer kept */
  next(): Promise<IteratorResult<Item>> {
    // What is at hand is not waited for: a turn of the queue costs more than the reading.
    const unread = this.#atHand();
    return unread === undefined ? this.#later() : Promise.resolve(this.#hand(unread));
  }

  return(): Promise<IteratorResult<Item>> {
    this.#finish();
    // A call of `next` that still waits ends too.
    this.source.wake();
    return Promise.resolve({ done: true, value: undefined });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #later(): Promise<IteratorResult<Item>> {
    try {
      const unread = await this.#fetch();
      if (unread !== undefined) return this.#hand(unread);
    } catch (error) {
      this.#finish();
      // The store closes while the last page is read: that is an end, not a failure.
      if (!this.source.ended()) throw error;
    }
    this.#finish();
    return { done: true, value: undefined };
  }

  #hand(unread: Unread): IteratorResult<Item> {
    const value = this.take(unread);
    this.#position = unread.number - 1;
    return { done: false, value };
  }

  async #fetch(): Promise<Unread | undefined> {
    const { store, more, ended } = this.source;
    while (!this.#done) {
      const unread = this.#atHand();
      if (unread !== undefined) return unread;
      if (this.#signal?.aborted === true || ended()) return undefined;
      if (store.deliveredCount <= this.#position) await more(this.#signal);
      else await this.#read();
    }
    return undefined;
  }

  /** The batch to read on in, from the page. */
  #atHand(): Unread | undefined {
    if (this.#done) return undefined;
    if (this.#unread !== undefined && this.#unread.left > 0) return this.#unread;
    for (let stored = this.#page[this.#pageAt]; stored !== undefined; stored = this.#page[this.#pageAt]) {
      this.#pageAt += 1;
      const unread = new Unread(stored, this.source.limits);
      while (unread.left > 0 && unread.number <= this.#position) unread.skip();
      if (unread.left > 0) {
        this.#unread = unread;
        return unread;
      }
    }
    this.#unread = undefined;
    return undefined;
  }

  async #read(): Promise<void> {
    const { store } = this.source;
    const page = await store.deliveries(this.#position + 1, PAGE_MESSAGES);
    this.#page = page;
    this.#pageAt = 0;
  }

  async #ack(number: number): Promise<void> {
    if (this.consumer === undefined || number <= this.#acked) return;
    const { store } = this.source;
    store.append({ kind: 'cursor', consumer: this.consumer, number });
    this.#acked = number;
    await store.sync();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#page = [];
    this.#unread = undefined;
    this.#release(this);
  }
}

/** A reader of whichever kind. */
export type AnyReader = Pick<Reader<unknown>, 'consumer' | 'position'>;

/** One message after another. */
export class DeliveryReader extends Reader<Delivery> {
  protected override take(unread: Unread): Delivery {
    const { number, sender, seq } = unread;
    const place = { number, sender, senderName: this.source.senderName(sender), seq };
    return new DeliveredMessage(place, unread.take(), this.acknowledge);
  }
}

/** One batch after another. */
export class BatchReader extends Reader<DeliveryBatch> {
  protected override take(unread: Unread): DeliveryBatch {
    const batch = new DeliveredBatch(unread, this.source.senderName(unread.sender), this.acknowledge);
    unread.finish();
    return batch;
  }
}

function startOf(store: Store, { from, consumer }: DeliveriesOptions): number {
  const left = consumer === undefined ? undefined : store.consumers().get(consumer);
  if (from === undefined && left !== undefined) return left;
  if (from === undefined || from === 'start') return store.firstNumber - 1;
  return from === 'now' ? store.deliveredCount : numberOf(from, store.deliveredCount);
}
