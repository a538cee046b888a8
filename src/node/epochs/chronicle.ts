import type { NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import { type ClusterDefinition, follows } from '../cluster/index.ts';
import type { Gap, Store, StoredDelivery, StoreRecord } from '../store/index.ts';

/** An epoch that is over: it is read, and nothing is written to it. */
export interface Chapter {
  readonly store: Store;
  readonly cluster: ClusterDefinition;
}

/**
 * What a node delivered in all epochs whose logs it has, as one store: delivery numbers run on, messages are numbered by
 * the name of their sender, and what is written goes to the epoch in force.
 */
export class Chronicle implements Store {
  #store: Store;
  #cluster: ClusterDefinition;
  /** The oldest first. */
  readonly #past: Chapter[];

  constructor(past: readonly Chapter[], store: Store, cluster: ClusterDefinition) {
    this.#past = [...past];
    this.#store = store;
    this.#cluster = cluster;
    this.#catchUpCursors();
  }

  /** From now on this is the epoch in force. */
  turn(store: Store, cluster: ClusterDefinition): void {
    // The same again: its log was opened, and something else failed.
    if (cluster !== this.#cluster) this.#past.push({ store: this.#store, cluster: this.#cluster });
    this.#store = store;
    this.#cluster = cluster;
    this.#catchUpCursors();
  }

  /** What consumers acknowledged in an epoch that was over, while the next one began. */
  #catchUpCursors(): void {
    for (const [consumer, number] of this.#past.at(-1)?.store.consumers() ?? []) {
      if ((this.#store.consumers().get(consumer) ?? -1) < number)
        this.#store.append({ kind: 'cursor', consumer, number });
    }
  }

  get logId(): Uint8Array {
    return this.#store.logId;
  }

  get position(): number {
    return this.#store.position;
  }

  get failed(): Store['failed'] {
    return this.#store.failed;
  }

  get deliveredCount(): number {
    return this.#store.deliveredCount;
  }

  get firstNumber(): number {
    return this.#past[0]?.store.firstNumber ?? this.#store.firstNumber;
  }

  get bytesOnDisk(): number {
    return this.#past.reduce((sum, { store }) => sum + store.bytesOnDisk, this.#store.bytesOnDisk);
  }

  get stats(): Store['stats'] {
    return this.#store.stats;
  }

  get gaps(): readonly Gap[] {
    if (this.#past.length === 0) return this.#store.gaps;
    let last = 0;
    const gaps: Gap[] = [];
    for (const { store } of [...this.#past, { store: this.#store }]) {
      // Each log counts its own; readers go by numbers that rise.
      for (const gap of store.gaps) gaps.push({ ...gap, id: last + gap.id });
      last = gaps.at(-1)?.id ?? last;
    }
    return gaps;
  }

  append(record: StoreRecord): void {
    this.#store.append(record);
  }

  sync(): Promise<void> {
    return this.#store.sync();
  }

  restored(): ReturnType<Store['restored']> {
    return this.#store.restored();
  }

  agreements(): ReturnType<Store['agreements']> {
    return this.#store.agreements();
  }

  entry(sender: NodeId, instance: number): ReturnType<Store['entry']> {
    return this.#store.entry(sender, instance);
  }

  payload(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#store.payload(digest);
  }

  async deliveries(
    fromNumber: number,
    limitMessages: number,
    limitBytes?: number,
  ): Promise<StoredDelivery[]> {
    const chapter = this.#past.find(({ store }) => fromNumber <= store.deliveredCount);
    if (chapter === undefined) return this.#store.deliveries(fromNumber, limitMessages, limitBytes);
    const found = await chapter.store.deliveries(fromNumber, limitMessages, limitBytes);
    return found.map((delivery) => {
      const senderName = chapter.cluster.member(delivery.sender).name;
      // Who has left keeps the number that it had.
      return {
        ...delivery,
        senderName,
        sender: this.#cluster.memberNamed(senderName)?.id ?? delivery.sender,
      };
    });
  }

  find(sender: NodeId, seq: number): ReturnType<Store['find']> {
    const found = this.#store.find(sender, seq);
    if (found === undefined || found.number > 0) return found;
    const { name } = this.#cluster.member(sender);
    for (const { store, cluster } of this.#past.toReversed()) {
      const member = cluster.memberNamed(name);
      const earlier = member && store.find(member.id, seq);
      // Instances are counted anew in every epoch: the number says where it stands.
      if (earlier !== undefined && earlier.number > 0) return { instance: 0, number: earlier.number };
    }
    return found;
  }

  firstInstance(sender: NodeId): number {
    return this.#store.firstInstance(sender);
  }

  messagesBefore(sender: NodeId, instance: number): number | undefined {
    const known = this.#store.messagesBefore(sender, instance);
    return known ?? (instance === 1 ? this.#before(sender) : undefined);
  }

  messageCount(sender: NodeId): number {
    return this.#store.messageCount(sender);
  }

  /** Where this sender's stream began in the epoch in force: where it ended in the one before, if its log is here. */
  #before(sender: NodeId): number | undefined {
    const before = this.#past.at(-1);
    if (before === undefined || !follows(before.cluster, this.#cluster)) return undefined;
    const earlier = before.cluster.memberNamed(this.#cluster.member(sender).name);
    return earlier === undefined ? 0 : before.store.messageCount(earlier.id);
  }

  keyOf(key: string): ReturnType<Store['keyOf']> {
    for (const { store } of [{ store: this.#store }, ...this.#past.toReversed()]) {
      const found = store.keyOf(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  peers(): ReturnType<Store['peers']> {
    return this.#store.peers();
  }

  consumers(): ReturnType<Store['consumers']> {
    return this.#store.consumers();
  }

  holdBack(settled: (sender: NodeId) => number): void {
    this.#store.holdBack(settled);
  }

  trim(): Promise<void> {
    return this.#store.trim();
  }

  /** Lets go of the logs of epochs that are over. The one in force is closed by its member. */
  async close(): Promise<void> {
    for (const { store } of this.#past) await store.close();
  }
}
