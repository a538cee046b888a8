import { bytesEqual } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type {
  Broadcast,
  BroadcastOptions,
  BroadcastRange,
  CloseReport,
  ClusterInfo,
  DeliveriesOptions,
  Delivery,
  Evidence,
  InstanceRef,
  InstanceView,
  NodeEvents,
  NodeState,
  NodeStatus,
  PeerView,
  QuorumcastNode,
} from '../api.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { Driver } from '../driver.ts';
import type { RunningNode } from '../running-node.ts';
import type { Store } from '../store/index.ts';
import { forgiving } from '../wait.ts';
import type { ChangingNode, EpochsView } from './api.ts';
import { Gate } from './gate.ts';
import type { Face } from './joiner.ts';
import type { Journey } from './journey.ts';

type Live = QuorumcastNode & ChangingNode;

/** A member through all its epochs: readers, listeners and callers stay while the work goes from one to the next. */
export class EpochNode implements Live {
  readonly closed: Promise<CloseReport>;
  readonly #journey: Journey;
  readonly #gate: Gate;

  constructor(journey: Journey) {
    this.#journey = journey;
    this.#gate = new Gate(() => journey.barred, journey.pendingBytesMax);
    this.closed = journey.closed;
    journey.onTurn = () => this.#gate.look();
  }

  /** The member at work in the epoch in force. */
  get current(): RunningNode {
    return this.#journey.current;
  }

  /** Who answers how this node is. */
  get #face(): Face {
    return this.#journey.joiner ?? this.current;
  }

  get id(): NodeId {
    return this.#face.id;
  }

  get name(): string {
    return this.#face.name;
  }

  get cluster(): ClusterInfo {
    return this.#face.cluster;
  }

  get state(): NodeState {
    return this.#face.state;
  }

  get address(): string {
    return this.#face.address;
  }

  get driver(): Driver {
    return this.current.driver;
  }

  get store(): Store {
    return this.current.store;
  }

  get agree(): QuorumcastNode['agree'] {
    return this.current.agree;
  }

  get agreement(): QuorumcastNode['agreement'] {
    return this.current.agreement;
  }

  get agreements(): QuorumcastNode['agreements'] {
    return this.current.agreements;
  }

  whenReady(options?: { readonly signal?: AbortSignal }): Promise<void> {
    return this.current.whenReady(options);
  }

  broadcast(payload: Uint8Array | string, options?: BroadcastOptions): Promise<Broadcast> {
    if (!this.#gate.shut) return this.current.broadcast(payload, options);
    const copy = typeof payload === 'string' ? payload : payload.slice();
    const held = this.#gate.pass(copy.length, options?.signal, () => this.current.broadcast(copy, options));
    return forgiving(held);
  }

  broadcastMany(
    payloads: readonly (Uint8Array | string)[],
    options?: Omit<BroadcastOptions, 'idempotencyKey'>,
  ): Promise<BroadcastRange> {
    if (!this.#gate.shut || !Array.isArray(payloads)) return this.current.broadcastMany(payloads, options);
    const copies = payloads.map((payload) => (typeof payload === 'string' ? payload : payload.slice()));
    const bytes = copies.reduce((sum, { length }) => sum + length, 0);
    const held = this.#gate.pass(bytes, options?.signal, () => this.current.broadcastMany(copies, options));
    return forgiving(held);
  }

  deliveries(options?: DeliveriesOptions): ReturnType<QuorumcastNode['deliveries']> {
    return this.current.deliveries(options);
  }

  deliveryBatches(options?: DeliveriesOptions): ReturnType<QuorumcastNode['deliveryBatches']> {
    return this.current.deliveryBatches(options);
  }

  delivery(ref: InstanceRef): Promise<Delivery | undefined> {
    return this.current.delivery(ref);
  }

  peers(): readonly PeerView[] {
    return this.#face.peers();
  }

  evidence(): readonly Evidence[] {
    return [...this.#journey.misdeeds.list, ...this.#face.evidence()];
  }

  inspect(ref: InstanceRef): InstanceView | undefined {
    return this.#face.inspect(ref);
  }

  status(): NodeStatus {
    const now = this.#face.status();
    const status = { ...now, evidence: now.evidence + this.#journey.misdeeds.total };
    const next = this.epochs().next;
    if (next === undefined) return status;
    const without = next.givenUp.length === 0 ? '' : ` without ${next.givenUp.join(', ')}`;
    const going = `going over to epoch ${next.epoch} (${next.digest})${without} since ${next.since}: new broadcasts wait`;
    return { ...status, reasons: [going, ...next.reasons, ...status.reasons] };
  }

  epochs(): EpochsView {
    return this.#journey.view();
  }

  changeEpoch(next: ClusterDefinition): Promise<void> {
    return forgiving(this.#journey.accept(next, true));
  }

  addEventListener<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
    options?: { readonly signal?: AbortSignal; readonly once?: boolean },
  ): void {
    this.#journey.herald.events.add(kind, listener, options);
  }

  removeEventListener<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
  ): void {
    this.#journey.herald.events.remove(kind, listener);
  }

  drain(options?: { readonly signal?: AbortSignal }): Promise<void> {
    return this.current.drain(options);
  }

  close(options?: { readonly timeoutMs?: number }): Promise<CloseReport> {
    this.#gate.close();
    return this.#journey.close(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Whether two definitions are the same but for who signed them. */
export function same(a: ClusterDefinition, b: ClusterDefinition): boolean {
  return bytesEqual(a.digest, b.digest);
}
