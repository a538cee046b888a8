import { randomBytes } from 'node:crypto';
import { assert } from '../../base/index.ts';
import { LOG_ID_BYTES } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import { QuorumcastError } from '../errors.ts';
import { Catalog } from './catalog.ts';
import { deliveriesFrom, findDurable } from './reads.ts';
import type { Store, StoreMemory, StoreRecord, StoreStats } from './store.ts';

/**
 * A `Store` that forgets everything when its process ends, for tests and measurements. Each is a new log: in a
 * running epoch, peers refuse a restarted member as one that lost its state.
 */
export class MemoryStore implements Store {
  readonly logId: Uint8Array = new Uint8Array(randomBytes(LOG_ID_BYTES));
  readonly failed: QuorumcastError | undefined = undefined;
  readonly bytesOnDisk = 0;
  readonly #catalog: Catalog;
  readonly #payloads: Uint8Array[] = [];
  readonly #stats = { records: 0, syncs: 0, syncSecondsLast: 0, syncSecondsTotal: 0 };
  #position = 0;
  #deliveredCount = 0;
  #memory: StoreMemory | undefined;
  #closed = false;

  constructor(options: { readonly committee: Committee; readonly self: NodeId }) {
    this.#catalog = new Catalog(options.committee, options.self);
    this.#memory = this.#catalog.memory(() => new Uint8Array(0));
  }

  get position(): number {
    return this.#position;
  }

  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  get stats(): StoreStats {
    return this.#stats;
  }

  append(record: StoreRecord): void {
    if (this.#closed) throw closedError();
    this.#memory = undefined;
    if (!this.#catalog.apply(record)) return;
    if (record.kind === 'keep') this.#payloads.push(new Uint8Array(record.payload));
    this.#stats.records += 1;
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

  entry(sender: NodeId, instance: number) {
    return this.#catalog.entry(sender, instance);
  }

  async payload(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#payloads[this.#catalog.payloads.row(digest)]?.slice();
  }

  deliveries(fromNumber: number, limitMessages: number, limitBytes?: number) {
    const load = async (row: number): Promise<Uint8Array> =>
      (this.#payloads[row] ?? new Uint8Array(0)).slice();
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

  keyOf(key: string) {
    return this.#catalog.keyOf(key);
  }

  peers() {
    return this.#catalog.peers;
  }

  consumers() {
    return this.#catalog.consumers;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

/** Said to whoever goes on writing after `close`. */
export function closedError(): QuorumcastError {
  return new QuorumcastError('ERR_CLOSED', 'the store is closed');
}
