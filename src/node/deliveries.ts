import type { NodeId } from '../committee/index.ts';
import type { Cursor, DeliveriesOptions, Delivery, DeliveryBatch, DeliveryGap } from './api.ts';
import { QuorumcastError } from './errors.ts';
import { messageDigest } from './sha256.ts';
import type { Gap, Store, StoredDelivery } from './store/index.ts';
import { messagesFrom, Unread } from './unread.ts';

/** Messages read from the store at once. */
const PAGE_MESSAGES = 256;

/** What readers share: where deliveries come from, and when there are new ones. */
export interface DeliverySource {
  readonly store: Store;
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
  readonly #number: number;
  readonly #acknowledge: Acknowledge;
  #digest: string | undefined;

  /** `number`: its place in the local order. Keeps the payload. */
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
    this.#number = place.number;
    this.#acknowledge = acknowledge;
  }

  get cursor(): Cursor {
    return cursorOf(this.#number);
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

/** The message of this number out of a stored batch; undefined if it is not in it. */
export function messageOf(
  stored: StoredDelivery | undefined,
  number: number,
  source: Pick<DeliverySource, 'senderName'>,
): Delivery | undefined {
  if (stored === undefined) return undefined;
  const unread = new Unread(stored);
  while (unread.left > 0 && unread.number < number) unread.skip();
  if (unread.left === 0 || unread.number !== number) return undefined;
  const { sender, seq } = unread;
  const place = { number, sender, senderName: unread.senderName ?? source.senderName(sender), seq };
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
  readonly #onGap: DeliveriesOptions['onGap'];
  readonly #release: (reader: Reader<Item>) => void;
  /** The last gap that was told, or that lies before where the reading began. */
  #gapTold: number;
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
    this.#onGap = options.onGap;
    this.#position = startOf(source.store, options);
    this.#gapTold = source.store.gaps.findLast(({ before }) => before <= this.#position)?.id ?? 0;
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
    if (this.#gap() !== undefined) return this.#later();
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
      this.#tellGaps();
      const unread = this.#atHand();
      if (unread !== undefined) return unread;
      if (this.#signal?.aborted === true || ended()) return undefined;
      if (store.deliveredCount <= this.#position) await more(this.#signal);
      else await this.#read();
    }
    return undefined;
  }

  /** What is missing right before the next delivery, and was not told. */
  #gap(): Gap | undefined {
    const { gaps } = this.source.store;
    if (gaps.length === 0 || this.#done) return undefined;
    return gaps.find(({ id, before }) => id > this.#gapTold && before <= this.#position + 1);
  }

  /** @throws QuorumcastError ERR_GAP if nobody wants to be told. */
  #tellGaps(): void {
    for (let gap = this.#gap(); gap !== undefined; gap = this.#gap()) {
      this.#gapTold = gap.id;
      const { sender, fromSeq: from, toSeq: to } = gap;
      const told = { sender, senderName: this.source.senderName(sender), from, to };
      if (this.#onGap === undefined) throw gapError(told);
      this.#onGap(told);
    }
  }

  /** The batch to read on in, from the page. */
  #atHand(): Unread | undefined {
    if (this.#done) return undefined;
    if (this.#unread !== undefined && this.#unread.left > 0) return this.#unread;
    for (let stored = this.#page[this.#pageAt]; stored !== undefined; stored = this.#page[this.#pageAt]) {
      this.#pageAt += 1;
      const unread = new Unread(stored);
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
    const place = { number, sender, senderName: unread.senderName ?? this.source.senderName(sender), seq };
    return new DeliveredMessage(place, unread.take(), this.acknowledge);
  }
}

/** One batch after another. */
export class BatchReader extends Reader<DeliveryBatch> {
  protected override take(unread: Unread): DeliveryBatch {
    const name = unread.senderName ?? this.source.senderName(unread.sender);
    const batch = new DeliveredBatch(unread, name, this.acknowledge);
    unread.finish();
    return batch;
  }
}

/** Said to readers who do not say what to do about a gap, and to whoever asks for a message that was skipped. */
export function gapError({ senderName, from, to }: Omit<DeliveryGap, 'sender'>): QuorumcastError {
  const which = from === to ? `${senderName}#${from} was` : `${senderName}#${from} to #${to} were`;
  return new QuorumcastError(
    'ERR_GAP',
    `${which} skipped here: this node was away for longer than the others keep`,
    {
      hint: 'get them from a member that delivered them, or go on without: `onGap` is told, and the reading goes on',
    },
  );
}

function startOf(store: Store, { from, consumer }: DeliveriesOptions): number {
  const left = consumer === undefined ? undefined : store.consumers().get(consumer);
  if (from === undefined && left !== undefined) return left;
  if (from === undefined || from === 'start') return store.firstNumber - 1;
  return from === 'now' ? store.deliveredCount : numberOf(from, store.deliveredCount);
}
