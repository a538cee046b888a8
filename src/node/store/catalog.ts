import { assert, bytesEqual } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Statement } from '../../member/index.ts';
import { checkName, copied } from './checked.ts';
import { Gaps } from './gaps.ts';
import { LocalOrder } from './local-order.ts';
import { Open, repeated } from './open.ts';
import { OwnNumbers } from './own-numbers.ts';
import { DELIVERED, OPEN, PayloadTable } from './payload-table.ts';
import { SenderIndex } from './sender-index.ts';
import type { StoreMemory, StoreRecord } from './store.ts';
import type { Summary } from './summary.ts';
import { Topics } from './topics.ts';

type Said = Extract<StoreRecord, { kind: 'said' }>;
type Delivered = Extract<StoreRecord, { kind: 'delivered' }>;
type Skipped = Extract<StoreRecord, { kind: 'skipped' }>;

/** How far a log was at some record: what is below can be let go of together. */
export interface Mark {
  /** Deliveries up to this number. */
  readonly deliveredCount: number;
  /** Rows of the payload table below this one. */
  readonly firstRow: number;
}

/** The in-memory index of a log: everything but the payloads. About 100 bytes per delivered instance that is kept. */
export class Catalog {
  readonly payloads = new PayloadTable();
  readonly topics = new Topics();
  readonly peers = new Map<NodeId, { readonly logId: Uint8Array; readonly position: number }>();
  readonly consumers = new Map<string, number>();
  readonly gaps = new Gaps();
  /** In the order of their messages. */
  readonly #keys = new Map<string, { readonly seq: number; readonly digest: Digest }>();
  readonly #committee: Committee;
  readonly #self: NodeId;
  readonly #streams: readonly SenderIndex[];
  readonly order: LocalOrder;
  readonly #own = new OwnNumbers();
  #deliveredCount = 0;
  #firstNumber = 1;

  constructor(committee: Committee, self: NodeId) {
    this.#committee = committee;
    this.#self = self;
    this.order = new LocalOrder(committee);
    this.#streams = committee.ids.map(() => new SenderIndex());
  }

  /** Application messages in all `delivered` records taken in, durable or not. */
  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  /** The lowest delivery number that is kept. */
  get firstNumber(): number {
    return this.#firstNumber;
  }

  /** Where the log is now. */
  get mark(): Mark {
    return { deliveredCount: this.#deliveredCount, firstRow: this.payloads.rows };
  }

  /**
   * Takes a record in. False if it says nothing new and need not be written.
   * @throws AssertionError, unchanged, if it contradicts what is known; UsageError for an unfit name.
   */
  apply(record: StoreRecord): boolean {
    switch (record.kind) {
      case 'keep':
        return this.#keep(record.digest, record.replaces === true);
      case 'said':
        return this.#said(record);
      case 'delivered':
        this.#delivered(record);
        return true;
      case 'skipped':
        this.#skipped(record);
        return true;
      case 'ended':
        return this.#stream(record.sender).end(record.instance, record.successor);
      case 'key':
        checkName(record.key);
        this.#keys.set(record.key, { seq: record.seq, digest: copied(record.digest) });
        return true;
      case 'peer':
        this.peers.set(record.member, { logId: new Uint8Array(record.logId), position: record.position });
        return true;
      case 'cursor':
        checkName(record.consumer);
        this.consumers.set(record.consumer, record.number);
        return true;
      case 'stated':
        return this.topics.state(record);
      case 'settled':
        return this.topics.settle(record);
    }
  }

  #keep(digest: Digest, replaces: boolean): boolean {
    const known = this.payloads.row(digest);
    if (known < 0) this.payloads.add(digest);
    else this.payloads.want(replaces ? this.rewritten(digest) : known, OPEN);
    return known < 0 || replaces;
  }

  /** After a restart only what this member said is open: other payloads are kept again when they come again. */
  forgetLoose(): void {
    const { firstRow, rows } = this.payloads;
    for (let row = firstRow; row < rows; row += 1) this.payloads.unwant(row, OPEN);
    for (const digest of this.openPayloads()) this.payloads.want(this.payloads.row(digest), OPEN);
  }

  #said(record: Said): boolean {
    const { sender, instance, statement, digest } = record;
    const stream = this.#stream(sender);
    const earlier = this.#earlier(stream, instance, statement);
    if (earlier !== undefined) {
      const same = bytesEqual(earlier, digest);
      assert(same, `store: two ${statement}s of ${sender}, instance ${instance}`);
      return false;
    }
    // Texts are put together only where they are wanted: this is on the way of every message.
    const row = statement === 'ready' ? 0 : this.payloads.row(digest);
    if (row < 0) assert(false, `store: ${statement} without its payload`);
    if (statement === 'initial') {
      assert(sender === this.#self, 'store: an initial of another member');
      this.#own.initiated(record);
    }
    if (instance >= stream.base) {
      const open = stream.openOf(instance);
      open.add(statement, digest);
      if (statement !== 'ready') open.found(row, this.payloads.moves);
    } else if (statement === 'echo') {
      this.#echoed(stream, instance, digest, row);
      this.payloads.unwant(row, OPEN);
    }
    return true;
  }

  #earlier(stream: SenderIndex, instance: number, statement: Statement): Digest | undefined {
    if (instance >= stream.base) return stream.open.get(instance)?.get(statement);
    if (statement === 'echo') return this.#echo(stream, instance);
    // What was delivered of an own instance is what was initiated. READYs of delivered instances are not recalled.
    if (statement === 'ready') return undefined;
    const row = this.order.row(stream.order.at(instance - 1));
    return row < 0 ? undefined : this.payloads.digest(row);
  }

  #delivered(record: Delivered): void {
    const { sender, instance, digest, firstSeq, count } = record;
    const stream = this.#stream(sender);
    const said = stream.open.get(instance);
    const row = this.#rowOf(said, digest);
    stream.checkNext(record);
    if (row < 0) assert(false, `store: delivery of ${sender}, instance ${instance} without its payload`);
    stream.order.push(this.order.length);
    stream.echo.push(0);
    this.order.add(sender, instance, row, this.#deliveredCount + 1, firstSeq, count);
    this.#deliveredCount += count;
    stream.nextSeq += count;
    this.payloads.unwant(row, OPEN);
    this.payloads.want(row, DELIVERED);
    if (said === undefined) return;
    const echo = said.get('echo');
    if (echo !== undefined) this.#echoed(stream, instance, echo, this.#rowOf(said, echo));
    for (const other of said.others(digest)) this.payloads.unwant(this.payloads.row(other), OPEN);
    stream.open.delete(instance);
  }

  /** The row of a digest, which is mostly what this member vouched for in the instance: that need not be looked for. */
  #rowOf(said: Open | undefined, digest: Digest): number {
    const row = said?.row(this.payloads.moves) ?? -1;
    if (row >= 0 && said?.vouched !== undefined && bytesEqual(said.vouched, digest)) return row;
    return this.payloads.row(digest);
  }

  #skipped({ sender, instance, nextSeq }: Skipped): void {
    const stream = this.#stream(sender);
    const { base, nextSeq: fromSeq } = stream;
    assert(instance > base && nextSeq >= fromSeq, `store: ${sender} skips from ${base} back to ${instance}`);
    for (const [open, said] of stream.open) {
      if (open >= instance) continue;
      for (const [, digest] of said) this.payloads.unwant(this.payloads.row(digest), OPEN);
      stream.open.delete(open);
    }
    stream.restartAt(instance, nextSeq);
    if (nextSeq === fromSeq) return;
    this.gaps.add({ sender, fromSeq, toSeq: nextSeq - 1, before: this.#deliveredCount + 1 });
  }

  /** `row`: of what was echoed. */
  #echoed(stream: SenderIndex, instance: number, digest: Digest, row: number): void {
    const same = row === this.order.row(stream.order.at(instance - 1));
    stream.echo.set(instance - 1, same ? 1 : 2);
    if (!same) stream.strayEcho.set(instance, copied(digest));
  }

  #echo(stream: SenderIndex, instance: number): Digest | undefined {
    const echo = stream.echo.at(instance - 1);
    if (echo === 1) return this.payloads.digest(this.order.row(stream.order.at(instance - 1)));
    return echo === 2 ? stream.strayEcho.get(instance) : undefined;
  }

  /** See `Store.entry`. */
  entry(sender: NodeId, instance: number) {
    const stream = this.#stream(sender);
    const place = this.order.place(Number.isInteger(instance) ? stream.order.at(instance - 1) : -1);
    if (place === undefined) return undefined;
    const { row, firstSeq, count } = place;
    const digest = this.payloads.digest(row);
    // Mostly it echoed what was delivered.
    const echo = stream.echo.at(instance - 1) === 1 ? digest : this.#echo(stream, instance);
    return { digest, echo, firstSeq, count };
  }

  /** The row of the payload that this member vouched for in an open instance; -1 if there is none. */
  vouchedRow(sender: NodeId, instance: number): number {
    const said = this.#stream(sender).open.get(instance);
    return said?.vouched === undefined ? -1 : this.#rowOf(said, said.vouched);
  }

  /** See `Store.firstInstance`. */
  firstInstance(sender: NodeId): number {
    return this.#stream(sender).order.first + 1;
  }

  /** See `Store.messagesBefore`; all that were delivered without an instance. */
  messagesBefore(sender: NodeId, instance?: number): number | undefined {
    const stream = this.#stream(sender);
    if (instance === undefined || instance === stream.base) return stream.nextSeq - 1;
    const place = this.order.place(stream.order.at(instance - 1));
    return place && place.firstSeq - 1;
  }

  /** See `Store.find`; not only what is durable. */
  find(sender: NodeId, seq: number): { readonly instance: number; readonly number: number } | undefined {
    const stream = this.#stream(sender);
    if (!Number.isInteger(seq) || seq < 1 || seq >= stream.nextSeq) return undefined;
    const instance = this.order.countUpTo(stream.order, seq);
    const place = this.order.place(stream.order.at(instance - 1));
    // It was delivered, and is kept no more.
    if (place === undefined || seq >= place.firstSeq + place.count) return { instance: 0, number: 0 };
    return { instance, number: place.firstNumber + seq - place.firstSeq };
  }

  /** See `Store.keyOf`. */
  keyOf(key: string): { readonly seq: number; readonly digest: Digest } | undefined {
    return this.#keys.get(key);
  }

  /**
   * Rows below `mark.firstRow` that what lies above the mark still needs: they have to be written again. What lies below
   * it is not asked for any more, and is let go of. Takes as many steps as there is to let go of.
   */
  stragglers(mark: Mark): number[] {
    const until = this.order.orderOf(mark.deliveredCount) + 1;
    for (let index = this.order.first; index < until; index += 1)
      this.payloads.unwant(this.order.row(index), DELIVERED);
    const rows: number[] = [];
    for (let row = this.payloads.firstRow; row < mark.firstRow; row += 1)
      if (this.payloads.isWanted(row)) rows.push(row);
    return rows;
  }

  /** The payload of this digest is written again: what names it looks for it there from now on. Its new row. */
  rewritten(digest: Digest): number {
    const before = this.payloads.row(digest);
    const isDelivered = this.payloads.isWanted(before, DELIVERED);
    const row = this.payloads.readd(digest);
    if (isDelivered) this.order.moved(before, row);
    return row;
  }

  /** A delivered or open instance whose payload stands nowhere; undefined if there is none. */
  missingPayload(): string | undefined {
    for (let index = this.order.first; index < this.order.length; index += 1) {
      if (this.payloads.location(this.order.row(index)).length > 0) continue;
      const place = this.order.place(index);
      return `instance ${place?.instance} of member ${place?.sender}`;
    }
    const open = this.openPayloads().some(
      (digest) => this.payloads.location(this.payloads.row(digest)).length <= 0,
    );
    return open ? 'an open instance' : undefined;
  }

  /** Deliveries up to this number are all of instances below what `settled` says of their sender. */
  settledCount(settled: (sender: NodeId) => number): number {
    let first = this.order.length;
    for (const sender of this.#committee.ids) {
      const { order } = this.#stream(sender);
      const unsettled = Math.max(order.first, settled(sender) - 1);
      if (unsettled < order.length) first = Math.min(first, order.at(unsettled));
    }
    const place = this.order.place(first);
    return place === undefined ? this.#deliveredCount : place.firstNumber - 1;
  }

  /** Lets go of what lies below `mark`. */
  dropBelow(mark: Mark): void {
    const order = this.order.orderOf(mark.deliveredCount) + 1;
    for (const stream of this.#streams) stream.dropBelow(order);
    this.order.dropBelow(order);
    this.payloads.dropBelow(mark.firstRow);
    const own = this.#stream(this.#self);
    const keptSeq =
      own.order.first < own.order.length ? this.order.firstSeq(own.order.at(own.order.first)) : own.nextSeq;
    for (const [key, { seq }] of this.#keys) {
      if (seq >= keptSeq) break;
      this.#keys.delete(key);
    }
    this.#firstNumber = Math.max(this.#firstNumber, mark.deliveredCount + 1);
    this.gaps.dropBefore(this.#firstNumber);
  }

  /** The digests whose payloads `memory` asks for. */
  openPayloads(): Digest[] {
    const digests: Digest[] = [];
    const collect = (digest: Digest): Uint8Array => {
      digests.push(digest);
      return digest;
    };
    for (const { open } of this.#streams) for (const said of open.values()) repeated(said, collect);
    return digests;
  }

  /** See `Store.restored`. `payload` gives the payload of each of `openPayloads`. */
  memory(payload: (digest: Digest) => Uint8Array): StoreMemory {
    return {
      streams: this.#streams.map((stream) => stream.memory()),
      own: this.#own.memory,
      open: this.#open().map(({ sender, instance, said }) => ({
        sender,
        instance,
        said: repeated(said, payload),
      })),
    };
  }

  /** What a log has to begin with that drops everything before this point. */
  summary(): Omit<Summary, 'atMs'> {
    return {
      deliveredCount: this.#deliveredCount,
      own: this.#own.memory,
      streams: this.#streams.map((stream) => stream.memory()),
      peers: [...this.peers].map(([member, claim]) => ({ member, ...claim })),
      cursors: [...this.consumers].map(([consumer, number]) => ({ consumer, number })),
      keys: [...this.#keys]
        .map(([key, { seq, digest }]) => ({ key, seq, digest }))
        .filter(({ seq }) => seq >= this.#stream(this.#self).nextSeq),
      gaps: this.gaps.list.map(({ id: _, ...gap }) => gap),
      open: this.#open().map(({ said, ...about }) => ({ ...about, said: [...said] })),
      agreements: this.topics.memory(),
    };
  }

  /** Begins where a log begins whose older part was dropped. Only on an empty catalog. */
  begin(summary: Summary): void {
    this.#deliveredCount = summary.deliveredCount;
    this.#firstNumber = summary.deliveredCount + 1;
    this.#own.begin(summary.own);
    for (const [sender, stream] of this.#streams.entries()) stream.begin(summary.streams[sender] ?? FRESH);
    this.topics.begin(summary.agreements);
    for (const { member, ...claim } of summary.peers) this.peers.set(member, claim);
    for (const { consumer, number } of summary.cursors) this.consumers.set(consumer, number);
    for (const gap of summary.gaps) this.gaps.add(gap);
    this.gaps.dropBefore(this.#firstNumber);
    for (const { key, seq, digest } of summary.keys) this.#keys.set(key, { seq, digest });
    for (const { sender, instance, said } of summary.open) {
      this.#stream(sender).open.set(instance, Open.of(said));
      // Their payloads stand further on, unless they were delivered and dropped since.
      for (const [statement, digest] of said) {
        if (statement !== 'ready' && this.payloads.row(digest) < 0) this.payloads.add(digest);
      }
    }
  }

  /** By sender and instance. */
  #open(): { readonly sender: NodeId; readonly instance: number; readonly said: Open }[] {
    return this.#committee.ids.flatMap((sender) =>
      [...this.#stream(sender).open]
        .sort(([a], [b]) => a - b)
        .map(([instance, said]) => ({ sender, instance, said })),
    );
  }

  #stream(sender: NodeId): SenderIndex {
    const stream = this.#streams[sender];
    assert(stream !== undefined, `store: no member ${sender}`);
    return stream;
  }
}

const FRESH = { base: 1, nextSeq: 1 };
