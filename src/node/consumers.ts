import { checkCall, onAbort } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { MemberEffect } from '../member/index.ts';
import type {
  DeliveriesOptions,
  Delivery,
  DeliveryBatch,
  InstanceRef,
  NodeEvents,
  NodeStatus,
} from './api.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import {
  type AnyReader,
  BatchReader,
  DeliveryReader,
  type DeliverySource,
  gapError,
  messageOf,
} from './deliveries.ts';
import { QuorumcastError } from './errors.ts';
import { NAME_BYTES_MAX, type Store } from './store/index.ts';
import { Wake } from './wait.ts';

/** What readers need. */
export interface ConsumersOptions {
  readonly store: Store;
  readonly cluster: ClusterDefinition;
  /** Deliveries kept for readers; undefined where the disk keeps all of them. */
  readonly backlogMessages: number | undefined;
  /** Told when a reader falls behind so far that it may soon be cut off. */
  readonly onSlow: (slow: NodeEvents['consumer:slow']) => void;
}

/** Everybody who reads what a node delivers. */
export class Consumers {
  readonly #options: ConsumersOptions;
  readonly #store: Store;
  #cluster: ClusterDefinition;
  readonly #wake = new Wake();
  /** By sender and number: who waits for that message. */
  readonly #awaited = new Map<NodeId, Map<number, Set<Resolve>>>();
  readonly #readers = new Set<AnyReader>();
  readonly #slow = new Set<AnyReader>();
  readonly #source: DeliverySource;
  #ended = false;
  #lost = 0;

  constructor(options: ConsumersOptions) {
    this.#options = options;
    this.#store = options.store;
    const { store } = options;
    this.#cluster = options.cluster;
    this.#source = {
      store,
      senderName: (id: NodeId) => this.#cluster.member(id).name,
      more: (signal) => waitOrAbort(this.#wake, signal),
      wake: () => this.#wake.notify(),
      ended: () => this.#ended,
    };
  }

  /** An instance is delivered, durably: whoever waits for one of its messages gets it. */
  onDelivered(effect: Extract<MemberEffect, { readonly kind: 'deliver' }>): void {
    this.#wake.notify();
    this.#watchSlow();
    const { sender, instance, firstSeq, count, digest, payload } = effect;
    const awaited = this.#awaited.get(sender);
    if (awaited === undefined) return;
    const firstNumber = this.#store.find(sender, firstSeq)?.number ?? 0;
    const stored = { firstNumber, sender, instance, firstSeq, count, digest, payload };
    // A batch may hold thousands of messages of which one is waited for, or the other way round.
    const seqs = awaited.size < count ? [...awaited.keys()] : range(firstSeq, count);
    for (const seq of seqs) {
      if (seq < firstSeq || seq >= firstSeq + count) continue;
      const waiters = awaited.get(seq);
      if (waiters === undefined) continue;
      this.#forget(sender, seq);
      for (const resolve of waiters) resolve(messageOf(stored, firstNumber + seq - firstSeq, this.#source));
    }
  }

  /** The node goes on in another epoch: members have other numbers, and who waits for one that left waits no more. */
  advance(cluster: ClusterDefinition): void {
    const before = this.#cluster;
    this.#cluster = cluster;
    const waiting = [...this.#awaited];
    this.#awaited.clear();
    for (const [sender, awaited] of waiting) {
      const { id } = cluster.memberNamed(before.member(sender).name) ?? {};
      if (id !== undefined) this.#awaited.set(id, awaited);
      else for (const waiters of awaited.values()) for (const resolve of waiters) resolve(undefined);
    }
    this.#wake.notify();
  }

  /** @throws QuorumcastError ERR_CONSUMER_BUSY, ERR_CURSOR, ERR_USAGE */
  open(options: DeliveriesOptions): DeliveryReader {
    this.#check(options);
    const reader = new DeliveryReader(this.#source, options, this.#release);
    this.#readers.add(reader);
    return reader;
  }

  /** As `open`, for reading by the batch. @throws QuorumcastError ERR_CONSUMER_BUSY, ERR_CURSOR, ERR_USAGE */
  openBatches(options: DeliveriesOptions): AsyncIterableIterator<DeliveryBatch> & AsyncDisposable {
    this.#check(options);
    const reader = new BatchReader(this.#source, options, this.#release);
    this.#readers.add(reader);
    return reader;
  }

  /** The delivered message sender#seq; undefined if it is not delivered here. @throws QuorumcastError ERR_CLOSED */
  async find(ref: InstanceRef): Promise<Delivery | undefined> {
    const found = this.#isDelivered(ref) ? this.#store.find(ref.sender, ref.seq) : undefined;
    if (found === undefined) return undefined;
    if (found.number === 0) throw this.#notKept(ref);
    if (this.#ended) throw new QuorumcastError('ERR_CLOSED', 'this node is closed: it reads no more');
    const [stored] = await this.#store.deliveries(found.number, 1);
    return messageOf(stored, found.number, this.#source);
  }

  /** Resolves when sender#seq is delivered here; with nothing when the node ends or `signal` fires. */
  async awaitDelivery(ref: InstanceRef, signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    if (this.#isDelivered(ref)) return this.find(ref);
    // What was skipped meanwhile is an error.
    return (await this.#await(ref, signal)) ?? this.find(ref);
  }

  /** As `awaitDelivery`, for those who need no more than to know. */
  async delivered(ref: InstanceRef, signal: AbortSignal | undefined): Promise<boolean> {
    return this.#isDelivered(ref) || (await this.#await(ref, signal)) !== undefined;
  }

  /** Ends every reader. */
  close(): void {
    this.#ended = true;
    this.#wake.notify();
    const waiting = [...this.#awaited.values()].flatMap((awaited) => [...awaited.values()]);
    this.#awaited.clear();
    for (const waiters of waiting) for (const resolve of waiters) resolve(undefined);
  }

  /** Whoever gives up leaves nothing behind. */
  #await({ sender, seq }: InstanceRef, signal: AbortSignal | undefined): Promise<Delivery | undefined> {
    if (this.#ended || signal?.aborted === true) return Promise.resolve(undefined);
    const awaited = this.#awaited.get(sender) ?? new Map<number, Set<Resolve>>();
    this.#awaited.set(sender, awaited);
    const waiters = awaited.get(seq) ?? new Set<Resolve>();
    awaited.set(seq, waiters);
    return new Promise((resolve) => {
      const giveUp = (): void => {
        waiters.delete(end);
        if (waiters.size === 0 && awaited.get(seq) === waiters) this.#forget(sender, seq);
        resolve(undefined);
      };
      const release = signal && onAbort(signal, giveUp);
      const end: Resolve = (delivery) => {
        release?.();
        resolve(delivery);
      };
      waiters.add(end);
    });
  }

  /** Deliveries up to this number are kept no more: who reads without a name is told as well. */
  onDropped(upTo: number): void {
    for (const reader of this.#readers) {
      if (reader.position >= upTo || reader.consumer !== undefined) continue;
      this.#options.onSlow({ consumer: undefined, lag: this.#store.deliveredCount - reader.position });
    }
    this.#wake.notify();
  }

  countLost(messages: number): void {
    this.#lost += messages;
  }

  /** How those with a name keep up. */
  view(): NodeStatus['consumers'] {
    const places = [...this.#store.consumers().values()];
    const lag = places.length === 0 ? 0 : this.#store.deliveredCount - Math.min(...places);
    return { named: places.length, lag, lost: this.#lost };
  }

  /** Messages are never delivered here, durably: whoever waits for one of them is told. */
  onSkipped(skip: Extract<MemberEffect, { readonly kind: 'skip' }>): void {
    this.#wake.notify();
    const awaited = this.#awaited.get(skip.sender);
    for (const seq of [...(awaited?.keys() ?? [])]) {
      if (seq < skip.fromSeq || seq >= skip.nextSeq) continue;
      const waiters = awaited?.get(seq);
      this.#forget(skip.sender, seq);
      for (const resolve of waiters ?? []) resolve(undefined);
    }
  }

  #notKept({ sender, seq }: InstanceRef): QuorumcastError {
    const { name } = this.#cluster.member(sender);
    const isGap = this.#store.gaps.some(
      (gap) => gap.sender === sender && gap.fromSeq <= seq && seq <= gap.toSeq,
    );
    if (isGap) return gapError({ senderName: name, from: seq, to: seq });
    return new QuorumcastError('ERR_RETENTION', `${name}#${seq} was delivered here and is kept no more`, {
      hint: 'raise retention to keep more; other members may still have it',
    });
  }

  /** Nobody waits for this message any more. */
  #forget(sender: NodeId, seq: number): void {
    const awaited = this.#awaited.get(sender);
    awaited?.delete(seq);
    if (awaited?.size === 0) this.#awaited.delete(sender);
  }

  readonly #release = (reader: AnyReader): void => {
    this.#readers.delete(reader);
    this.#slow.delete(reader);
  };

  #isDelivered({ sender, seq }: InstanceRef): boolean {
    const isMember = this.#cluster.committee.node(sender) !== undefined;
    return isMember && this.#store.find(sender, seq) !== undefined;
  }

  #check(options: DeliveriesOptions): void {
    checkCall('deliveries', options, ['from', 'consumer', 'onGap', 'signal']);
    const { consumer } = options;
    if (consumer !== undefined) this.#checkName(consumer);
  }

  #checkName(name: string): void {
    const bytes = typeof name === 'string' ? Buffer.byteLength(name) : 0;
    if (bytes < 1 || bytes > NAME_BYTES_MAX || /\p{Surrogate}/u.test(name)) {
      throw new QuorumcastError(
        'ERR_USAGE',
        `a consumer's name is well-formed text of 1 to ${NAME_BYTES_MAX} bytes`,
      );
    }
    for (const { consumer } of this.#readers) {
      if (consumer !== name) continue;
      throw new QuorumcastError('ERR_CONSUMER_BUSY', `somebody is reading as consumer "${name}" already`, {
        hint: 'end that reader first, or use another name',
        retryable: true,
      });
    }
  }

  /** Where a reader can be cut off, it is told of when half of the way there is behind it. */
  #watchSlow(): void {
    const { backlogMessages, onSlow } = this.#options;
    if (backlogMessages === undefined) return;
    const { firstNumber, deliveredCount } = this.#store;
    for (const reader of this.#readers) {
      const lag = deliveredCount - reader.position;
      const isOld = firstNumber > 1 && lag * 2 > deliveredCount - firstNumber;
      if (!isOld && lag * 2 <= backlogMessages) this.#slow.delete(reader);
      else if (!this.#slow.has(reader)) {
        this.#slow.add(reader);
        onSlow({ consumer: reader.consumer, lag });
      }
    }
  }
}

/** Until the next `notify`, or until `signal` fires. */
async function waitOrAbort(wake: Wake, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return wake.wait();
  const release = onAbort(signal, () => wake.notify());
  await wake.wait();
  release();
}

type Resolve = (delivery: Delivery | undefined) => void;

function* range(from: number, count: number): Iterable<number> {
  for (let value = from; value < from + count; value += 1) yield value;
}
