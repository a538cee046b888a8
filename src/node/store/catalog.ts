import { assert, bytesEqual, UsageError } from '../../base/index.ts';
import type { InstanceMessage } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { asDigest, type Digest } from '../../crypto/index.ts';
import type { Statement } from '../../member/index.ts';
import { Column } from './columns.ts';
import { PayloadTable } from './payload-table.ts';
import { NAME_BYTES_MAX, type StoreMemory, type StoreRecord } from './store.ts';

type Said = Extract<StoreRecord, { kind: 'said' }>;
type Delivered = Extract<StoreRecord, { kind: 'delivered' }>;

/** What this member said in an undelivered instance, in the order it was said. */
type Open = Map<Statement, Digest>;

/** One sender's delivered instances, instance 1 at index 0: about 25 bytes each. */
class Stream {
  /** Row in the payload table. */
  readonly payload = Column.narrow();
  readonly firstSeq = Column.wide();
  readonly count = Column.narrow();
  readonly number = Column.wide();
  /** The own echo: 0 none, 1 of what was delivered, 2 of another digest, which stands in `strayEcho`. */
  readonly echo = Column.byte();
  readonly strayEcho = new Map<number, Digest>();
  readonly open = new Map<number, Open>();
  nextSeq = 1;

  get base(): number {
    return this.payload.length + 1;
  }
}

/** Where a delivered instance stands, by its place in the local order. */
export interface Place {
  readonly sender: NodeId;
  readonly instance: number;
  readonly row: number;
  readonly firstNumber: number;
  readonly firstSeq: number;
  readonly count: number;
}

/** The in-memory index of a log: everything but the payloads. About 100 bytes per delivered instance. */
export class Catalog {
  readonly payloads = new PayloadTable();
  readonly peers = new Map<NodeId, { readonly logId: Uint8Array; readonly position: number }>();
  readonly consumers = new Map<string, number>();
  readonly #keys = new Map<string, { readonly seq: number; readonly digest: Digest }>();
  readonly #committee: Committee;
  readonly #self: NodeId;
  readonly #streams: readonly Stream[];
  /** Delivered instances in local order: sender and instance. */
  readonly #orderSender = Column.narrow();
  readonly #orderInstance = Column.wide();
  readonly #orderNumber = Column.wide();
  #ownNextInstance = 1;
  #ownNextSeq = 1;
  #deliveredCount = 0;

  constructor(committee: Committee, self: NodeId) {
    this.#committee = committee;
    this.#self = self;
    this.#streams = committee.ids.map(() => new Stream());
  }

  /** Application messages in all `delivered` records taken in, durable or not. */
  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  /**
   * Takes a record in. False if it says nothing new and need not be written.
   * @throws AssertionError, unchanged, if it contradicts what is known; UsageError for an unfit name.
   */
  apply(record: StoreRecord): boolean {
    switch (record.kind) {
      case 'keep':
        if (this.payloads.row(record.digest) >= 0) return false;
        this.payloads.add(record.digest);
        return true;
      case 'said':
        return this.#said(record);
      case 'delivered':
        this.#delivered(record);
        return true;
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
    }
  }

  #said(record: Said): boolean {
    const { sender, instance, statement, digest } = record;
    const stream = this.#stream(sender);
    const earlier = this.#earlier(stream, instance, statement);
    if (earlier !== undefined) {
      assert(bytesEqual(earlier, digest), `store: two ${statement}s of ${sender}, instance ${instance}`);
      return false;
    }
    assert(
      statement === 'ready' || this.payloads.row(digest) >= 0,
      `store: ${statement} without its payload`,
    );
    if (statement === 'initial') this.#initiated(record);
    if (instance >= stream.base) {
      const open = stream.open.get(instance) ?? new Map<Statement, Digest>();
      stream.open.set(instance, open.set(statement, copied(digest)));
    } else if (statement === 'echo') {
      this.#echoed(stream, instance, digest);
    }
    return true;
  }

  #initiated({ sender, instance, firstSeq, count }: Said): void {
    assert(sender === this.#self, 'store: an initial of another member');
    assert(instance === this.#ownNextInstance, `store: own instance ${instance} is not the next`);
    assert(
      firstSeq === this.#ownNextSeq && count >= 1,
      `store: own instance ${instance} misnumbers messages`,
    );
    this.#ownNextInstance += 1;
    this.#ownNextSeq += count;
  }

  #earlier(stream: Stream, instance: number, statement: Statement): Digest | undefined {
    if (instance >= stream.base) return stream.open.get(instance)?.get(statement);
    if (statement === 'echo') return this.#echo(stream, instance);
    // What was delivered of an own instance is what was initiated. READYs of delivered instances are not recalled.
    return statement === 'initial' ? this.payloads.digest(stream.payload.at(instance - 1)) : undefined;
  }

  #delivered(record: Delivered): void {
    const { sender, instance, digest, firstSeq, count } = record;
    const stream = this.#stream(sender);
    const row = this.payloads.row(digest);
    assert(instance === stream.base, `store: delivery of ${sender}, instance ${instance} is not the next`);
    assert(firstSeq === stream.nextSeq && count >= 1, `store: delivery of ${sender}, ${instance} misnumbers`);
    assert(row >= 0, `store: delivery of ${sender}, instance ${instance} without its payload`);
    const number = this.#deliveredCount + 1;
    stream.payload.push(row);
    stream.firstSeq.push(firstSeq);
    stream.count.push(count);
    stream.number.push(number);
    stream.echo.push(0);
    stream.nextSeq += count;
    const echo = stream.open.get(instance)?.get('echo');
    if (echo !== undefined) this.#echoed(stream, instance, echo);
    stream.open.delete(instance);
    this.#orderSender.push(sender);
    this.#orderInstance.push(instance);
    this.#orderNumber.push(number);
    this.#deliveredCount += count;
  }

  #echoed(stream: Stream, instance: number, digest: Digest): void {
    const same = this.payloads.row(digest) === stream.payload.at(instance - 1);
    stream.echo.set(instance - 1, same ? 1 : 2);
    if (!same) stream.strayEcho.set(instance, copied(digest));
  }

  #echo(stream: Stream, instance: number): Digest | undefined {
    const echo = stream.echo.at(instance - 1);
    if (echo === 1) return this.payloads.digest(stream.payload.at(instance - 1));
    return echo === 2 ? stream.strayEcho.get(instance) : undefined;
  }

  /** See `Store.entry`. */
  entry(sender: NodeId, instance: number) {
    const stream = this.#stream(sender);
    const index = instance - 1;
    if (!Number.isInteger(index) || index < 0 || index >= stream.payload.length) return undefined;
    return {
      digest: this.payloads.digest(stream.payload.at(index)),
      echo: this.#echo(stream, instance),
      firstSeq: stream.firstSeq.at(index),
      count: stream.count.at(index),
    };
  }

  /** See `Store.find`; not only what is durable. */
  find(sender: NodeId, seq: number): { readonly instance: number; readonly number: number } | undefined {
    const stream = this.#stream(sender);
    if (!Number.isInteger(seq) || seq < 1 || seq >= stream.nextSeq) return undefined;
    const index = stream.firstSeq.lastAtMost(seq);
    return { instance: index + 1, number: stream.number.at(index) + seq - stream.firstSeq.at(index) };
  }

  /** See `Store.keyOf`. */
  keyOf(key: string): { readonly seq: number; readonly digest: Digest } | undefined {
    return this.#keys.get(key);
  }

  /** The index in local order of the instance that holds delivery `number`, 1 <= number <= deliveredCount. */
  orderOf(number: number): number {
    return this.#orderNumber.lastAtMost(number);
  }

  /** The delivered instance at `index` in local order; undefined past the end. */
  place(index: number): Place | undefined {
    if (index < 0 || index >= this.#orderSender.length) return undefined;
    const sender = this.#committee.member(this.#orderSender.at(index));
    const instance = this.#orderInstance.at(index);
    const stream = this.#stream(sender);
    return {
      sender,
      instance,
      row: stream.payload.at(instance - 1),
      firstNumber: stream.number.at(instance - 1),
      firstSeq: stream.firstSeq.at(instance - 1),
      count: stream.count.at(instance - 1),
    };
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
      streams: this.#streams.map(({ base, nextSeq }) => ({ base, nextSeq })),
      own: { nextInstance: this.#ownNextInstance, nextSeq: this.#ownNextSeq },
      open: this.#committee.ids.flatMap((sender) =>
        [...this.#stream(sender).open]
          .sort(([a], [b]) => a - b)
          .map(([instance, said]) => ({ sender, instance, said: repeated(said, payload) })),
      ),
    };
  }

  #stream(sender: NodeId): Stream {
    const stream = this.#streams[sender];
    assert(stream !== undefined, `store: no member ${sender}`);
    return stream;
  }
}

/** The messages that bring a member's instance back to where it was. */
function repeated(said: Open, payload: (digest: Digest) => Uint8Array): InstanceMessage[] {
  const messages: InstanceMessage[] = [];
  let initiated: Digest | undefined;
  for (const [kind, digest] of said) {
    if (kind === 'initial') {
      initiated = digest;
      messages.push({ kind, payload: payload(digest) });
      continue;
    }
    const held = initiated !== undefined && bytesEqual(initiated, digest);
    if (kind === 'echo' && !held) messages.push({ kind: 'payload', payload: payload(digest) });
    messages.push({ kind, digest });
  }
  return messages;
}

function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > NAME_BYTES_MAX) {
    throw new UsageError(`a key or consumer name has 1 to ${NAME_BYTES_MAX} bytes, not ${bytes}`);
  }
  // A lone surrogate has no UTF-8: what is read back would be another name.
  if (/\p{Surrogate}/u.test(name)) throw new UsageError('a key or consumer name is well-formed text');
}

/** Digests in records may be views of network buffers, of whose class `slice` makes no copy. */
function copied(digest: Digest): Digest {
  return asDigest(new Uint8Array(digest)) ?? digest;
}
