import { checkCall, onAbort, SIGNAL_ONLY } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { MemberEffect } from '../member/index.ts';
import { formatAddress } from './address.ts';
import { type AgreementDesk, wireAgreements } from './agreements/index.ts';
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
} from './api.ts';
import { monotonicMs } from './clock.ts';
import { Consumers } from './consumers.ts';
import { markDisowned, strayInstance } from './disowned.ts';
import type { Driver } from './driver.ts';
import { internalError, QuorumcastError } from './errors.ts';
import { Health } from './health.ts';
import { Herald } from './herald.ts';
import type { Links, Refusal } from './link/index.ts';
import { type LinkCallbacks, linkCallbacks } from './link-callbacks.ts';
import { driverOf } from './node-driver.ts';
import type { NodeParts } from './node-parts.ts';
import { fixedStatus } from './node-status.ts';
import { Sender } from './sender.ts';
import { StallWatch } from './stalls.ts';
import {
  clusterInfo,
  type Inspectable,
  inspectMessage,
  marginOf,
  peerViews,
  streamViews,
  TICK_MS,
  troubles,
} from './status.ts';
import type { Store } from './store/index.ts';
import { misuseWarning } from './validator.ts';
import { forgiving, within } from './wait.ts';

/** Ticks between two looks at what is too old to be kept. */
const TRIM_TICKS = 200;

/** A member at work: driver, links, store and callers brought together. Made by `startNode`. */
export class RunningNode implements QuorumcastNode {
  readonly id: NodeId;
  readonly name: string;
  readonly cluster: ClusterInfo;
  readonly closed: Promise<CloseReport>;
  readonly driver: Driver;
  readonly agree: AgreementDesk['agree'];
  readonly agreement: AgreementDesk['agreement'];
  readonly agreements: AgreementDesk['list'];
  readonly store: Store;
  readonly member: NodeParts['member'];
  readonly #parts: NodeParts;
  readonly #herald: Herald;
  readonly #startedMs = monotonicMs();
  readonly #health: Health;
  readonly #consumers: Consumers;
  readonly #sender: Sender;
  readonly #desk: AgreementDesk;
  readonly #stalls = new StallWatch();
  #links: Links | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #ticks = 0;
  #closing: Promise<CloseReport> | undefined;
  #forgetSignal: () => void = () => undefined;
  #resolveClosed: (report: CloseReport) => void = () => undefined;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    const { cluster, self, member, store, reading, lasting, limits, validator } = parts;
    this.#herald = lasting?.herald ?? new Herald(parts.logger);
    this.id = self;
    this.name = cluster.member(self).name;
    this.cluster = clusterInfo(cluster);
    this.store = store;
    this.member = member;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#health = new Health(cluster.committee.f, this.#herald);
    this.#consumers =
      lasting?.consumers ??
      new Consumers({
        ...{ store: reading, cluster },
        backlogMessages: parts.dataDir === undefined ? limits.backlogMessages : undefined,
        onSlow: (slow) => this.#herald.slow(slow),
      });
    if (lasting !== undefined) Object.assign(lasting, { herald: this.#herald, consumers: this.#consumers });
    parts.notices.connect({
      logger: parts.logger,
      slow: (slow) => this.#herald.slow(slow),
      lost: (lost) => {
        this.#consumers.countLost(lost.lost);
        this.#herald.lost(lost);
      },
      dropped: (upTo) => this.#consumers.onDropped(upTo),
    });
    validator.onMisuse = (message, cause) => this.#herald.warn(misuseWarning(message), cause);
    const { turns, desk } = this.#wireAgreements();
    this.driver = driverOf(parts, turns, {
      links: () => this.#links,
      sender: () => this.#sender,
      consumers: this.#consumers,
      herald: this.#herald,
      skipped: (effect) => this.#onSkipped(effect),
      fault: (effect) => this.#onFault(effect),
      fatal: (error) => this.#onFatal(error),
    });
    this.#sender = new Sender({
      self,
      limits: cluster.limits,
      pendingBytesMax: limits.pendingBytes,
      accepts: validator.accepts,
      store: reading,
      consumers: this.#consumers,
      pending: () => member.pending,
      ...{ submit: (one) => this.driver.submit(one), submitMany: (all) => this.driver.submitMany(all) },
    });
    this.#desk = desk;
    this.agree = desk.agree;
    this.agreement = desk.agreement;
    this.agreements = desk.list;
  }

  #wireAgreements(): ReturnType<typeof wireAgreements> {
    return wireAgreements(this.#parts, {
      links: () => this.#links,
      wake: () => this.driver.wake(),
      fault: (effect) => this.#onFault(effect),
      refusal: () => this.#health.refusal(),
      decided: (agreement) => this.#herald.decided(agreement),
    });
  }

  /** What links tell this node. */
  linkCallbacks(): LinkCallbacks {
    return linkCallbacks({
      ...this.#parts,
      driver: this.driver,
      herald: this.#herald,
      review: () => this.#review(),
      refused: (refusal) => this.#onRefused(refusal),
    });
  }

  /** Sets the clockwork going. */
  begin(links: Links, signal: AbortSignal | undefined): void {
    this.#links = links;
    this.#ticker = setInterval(() => {
      this.driver.tick();
      this.#watchStalls();
      this.#ticks += 1;
      if (this.#ticks % TRIM_TICKS === 0) void this.store.trim();
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
    return forgiving(this.#health.whenReady(options));
  }

  broadcast(payload: Uint8Array | string, options: BroadcastOptions = {}): Promise<Broadcast> {
    const error = this.#health.refusal();
    return error === undefined ? this.#sender.broadcast(payload, options) : forgiving(Promise.reject(error));
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
    const peers = this.peers();
    const node = this.#inspectable();
    return {
      ...fixedStatus(this.#parts, node, peers),
      state: this.state,
      reasons: [...this.#health.reasons(peers), ...troubles(node)],
      address: this.address,
      uptimeMs: monotonicMs() - this.#startedMs,
      refusals: Object.fromEntries(this.refusals),
      agreements: this.#desk.counts(),
      consumers: this.#consumers.view(),
    };
  }

  addEventListener<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
    options?: { readonly signal?: AbortSignal; readonly once?: boolean },
  ): void {
    this.#herald.events.add(kind, listener, options);
  }

  removeEventListener<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
  ): void {
    this.#herald.events.remove(kind, listener);
  }

  drain(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    return forgiving(this.#drain(options));
  }

  async #drain(options: { readonly signal?: AbortSignal }): Promise<void> {
    checkCall('drain', options, SIGNAL_ONLY);
    this.#health.set('draining', 'asked to drain');
    await this.#sender.drained(options.signal);
  }

  close(options: { readonly timeoutMs?: number } = {}): Promise<CloseReport> {
    // What is no number is no time: newer versions of Node warn of timers that are given one.
    return this.#close(undefined, Number(options.timeoutMs ?? 5_000) || 0);
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
    this.#desk.close();
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

  /** Ends the own stream, after what was submitted, and gives members up: between two turns, when all of them is stored. */
  end(successor: Uint8Array, givenUp: readonly NodeId[] = []): void {
    const { member, store } = this;
    const effects = member.end(successor, givenUp, (sender, at) => store.entry(sender, at)?.digest);
    this.driver.call(() => effects);
  }

  send(peer: NodeId, frame: Uint8Array): void {
    this.#links?.send(peer, frame);
  }

  /** Leaves its links; `relink` takes them up again. */
  async unlink(): Promise<void> {
    await this.#links?.close();
    for (const { id } of this.#parts.cluster.members) if (id !== this.id) this.driver.linkDown(id);
  }

  /** @throws QuorumcastError ERR_ADDRESS_IN_USE, ERR_LISTEN */
  async relink(): Promise<void> {
    this.#links = await this.#parts.openLinks(this.linkCallbacks());
  }

  /** Its epoch is over: it works no more, what is stored can be read. `self`: its number in the next one. */
  async retire(self: NodeId): Promise<void> {
    clearInterval(this.#ticker);
    this.#forgetSignal();
    await this.driver.stop();
    this.#desk.close();
    await this.#links?.close();
    this.#sender.moved(self);
  }

  #inspectable(): Inspectable | undefined {
    const { cluster, self, member, reading: store } = this.#parts;
    const { lastSeq } = this.#sender;
    const { asking } = this.driver;
    return this.#links && { cluster, self, member, store, links: this.#links, lastSeq, asking };
  }

  #review(): void {
    const node = this.#inspectable();
    if (node !== undefined) this.#health.review(marginOf(node), this.peers());
  }

  #watchStalls(): void {
    const node = this.#inspectable();
    if (node === undefined) return;
    const streams = streamViews(node);
    for (const sender of this.#stalls.lookBeyond(streams)) {
      const nameOf = (id: NodeId): string => node.cluster.member(id).name;
      this.#herald.beyond(nameOf(sender), node.member.withoutNext(sender).map(nameOf));
    }
    for (const ref of this.#stalls.look(streams)) {
      const view = this.inspect(ref);
      if (view !== undefined) this.#herald.stalled(view);
    }
  }

  #onSkipped(effect: Extract<MemberEffect, { readonly kind: 'skip' }>): void {
    this.#consumers.onSkipped(effect);
    const { sender, fromSeq: from, nextSeq } = effect;
    const { name: senderName } = this.#parts.cluster.member(sender);
    if (nextSeq > from) this.#herald.skipped({ sender, senderName, from, to: nextSeq - 1 });
  }

  #onFault(effect: Extract<MemberEffect, { readonly kind: 'fault' }>): void {
    const evidence = this.#parts.evidence.note(effect);
    if (evidence !== undefined) this.#herald.evidence(evidence);
  }

  #onRefused(refusal: Refusal): void {
    const { peer, reason, byPeer } = refusal;
    const name = peer === undefined ? undefined : this.#parts.cluster.member(peer).name;
    this.#herald.refused(refusal, name);
    if (!byPeer || peer === undefined || this.#closing !== undefined) return;
    const error = this.#health.disowned(peer, reason, name ?? '');
    if (error !== undefined) this.#onFatal(error);
  }

  #onFatal(cause: unknown): void {
    const error = cause instanceof QuorumcastError ? cause : internalError(cause);
    this.#herald.failed(error, cause);
    markDisowned(this.#parts.dataDir, error);
    void this.#close(error, 5_000);
  }
}
