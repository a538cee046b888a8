import { assert, checkCall, decodeUtf8, QuorumcastError, type Signal, toHex } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import { portableSha256 } from '../crypto/index.ts';
import type { TestDeliveriesOptions, TestDelivery, TestDeliveryBatch } from './api.ts';
import type { Outcome } from './world.ts';

/** What a delivery is made of before anybody looks at it. */
export interface Delivered {
  /** Place in the local order, from 1. */
  readonly number: number;
  readonly sender: NodeId;
  readonly seq: number;
  /** A view that nobody writes to. */
  readonly message: Uint8Array;
}

/** Where readers of one node get their deliveries. */
export interface Source {
  /** In local order. */
  readonly log: readonly Delivered[];
  /** By consumer: the number of the last delivery it acknowledged. */
  readonly consumers: Map<string, number>;
  readonly busy: Set<string>;
  /** Grows when the node crashes or closes: readers that were open end. */
  readonly generation: () => number;
  /** While the node is down there is nothing to read. */
  readonly isDown: () => boolean;
  readonly until: (done: () => boolean, signal: Signal | undefined) => Promise<Outcome>;
  readonly park: (signal: Signal | undefined) => Promise<void>;
}

/** SHA-256, hexadecimal. */
export function messageDigest(message: Uint8Array): string {
  return toHex(portableSha256(message));
}

/** A delivery for its reader. */
export function deliveryOf(
  { number, sender, seq, message }: Delivered,
  ack: (number: number) => void = () => undefined,
): TestDelivery {
  const payload = message.slice();
  let digest: string | undefined;
  return {
    sender,
    senderName: nameOf(sender),
    seq,
    payload,
    get digest() {
      digest ??= messageDigest(message);
      return digest;
    },
    cursor: `d${number}`,
    text: () => decodeUtf8(payload),
    json: <Value>() => JSON.parse(decodeUtf8(payload)) as Value,
    ack: async () => ack(number),
  };
}

/** What members of a cluster in virtual time are called. */
export function nameOf(id: NodeId): string {
  return `p${id}`;
}

/** Reads what one node delivers, in its order. */
abstract class Reader<Item> implements AsyncIterableIterator<Item>, AsyncDisposable {
  readonly #source: Source;
  readonly #generation: number;
  readonly #consumer: string | undefined;
  readonly #signal: Signal | undefined;
  #position: number;
  #done = false;

  /** @throws QuorumcastError ERR_CONSUMER_BUSY, ERR_CURSOR */
  constructor(source: Source, options: TestDeliveriesOptions) {
    checkCall('deliveries', options, ['from', 'consumer', 'signal']);
    const { from, consumer, signal } = options;
    if (consumer !== undefined && source.busy.has(consumer)) {
      throw new QuorumcastError(
        'ERR_CONSUMER_BUSY',
        `somebody is reading as consumer "${consumer}" already`,
        {
          hint: 'end that reader first, or use another name',
          retryable: true,
        },
      );
    }
    this.#source = source;
    this.#generation = source.generation();
    this.#done = source.isDown();
    this.#consumer = consumer;
    this.#signal = signal;
    this.#position = startOf(source, from, consumer);
    if (consumer !== undefined) source.busy.add(consumer);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** How many of what is there, from `position` on, are handed out together: at least one. */
  protected abstract count(log: readonly Delivered[], position: number): number;
  protected abstract item(raws: readonly Delivered[], ack: (number: number) => void): Item;

  async next(): Promise<IteratorResult<Item>> {
    const { log, until, park } = this.#source;
    while (!this.#done && !this.#ended) {
      if (log.length > this.#position) {
        const end = this.#position + this.count(log, this.#position);
        const raws = log.slice(this.#position, end);
        this.#position = end;
        return { done: false, value: this.item(raws, (number) => this.#ack(number)) };
      }
      const more = (): boolean => log.length > this.#position || this.#done || this.#ended;
      if ((await until(more, this.#signal)) === 'rest') await park(this.#signal);
    }
    this.#finish();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Item>> {
    this.#finish();
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#finish();
  }

  get #ended(): boolean {
    return this.#signal?.aborted === true || this.#source.generation() !== this.#generation;
  }

  #ack(number: number): void {
    const { consumers, generation } = this.#source;
    if (this.#consumer === undefined) return;
    if (generation() !== this.#generation) {
      throw new QuorumcastError('ERR_CLOSED', 'the node closed before this was acknowledged', {
        hint: 'the delivery comes again to the next reader of this name',
      });
    }
    if (number > (consumers.get(this.#consumer) ?? 0)) consumers.set(this.#consumer, number);
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    // After a crash the name may belong to a reader of the new life.
    if (this.#consumer !== undefined && this.#source.generation() === this.#generation)
      this.#source.busy.delete(this.#consumer);
  }
}

/** One message after another. */
export class TestReader extends Reader<TestDelivery> {
  protected override count(): number {
    return 1;
  }

  protected override item([raw]: readonly Delivered[], ack: (number: number) => void): TestDelivery {
    assert(raw !== undefined, 'one at a time');
    return deliveryOf(raw, ack);
  }
}

/** All that is there of one sender at a time. */
export class TestBatchReader extends Reader<TestDeliveryBatch> {
  protected override count(log: readonly Delivered[], position: number): number {
    const sender = log[position]?.sender;
    let end = position + 1;
    while (log[end]?.sender === sender && end < log.length) end += 1;
    return end - position;
  }

  protected override item(raws: readonly Delivered[], ack: (number: number) => void): TestDeliveryBatch {
    const [first] = raws;
    assert(first !== undefined, 'a batch has a message');
    const { number, sender, seq } = first;
    const last = number + raws.length - 1;
    const payloads = raws.map(({ message }) => new Uint8Array(message));
    const place = { sender, senderName: nameOf(sender), firstSeq: seq, count: raws.length };
    return { ...place, payloads, cursor: `d${last}`, ack: async () => ack(last) };
  }
}

function startOf(
  { log, consumers }: Source,
  from: TestDeliveriesOptions['from'],
  consumer: string | undefined,
): number {
  if (from === undefined) return consumer === undefined ? 0 : (consumers.get(consumer) ?? 0);
  if (from === 'start') return 0;
  if (from === 'now') return log.length;
  const digits = /^d(0|[1-9][0-9]{0,15})$/.exec(from)?.[1];
  const number = digits === undefined ? Number.NaN : Number(digits);
  if (number <= log.length) return number;
  throw new QuorumcastError(
    'ERR_CURSOR',
    `"${from}" is not a cursor of this node's deliveries (d0 to d${log.length})`,
    { hint: 'use "start", "now", or a cursor that this node gave' },
  );
}
