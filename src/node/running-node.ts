import { onAbort } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Member, MemberEffect, Participant } from '../member/index.ts';
import { formatAddress } from './address.ts';
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
  Logger,
  NodeEvents,
  NodeLimits,
  NodeState,
  NodeStatus,
  PeerView,
  QuorumcastNode,
} from './api.ts';
import type { Claims } from './claims.ts';
import { monotonicMs } from './clock.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import { Consumers } from './consumers.ts';
import { markDisowned, strayInstance } from './disowned.ts';
import { Driver, type DriverOptions } from './driver.ts';
import { internalError, QuorumcastError } from './errors.ts';
import { NodeEventTarget } from './events.ts';
import type { EvidenceBook } from './evidence/index.ts';
import { Health } from './health.ts';
import type { Links, LinksOptions, Refusal } from './link/index.ts';
import { memoryBoundBytes } from './memory-bound.ts';
import { behindBacklog } from './recall.ts';
import { Sender } from './sender.ts';
import { StallWatch } from './stalls.ts';
import {
  clusterInfo,
  type Inspectable,
  inspectMessage,
  marginOf,
  peerViews,
  storageView,
  streamViews,
  TICK_MS,
  workStatus,
} from './status.ts';
import type { Store } from './store/index.ts';
import { misuseWarning, type Validator } from './validator.ts';
import { VERSION } from './version.ts';
import { forgiving, within } from './wait.ts';

/** What a running node is made of. */
export interface NodeParts extends Pick<DriverOptions, 'nextOwnInstance'> {
  readonly cluster: ClusterDefinition;
  readonly self: NodeId;
  readonly member: Member;
  readonly participant: Participant;
  readonly started: readonly MemberEffect[];
  readonly store: Store;
  readonly claims: Claims;
  readonly limits: NodeLimits;
  readonly validator: Validator;
  readonly evidence: EvidenceBook;
  readonly logger: Logger | undefined;
  /** Where the store is, if it outlives the process. */
  readonly dataDir: string | undefined;
}

type LinkCallbacks = Pick<LinksOptions, 'admit' | 'onUp' | 'onDown' | 'onFrame' | 'onRefused' | 'onDrain'>;

/** A member at work: driver, links, store and callers brought together. Made by `startNode`. */
export class RunningNode implements QuorumcastNode {
  readonly id: NodeId;
  readonly name: string;
  readonly cluster: ClusterInfo;
  readonly closed: Promise<CloseReport>;
  readonly driver: Driver;
  readonly store: Store;
  readonly #parts: NodeParts;
  readonly #events = new NodeEventTarget();
  readonly #startedMs = monotonicMs();
  readonly #health: Health;
  readonly #consumers: Consumers;
  readonly #sender: Sender;
  readonly #stalls = new StallWatch();
  #links: Links | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #closing: Promise<CloseReport> | undefined;
  #forgetSignal: () => void = () => undefined;
  #resolveClosed: (report: CloseReport) => void = () => undefined;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    const { cluster, self, member, participant, store, claims, limits, started, validator } = parts;
    this.id = self;
    this.name = cluster.member(self).name;
    this.cluster = clusterInfo(cluster);
    this.store = store;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#health = new Health(cluster.committee.f, (from, to, reason) => this.#onState(from, to, reason));
    this.#consumers = new Consumers({
      store,
      limits: cluster.limits,
      cluster,
      backlogMessages: parts.dataDir === undefined ? limits.backlogMessages : undefined,
      onSlow: (slow) => this.#onSlow(slow),
    });
    validator.onMisuse = (message, cause) => this.#warn(misuseWarning(message), cause);
    this.driver = new Driver(
      {
        self,
        nextOwnInstance: parts.nextOwnInstance,
        member: participant,
        store,
        claims,
        bounds: { committee: cluster.committee, limits: cluster.limits, epoch: cluster.epoch },
        keyRecords: (firstSeq, count) => this.#sender.keyRecords(firstSeq, count),
        links: {
          send: (peer, frames) => this.#links?.send(peer, frames) ?? false,
          queuedBytes: (peer) => this.#links?.queuedBytes(peer) ?? 0,
          drop: (peer, detail) => this.#links?.drop(peer, detail),
          pause: (paused) => this.#links?.pause(paused),
        },
        observer: {
          accepted: (firstSeq, count) => this.#sender.accepted(firstSeq, count),
          delivered: (effect) => this.#consumers.onDelivered(effect),
          fault: (effect) => this.#onFault(effect),
          fatal: (error) => this.#onFatal(error),
          beyond: (peer) => this.#warn(behindBacklog(cluster.member(peer).name), undefined),
        },
      },
      started,
    );
    this.#sender = new Sender({
      self,
      limits: cluster.limits,
      pendingBytesMax: limits.pendingBytes,
      accepts: validator.accepts,
      store,
      consumers: this.#consumers,
      pending: () => member.pending,
      submit: (payload) => this.driver.submit(payload),
    });
  }

  /** What links tell this node. */
  linkCallbacks(): LinkCallbacks {
    const { claims, cluster } = this.#parts;
    return {
      admit: (peer, logId, position) => claims.admit(peer, logId, position),
      onUp: (peer) => {
        this.driver.linkUp(peer);
        this.#events.emit('peer:connect', { peer, name: cluster.member(peer).name });
        this.#parts.logger?.info('peer.connected', { peer: cluster.member(peer).name });
        this.#review();
      },
      onDown: (peer, reason, detail) => {
        this.driver.linkDown(peer);
        const name = cluster.member(peer).name;
        const why = detail === '' ? reason : `${reason}: ${detail}`;
        this.#events.emit('peer:disconnect', { peer, name, reason: why });
        this.#parts.logger?.info('peer.disconnected', { peer: name, reason, cause: detail });
        this.#review();
      },
      onFrame: (peer, body) => this.driver.frame(peer, body),
      onDrain: (peer) => this.driver.linkDrained(peer),
      onRefused: (refusal) => this.#onRefused(refusal),
    };
  }

  /** Sets the clockwork going. */
  begin(links: Links, signal: AbortSignal | undefined): void {
    this.#links = links;
    this.#ticker = setInterval(() => {
      this.driver.tick();
      this.#watchStalls();
      const stray = strayInstance(this.#parts.member.streams()[this.id], this.driver.nextOwnInstance);
      if (stray !== undefined) this.#onFatal(stray);
    }, TICK_MS);
    if (signal !== undefined) this.#forgetSignal = onAbort(signal, () => void this.close());
    this.#review();
  }

  get state(): NodeState {
    return this.#health.state;
  }

  get address(): string {
    return this.#links === undefined ? '' : formatAddress(this.#links.address);
  }

  /** How often somebody was refused, by reason. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#links?.refusals ?? new Map();
  }

  whenReady(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return forgiving(this.#health.whenReady(options.signal));
  }

  broadcast(payload: Uint8Array | string, options: BroadcastOptions = {}): Promise<Broadcast> {
    const error = this.#health.refusal();
    return forgiving(error === undefined ? this.#sender.broadcast(payload, options) : Promise.reject(error));
  }

  broadcastMany(
    payloads: readonly (Uint8Array | string)[],
    options: Omit<BroadcastOptions, 'idempotencyKey'> = {},
  ): Promise<BroadcastRange> {
    const error = this.#health.refusal();
    return forgiving(
      error === undefined ? this.#sender.broadcastMany(payloads, options) : Promise.reject(error),
    );
  }

  deliveries(options: DeliveriesOptions = {}): ReturnType<QuorumcastNode['deliveries']> {
    return this.#consumers.open(options);
  }

  deliveryBatches(options: DeliveriesOptions = {}): ReturnType<QuorumcastNode['deliveryBatches']> {
    return this.#consumers.openBatches(options);
  }

  delivery(ref: InstanceRef): Promise<Delivery | undefined> {
    return this.#consumers.find(ref);
  }

  peers(): readonly PeerView[] {
    const node = this.#inspectable();
    return node === undefined ? [] : peerViews(node);
  }

  evidence(): readonly Evidence[] {
    return this.#parts.evidence.list();
  }

  inspect(ref: InstanceRef): InstanceView | undefined {
    const node = this.#inspectable();
    return node === undefined ? undefined : inspectMessage(node, ref);
  }

  status(): NodeStatus {
    const { cluster, store, member, limits, dataDir } = this.#parts;
    const durable = dataDir !== undefined;
    const peers = this.peers();
    return {
      id: this.id,
      name: this.name,
      version: VERSION,
      state: this.state,
      reasons: this.#health.reasons(peers),
      cluster: this.cluster,
      address: this.address,
      uptimeMs: monotonicMs() - this.#startedMs,
      ...workStatus(this.#inspectable(), peers),
      delivered: store.deliveredCount,
      pending: member.pending,
      evidence: this.#parts.evidence.total,
      refusals: Object.fromEntries(this.refusals),
      storage: storageView(store, durable),
      memoryBoundBytes: memoryBoundBytes(cluster.committee.n, cluster.limits, limits, durable),
    };
  }

  addEventListener<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
    options?: { readonly signal?: AbortSignal; readonly once?: boolean },
  ): void {
    this.#events.add(kind, listener, options);
  }

  removeEventListener<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
  ): void {
    this.#events.remove(kind, listener);
  }

  drain(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#health.set('draining', 'asked to drain');
    return forgiving(this.#sender.drained(options.signal));
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<CloseReport> {
    return this.#close(undefined, options.timeoutMs ?? 5_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #close(error: QuorumcastError | undefined, timeoutMs: number): Promise<CloseReport> {
    this.#closing ??= this.#shutDown(error, timeoutMs);
    return this.#closing;
  }

  /** Never rejects: what cannot be ended in order is left. */
  async #shutDown(error: QuorumcastError | undefined, timeoutMs: number): Promise<CloseReport> {
    clearInterval(this.#ticker);
    this.#forgetSignal();
    this.#health.set('closed', error?.message ?? 'asked to close');
    const abandoned = this.#sender.close();
    this.#consumers.close();
    const stopping = this.#stop(timeoutMs).catch((cause: unknown) => {
      this.#parts.logger?.warn('node.close-failed', { cause });
      return false;
    });
    const clean = await within(stopping, timeoutMs, false);
    const report: CloseReport = { error, abandoned, clean };
    this.#parts.logger?.info('node.closed', { abandoned, clean, error: error?.code });
    this.#resolveClosed(report);
    return report;
  }

  /** True once everything has ended by itself. */
  async #stop(timeoutMs: number): Promise<boolean> {
    const { store, claims } = this.#parts;
    await this.driver.stop();
    await this.#links?.close(Math.min(1_000, timeoutMs / 2));
    if (store.failed === undefined) claims.write(true);
    await store.close();
    return true;
  }

  #inspectable(): Inspectable | undefined {
    const { cluster, self, member, store } = this.#parts;
    const { lastSeq } = this.#sender;
    return this.#links && { cluster, self, member, store, links: this.#links, lastSeq };
  }

  #review(): void {
    const node = this.#inspectable();
    if (node !== undefined) this.#health.review(marginOf(node), this.peers());
  }

  #watchStalls(): void {
    const node = this.#inspectable();
    if (node === undefined) return;
    for (const ref of this.#stalls.look(streamViews(node))) {
      const view = this.inspect(ref);
      if (view === undefined) continue;
      this.#events.emit('instance:stalled', view);
      const { senderName: sender, seq, explain: why } = view;
      this.#parts.logger?.warn('instance.stalled', { sender, seq, why });
    }
  }

  #onState(from: NodeState, to: NodeState, reason: string): void {
    this.#events.emit('state', { from, to, reason });
    // The end is logged with its report.
    if (to !== 'closed') this.#parts.logger?.info(`node.${to}`, { reason });
  }

  #onFault(effect: Extract<MemberEffect, { readonly kind: 'fault' }>): void {
    const evidence = this.#parts.evidence.note(effect);
    if (evidence === undefined) return;
    this.#events.emit('evidence', evidence);
    const { name: peer, code, proofs } = evidence;
    this.#parts.logger?.warn('evidence.recorded', { peer, code, proven: proofs.length > 0 });
  }

  #onRefused(refusal: Refusal): void {
    const { peer, address, reason, byPeer, detail } = refusal;
    this.#events.emit('peer:refused', { peer, reason, byPeer });
    const name = peer === undefined ? undefined : this.#parts.cluster.member(peer).name;
    this.#parts.logger?.warn('peer.refused', { peer: name, address, reason, byPeer, detail });
    if (!byPeer || peer === undefined || this.#closing !== undefined) return;
    const error = this.#health.disowned(peer, reason, this.#parts.cluster.member(peer).name);
    if (error !== undefined) this.#onFatal(error);
  }

  #onFatal(cause: unknown): void {
    const error = cause instanceof QuorumcastError ? cause : internalError(cause);
    const stack = cause instanceof Error && error !== cause ? cause.stack : undefined;
    this.#parts.logger?.error('node.failed', {
      code: error.code,
      message: error.message,
      hint: error.hint,
      stack,
    });
    markDisowned(this.#parts.dataDir, error);
    void this.#close(error, 5_000);
  }

  #onSlow(slow: NodeEvents['consumer:slow']): void {
    this.#events.emit('consumer:slow', slow);
    this.#parts.logger?.warn('consumer.slow', { ...slow });
  }

  #warn(warning: NodeEvents['warning'], cause: unknown): void {
    this.#events.emit('warning', warning);
    this.#parts.logger?.warn('node.warning', { ...warning, cause });
  }
}
