import { copyBytes } from '../base/index.ts';
import { decodeBatch } from '../codec/index.ts';
import type { Limits, NodeId } from '../committee/index.ts';
import type { Cursor, DeliveriesOptions, Delivery } from './api.ts';
import { QuorumcastError } from './errors.ts';
import { messageDigest } from './sha256.ts';
import { beyondHorizonError, type Store, type StoredDelivery } from './store/index.ts';

/** Messages read from the store at once. */
const PAGE_MESSAGES = 256;

/** What a delivery is made of before anybody looks at it. */
export interface RawDelivery {
  /** Local delivery number. */
  readonly number: number;
  readonly sender: NodeId;
  readonly seq: number;
  readonly payload: Uint8Array;
}

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

/** The messages of stored instances, one by one. */
export function unpack(stored: readonly StoredDelivery[], limits: Limits): RawDelivery[] {
  return stored.flatMap(({ firstNumber, sender, firstSeq, payload }) => {
    const batch = decodeBatch(payload, limits);
    const messages = batch.ok ? batch.value : [];
    return messages.map((message, i) => ({
      number: firstNumber + i,
      sender,
      seq: firstSeq + i,
      payload: copyBytes(message),
    }));
  });
}

/** A delivery for its reader. `ack` moves the reader's consumer, if it has one. */
export function deliveryOf(
  raw: RawDelivery,
  source: Pick<DeliverySource, 'senderName'>,
  ack: (number: number) => Promise<void>,
): Delivery {
  const { number, sender, seq, payload } = raw;
  let digest: string | undefined;
  return {
    sender,
    senderName: source.senderName(sender),
    seq,
    payload,
    get digest() {
      digest ??= messageDigest(payload);
      return digest;
    },
    cursor: cursorOf(number),
    text: () => new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload),
    json: <Value>() => JSON.parse(new TextDecoder().decode(payload)) as Value,
    ack: () => ack(number),
  };
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
export class DeliveryReader implements AsyncIterableIterator<Delivery>, AsyncDisposable {
  readonly consumer: string | undefined;
  readonly #source: DeliverySource;
  readonly #signal: AbortSignal | undefined;
  readonly #release: () => void;
  #page: RawDelivery[] = [];
  #position: number;
  #acked: number;
  #done = false;

  /** `release` is called once, when the reading ends for whatever reason. @throws QuorumcastError ERR_CURSOR */
  constructor(source: DeliverySource, options: DeliveriesOptions, release: () => void) {
    this.#source = source;
    this.consumer = options.consumer;
    this.#signal = options.signal;
    this.#release = release;
    this.#position = startOf(source.store, options);
    this.#acked = this.consumer === undefined ? 0 : (source.store.consumers().get(this.consumer) ?? 0);
  }

  /** The number of the last delivery handed out. */
  get position(): number {
    return this.#position;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws QuorumcastError ERR_BACKLOG_FULL if the next delivery is no longer kept */
  async next(): Promise<IteratorResult<Delivery>> {
    try {
      const raw = await this.#next();
      if (raw !== undefined) {
        return { done: false, value: deliveryOf(raw, this.#source, (number) => this.#ack(number)) };
      }
    } catch (error) {
      this.#finish();
      // The store closes while the last page is read: that is an end, not a failure.
      if (!this.#source.ended()) throw error;
    }
    this.#finish();
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<Delivery>> {
    this.#finish();
    // A call of `next` that still waits ends too.
    this.#source.wake();
    return Promise.resolve({ done: true, value: undefined });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #next(): Promise<RawDelivery | undefined> {
    const { store, more, ended } = this.#source;
    while (!this.#done) {
      const raw = this.#page.shift();
      if (raw !== undefined) {
        this.#position = raw.number;
        return raw;
      }
      if (this.#signal?.aborted === true || ended()) return undefined;
      if (store.deliveredCount <= this.#position) await more(this.#signal);
      else await this.#read();
    }
    return undefined;
  }

  async #read(): Promise<void> {
    const { store, limits } = this.#source;
    if (this.#position + 1 < store.firstNumber) throw beyondHorizonError();
    const stored = await store.deliveries(this.#position + 1, PAGE_MESSAGES);
    this.#page = unpack(stored, limits).filter(({ number }) => number > this.#position);
  }

  async #ack(number: number): Promise<void> {
    if (this.consumer === undefined || number <= this.#acked) return;
    const { store } = this.#source;
    store.append({ kind: 'cursor', consumer: this.consumer, number });
    this.#acked = number;
    await store.sync();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#page = [];
    this.#release();
  }
}

function startOf(store: Store, { from, consumer }: DeliveriesOptions): number {
  const left = consumer === undefined ? undefined : store.consumers().get(consumer);
  if (from === undefined && left !== undefined) return left;
  if (from === undefined || from === 'start') return store.firstNumber - 1;
  return from === 'now' ? store.deliveredCount : numberOf(from, store.deliveredCount);
}
