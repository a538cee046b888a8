import { resolve } from 'node:path';
import { assert } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { DIGEST_BYTES, type Digest } from '../../crypto/index.ts';
import { QuorumcastError } from '../errors.ts';
import { Catalog, type Mark } from './catalog.ts';
import { DISK, type Disk } from './disk.ts';
import { Group } from './group.ts';
import type { LogIdentity } from './header.ts';
import { DirectoryLock } from './lock.ts';
import { closedError } from './memory-store.ts';
import { makeDirectory, type OpenedLog, openLog, type StoreNotice, unusable } from './open-log.ts';
import { PayloadReader } from './payload-reader.ts';
import { deliveriesFrom, findDurable } from './reads.ts';
import { RecentGroups } from './recent.ts';
import { KEEP_ALL, type Retention } from './retention.ts';
import { Segment } from './segment.ts';
import type { Store, StoreMemory, StoreRecord, StoreStats } from './store.ts';
import { encodeSummary, type Summary } from './summary.ts';
import { Trimmer } from './trimmer.ts';

export interface FileStoreOptions {
  /** Made, with mode 0700, if it is not there. One directory holds one member of one cluster. */
  readonly dir: string;
  /** The 32-byte cluster digest. */
  readonly cluster: Uint8Array;
  readonly committee: Committee;
  readonly self: NodeId;
  /** How long a file may get, unless a single group is longer. 64 KiB to 1 GiB, default 64 MiB. */
  readonly segmentBytes?: number;
  /** How much is kept of what was delivered; everything if it is not given. */
  readonly retention?: Retention;
  readonly onNotice?: (notice: StoreNotice) => void;
  readonly disk?: Disk;
  /** What a new log is called; random unless a test wants the same bytes again. */
  readonly identity?: { readonly logId: Uint8Array; readonly mark: number };
  /** Where a new log begins: that of the first epoch here if it is not given. */
  readonly seed?: Summary;
  /** The wall clock, milliseconds: what retention by age goes by. */
  readonly nowMs?: () => number;
}

const SEGMENT_BYTES = 67_108_864;

/** What an opened store is made of. */
interface Parts extends OpenedLog {
  readonly dir: string;
  readonly disk: Disk;
  readonly lock: DirectoryLock;
  readonly segmentBytes: number;
  readonly catalog: Catalog;
  readonly retention: Retention;
  readonly nowMs: () => number;
  readonly onNotice: (notice: StoreNotice) => void;
}

/** A `Store` in a directory of append-only files: `docs/storage.md` describes them byte by byte. */
export class FileStore implements Store {
  readonly logId: Uint8Array;
  readonly #dir: string;
  readonly #disk: Disk;
  readonly #segmentBytes: number;
  readonly #identity: LogIdentity;
  readonly #lock: DirectoryLock;
  readonly #catalog: Catalog;
  readonly #reader: PayloadReader;
  readonly #stats = { records: 0, syncs: 0, syncSecondsLast: 0, syncSecondsTotal: 0 };
  #segment: Segment;
  readonly #trimmer: Trimmer;
  #settled: (sender: NodeId) => number = () => Number.POSITIVE_INFINITY;
  readonly #nowMs: () => number;
  #chain: Uint8Array;
  #sealed: boolean;
  #group: Group;
  readonly #recent = new RecentGroups();
  /** The group being written, then the last one written; after a failure the one that could not be. */
  #inFlight: Group | undefined;
  /** The commit under way, and the one that starts when it has ended. */
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #position: number;
  #deliveredCount: number;
  #failed: QuorumcastError | undefined;
  #memory: StoreMemory | undefined;
  #closing: Promise<void> | undefined;

  private constructor(parts: Parts) {
    const { recovered, catalog, segment } = parts;
    this.#dir = parts.dir;
    this.#disk = parts.disk;
    this.#segmentBytes = parts.segmentBytes;
    this.#identity = recovered.identity;
    this.logId = recovered.identity.logId;
    this.#lock = parts.lock;
    this.#catalog = catalog;
    this.#nowMs = parts.nowMs;
    this.#reader = new PayloadReader(
      recovered.segments.map(({ path }) => path),
      recovered.identity.mark,
    );
    this.#segment = segment;
    this.#chain = recovered.chain;
    this.#sealed = recovered.sealed;
    this.#position = recovered.nextSequence - 1;
    this.#deliveredCount = catalog.deliveredCount;
    this.#group = new Group(recovered.identity.mark, recovered.nextSequence);
    this.#trimmer = new Trimmer({
      ...parts,
      segments: recovered.segments,
      reader: this.#reader,
      lastBytes: () => this.#segment.allocated,
      deliveredCount: () => this.#deliveredCount,
      settled: () => this.#settled,
      writeAgain: (row) => this.#writeAgain(row),
      sync: () => this.#sync(),
      stopped: () => this.#closing !== undefined || this.#failed !== undefined,
    });
  }

  /**
   * Opens the directory's log, or makes one. What was found is durable when this resolves.
   * @throws QuorumcastError ERR_DATA_DIR (not ours, not usable), ERR_DATA_DIR_LOCKED, ERR_STORAGE_CORRUPT or
   * ERR_STORAGE_FAILED.
   */
  static async open(options: FileStoreOptions): Promise<FileStore> {
    const segmentBytes = options.segmentBytes ?? SEGMENT_BYTES;
    assert(segmentBytes >= 65_536 && segmentBytes <= 1_073_741_824, 'store: segmentBytes out of range');
    assert(options.cluster.length === DIGEST_BYTES, 'store: a cluster digest has 32 bytes');
    const dir = resolve(options.dir);
    const disk = options.disk ?? DISK;
    await makeDirectory(dir, disk);
    const lock = await DirectoryLock.acquire(dir).catch((error: unknown) => {
      throw unusable(dir, error);
    });
    let store: FileStore | undefined;
    try {
      const catalog = new Catalog(options.committee, options.self);
      const { onNotice = () => undefined, identity, seed, retention = KEEP_ALL, nowMs = Date.now } = options;
      const place = { dir, disk, segmentBytes, onNotice };
      const opened = await openLog({ ...options, ...place, identity, seed }, catalog);
      store = new FileStore({ ...place, lock, catalog, retention, nowMs, ...opened });
      await store.#settle();
      return store;
    } catch (error) {
      await (store === undefined ? lock.release() : store.#letGo());
      throw unusable(dir, error);
    }
  }

  get position(): number {
    return this.#position;
  }

  get failed(): QuorumcastError | undefined {
    return this.#failed;
  }

  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  get firstNumber(): number {
    return this.#catalog.firstNumber;
  }

  get bytesOnDisk(): number {
    return this.#trimmer.bytes;
  }

  get stats(): StoreStats {
    return this.#stats;
  }

  append(record: StoreRecord): void {
    if (this.#closing !== undefined) throw closedError();
    if (this.#failed !== undefined) return;
    this.#memory = undefined;
    if (!this.#catalog.apply(record)) return;
    this.#group.add(record, record.kind === 'keep' ? this.#catalog.payloads.row(record.digest) : -1);
    this.#stats.records += 1;
  }

  sync(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(closedError());
    return this.#sync();
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
    const row = this.#catalog.payloads.row(digest);
    return row < 0 ? undefined : (this.#inMemory(row) ?? this.#onDisk(row, digest));
  }

  deliveries(fromNumber: number, limitMessages: number, limitBytes?: number) {
    const { payloads } = this.#catalog;
    const load = (row: number) => this.#inMemory(row) ?? this.#onDisk(row, payloads.digest(row));
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

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#trimmer.idle();
    try {
      await this.#sync();
      if (!this.#sealed) await this.#commit();
    } catch {
      // Whoever waited for a sync was told; closing has nothing to add.
    }
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    await this.#reader.close();
    await this.#segment.close();
    await this.#lock.release();
  }

  /** Says in the log that what was found is durable now, then reads what `restored` will tell. */
  async #settle(): Promise<void> {
    if (!this.#sealed) await this.#commit();
    const payloads = new Map<number, Uint8Array>();
    const table = this.#catalog.payloads;
    for (const digest of this.#catalog.openPayloads()) {
      const payload = await this.#onDisk(table.row(digest), digest);
      if (payload !== undefined) payloads.set(table.row(digest), payload);
    }
    this.#memory = this.#catalog.memory((digest) => {
      const payload = payloads.get(table.row(digest));
      assert(payload !== undefined, 'store: an open payload was not read');
      return payload;
    });
  }

  #inMemory(row: number): Uint8Array | undefined {
    return this.#group.payload(row) ?? this.#inFlight?.payload(row) ?? this.#recent.payload(row);
  }

  /** Undefined if its segment was dropped. */
  #onDisk(row: number, digest: Digest): Promise<Uint8Array | undefined> {
    return this.#reader.read(this.#catalog.payloads.location(row), digest);
  }

  #sync(): Promise<void> {
    if (this.#failed !== undefined) return Promise.reject(this.#failed);
    if (this.#group.count === 0) return this.#running ?? Promise.resolve();
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  async #afterRunning(): Promise<void> {
    // A failure of the one before is met again below. Without one, whoever else syncs in this turn joins.
    await this.#running?.catch(() => undefined);
    this.#next = undefined;
    this.#running = this.#commit();
    try {
      await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Writes the group, be it empty, and syncs it. */
  async #commit(): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed;
    const group = this.#group;
    const spare = this.#inFlight && this.#recent.add(this.#inFlight);
    this.#inFlight = group;
    this.#group = new Group(this.#identity.mark, group.nextSequence, spare);
    const deliveredCount = this.#catalog.deliveredCount;
    // All that the log holds once this group is in it, and nothing more.
    const isFull = this.#segment.end + group.bytes > this.#segmentBytes;
    const isDue = isFull || (group.count > 0 && this.#trimmer.lastIsOld);
    const summary = isDue && { ...this.#catalog.summary(), atMs: this.#nowMs() };
    const mark = this.#catalog.mark;
    const startedAt = performance.now();
    try {
      await this.#write(group);
      if (summary) await this.#rotate(group.nextSequence, summary, mark);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#sealed = group.count === 0;
    this.#position = group.nextSequence - 1;
    this.#deliveredCount = deliveredCount;
    this.#stats.syncs += 1;
    this.#stats.syncSecondsLast = (performance.now() - startedAt) / 1_000;
    this.#stats.syncSecondsTotal += this.#stats.syncSecondsLast;
  }

  async #write(group: Group): Promise<void> {
    this.#chain = group.seal(this.#chain);
    assert(this.#segment.end + group.bytes <= 0xffff_ffff, 'store: a group over 4 GiB');
    for (const { row, offset, length } of group.kept) {
      this.#catalog.payloads.place(row, this.#reader.segments - 1, this.#segment.end + offset, length);
    }
    await this.#segment.write(group.parts, group.bytes, this.#segmentBytes);
  }

  /** Begins the next segment, which can be the first of what is left once others are dropped. */
  async #rotate(firstSequence: number, summary: Summary, mark: Mark): Promise<void> {
    const full = this.#segment;
    const header = { ...this.#identity, firstSequence, chain: this.#chain, summarised: true };
    const front = encodeSummary(summary);
    this.#segment = await Segment.create(this.#dir, this.#disk, header, this.#segmentBytes, front);
    this.#reader.add(this.#segment.path);
    this.#trimmer.rotated(full.allocated, this.#segment.path, summary.atMs, mark);
    await full.close();
  }

  holdBack(settled: (sender: NodeId) => number): void {
    this.#settled = settled;
  }

  trim(): Promise<void> {
    this.#trimmer.start();
    return this.#trimmer.idle();
  }

  async #writeAgain(row: number): Promise<void> {
    const { payloads } = this.#catalog;
    const digest = payloads.digest(row);
    const payload = this.#inMemory(row) ?? (await this.#onDisk(row, digest));
    assert(payload !== undefined, 'store: a payload that is still needed was dropped');
    if (payloads.row(digest) !== row || this.#failed !== undefined || this.#closing !== undefined) return;
    this.#group.add({ kind: 'keep', digest, payload }, this.#catalog.rewritten(digest));
    this.#stats.records += 1;
  }

  #fail(cause: unknown): QuorumcastError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#failed ??= new QuorumcastError(
      'ERR_STORAGE_FAILED',
      `cannot write to ${this.#segment.path}: ${reason}`,
      {
        hint: 'Free space or replace the disk, then start the member again: it goes on from what is durable.',
        definite: false,
        cause,
      },
    );
    return this.#failed;
  }
}
