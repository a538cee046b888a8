import { randomBytes } from 'node:crypto';
import { assert } from '../../base/index.ts';
import { LOG_ID_BYTES } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import { QuorumcastError } from '../errors.ts';
import { Catalog } from './catalog.ts';
import { type Backlog, Horizon } from './horizon.ts';
import { Payloads } from './payloads.ts';
import { deliveriesFrom, findDurable } from './reads.ts';
import type { Store, StoreMemory, StoreRecord, StoreStats } from './store.ts';

/** Messages whose place in the index goes at once: some work each time. */
const INDEX_STEP = 4_096;

const NO_HORIZON: Backlog = { messages: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/**
 * A `Store` that forgets everything when its process ends, for tests and measurements. Each is a new log: in a
 * running epoch, peers refuse a restarted member as one that lost its state.
 *
 * Delivered instances go when they are behind the backlog, in the end from the index too.
 */
export class MemoryStore implements Store {
  readonly logId: Uint8Array = new Uint8Array(randomBytes(LOG_ID_BYTES));
  readonly failed: QuorumcastError | undefined = undefined;
  readonly bytesOnDisk = 0;
  readonly #catalog: Catalog;
  readonly #payloads: Payloads;
  readonly #horizon: Horizon;
  readonly #stats = { records: 0, syncs: 0, syncSecondsLast: 0, syncSecondsTotal: 0 };
  #position = 0;
  #deliveredCount = 0;
  #memory: StoreMemory | undefined;
  #closed = false;

  /** `backlog`: how much is kept of what was delivered; everything if it is not given. */
  constructor(options: {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly backlog?: Backlog;
  }) {
    this.#horizon = new Horizon(options.backlog ?? NO_HORIZON);
    this.#catalog = new Catalog(options.committee, options.self);
    this.#payloads = new Payloads(this.#catalog.payloads);
    this.#memory = this.#catalog.memory(() => new Uint8Array(0));
  }

  get position(): number {
    return this.#position;
  }

  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  get firstNumber(): number {
    return this.#horizon.firstNumber;
  }

  get stats(): StoreStats {
    return this.#stats;
  }

  append(record: StoreRecord): void {
    if (this.#closed) throw closedError();
    this.#memory = undefined;
    if (record.kind === 'keep') this.#keep(record);
    else if (record.kind === 'delivered') this.#deliver(record);
    else if (this.#catalog.apply(record)) this.#stats.records += 1;
  }

  #keep(record: Extract<StoreRecord, { readonly kind: 'keep' }>): void {
    const { payloads } = this.#catalog;
    const before = record.replaces === true ? payloads.row(record.digest) : -1;
    if (!this.#catalog.apply(record)) return;
    this.#payloads.delete(before);
    this.#payloads.set(payloads.row(record.digest), record.payload);
    this.#stats.records += 1;
  }

  #deliver(record: Extract<StoreRecord, { readonly kind: 'delivered' }>): void {
    const vouched = this.#catalog.vouchedRow(record.sender, record.instance);
    this.#catalog.apply(record);
    this.#stats.records += 1;
    const row = this.#catalog.order.row(this.#catalog.order.length - 1);
    // What this member vouched for where something else was delivered.
    if (vouched !== row) this.#payloads.delete(vouched);
    const { first, next } = this.#horizon;
    this.#horizon.delivered(this.#payloads.lengthOf(row), this.#catalog.deliveredCount);
    this.#payloads.delivered(row, next);
    for (let gone = first; gone < this.#horizon.first; gone += 1) {
      this.#payloads.delete(this.#catalog.order.row(gone));
    }
    this.#payloads.dropBelow(this.#horizon.first);
    if (this.firstNumber - this.#catalog.firstNumber >= INDEX_STEP) this.#shortenIndex();
  }

  async sync(): Promise<void> {
    if (this.#closed) throw closedError();
    if (this.#position === this.#stats.records) return;
    this.#position = this.#stats.records;
    this.#deliveredCount = this.#catalog.deliveredCount;
    this.#stats.syncs += 1;
  }

  restored(): StoreMemory {
    assert(this.#memory !== undefined, 'store: what was restored is forgotten at the first append');
    return this.#memory;
  }

  agreements() {
    return this.#catalog.topics.memory();
  }

  entry(sender: NodeId, instance: number) {
    return this.#catalog.entry(sender, instance);
  }

  async payload(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#payloads.get(this.#catalog.payloads.row(digest));
  }

  async deliveries(fromNumber: number, limitMessages: number, limitBytes?: number) {
    if (fromNumber < this.firstNumber && fromNumber >= 1) throw beyondHorizonError();
    const load = (row: number): Uint8Array => {
      const payload = this.#payloads.get(row);
      if (payload === undefined) throw beyondHorizonError();
      return payload;
    };
    return deliveriesFrom(
      this.#catalog,
      this.#deliveredCount,
      { fromNumber, limitMessages, limitBytes },
      load,
    );
  }

  find(sender: NodeId, seq: number) {
    return findDurable(this.#catalog, this.#deliveredCount, sender, seq);
  }

  firstInstance(sender: NodeId) {
    return this.#catalog.firstInstance(sender);
  }

  messagesBefore(sender: NodeId, instance: number) {
    return this.#catalog.messagesBefore(sender, instance);
  }

  messageCount(sender: NodeId) {
    return this.#catalog.messagesBefore(sender) ?? 0;
  }

  get gaps() {
    return this.#catalog.gaps.list;
  }

  keyOf(key: string) {
    return this.#catalog.keyOf(key);
  }

  peers() {
    return this.#catalog.peers;
  }

  consumers() {
    return this.#catalog.consumers;
  }

  /** It never keeps anything back: what a node in memory lets go of is its own choice. */
  holdBack(): void {}

  async trim(): Promise<void> {}

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** Lets go of the index of what is behind the backlog. */
  #shortenIndex(): void {
    const catalog = this.#catalog;
    const first = catalog.order.place(catalog.order.orderOf(this.firstNumber));
    const mark = { deliveredCount: this.firstNumber - 1, firstRow: first?.row ?? catalog.payloads.rows };
    for (const row of catalog.stragglers(mark)) {
      this.#payloads.moved(row, catalog.rewritten(catalog.payloads.digest(row)));
    }
    catalog.dropBelow(mark);
  }
}

/** Said to whoever asks for a payload that a node without a data directory let go of. */
function beyondHorizonError(): QuorumcastError {
  return new QuorumcastError('ERR_BACKLOG_FULL', 'this was delivered here, and is no longer kept in memory', {
    hint: 'read faster, raise limits.backlogMessages and limits.backlogBytes, or give the node a data directory',
  });
}

/** Said to whoever goes on writing after `close`. */
export function closedError(): QuorumcastError {
  return new QuorumcastError('ERR_CLOSED', 'the store is closed');
}
