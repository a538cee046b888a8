import { checkCall, encodeUtf8, QuorumcastError, SIGNAL_ONLY, type Signal } from '../base/index.ts';
import { messagesOf } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Turn } from '../simulator/index.ts';
import { agreeing } from './agreements.ts';
import type {
  TestBroadcast,
  TestBroadcastOptions,
  TestBroadcastRange,
  TestClusterInfo,
  TestDeliveriesOptions,
  TestDelivery,
  TestEvidence,
  TestInstanceRef,
  TestInstanceView,
  TestNode,
  TestNodeState,
  TestNodeStatus,
} from './api.ts';
import {
  type Delivered,
  deliveryOf,
  messageDigest,
  nameOf,
  type Source,
  TestBatchReader,
  TestReader,
} from './deliveries.ts';
import { clusterInfo, inspectMessage, linksOf, statusOf } from './views.ts';
import type { Outcome, Submission, World } from './world.ts';

/** Longest idempotency key, characters. */
const KEY_LENGTH_MAX = 256;

interface KnownKey {
  readonly digest: string;
  readonly submission: Submission;
}

/** One node of a cluster in virtual time: what is durable about it, and who waits for it. */
export class VirtualNode implements TestNode {
  readonly id: NodeId;
  readonly name: string;
  readonly cluster: TestClusterInfo;
  readonly agree: TestNode['agree'];
  readonly #world: World;
  readonly #log: Delivered[] = [];
  /** By sender: the index in the log of each of its messages, the first at 0. */
  readonly #bySender: readonly number[][];
  readonly #evidence = new Map<string, TestEvidence>();
  readonly #consumers = new Map<string, number>();
  readonly #keys = new Map<string, KnownKey>();
  readonly #source: Source;
  #queue: Submission[] = [];
  #queuedBytes = 0;
  #taken: readonly Submission[] = [];
  #lastSeq = 0;
  #generation = 0;
  #draining = false;

  constructor(id: NodeId, world: World) {
    this.id = id;
    this.name = nameOf(id);
    this.#world = world;
    this.cluster = clusterInfo(world.plan);
    this.agree = agreeing(world, id);
    this.#bySender = world.plan.committee.ids.map(() => []);
    this.#source = {
      log: this.#log,
      consumers: this.#consumers,
      busy: new Set(),
      generation: () => this.#generation,
      isDown: () => this.#isDown,
      until: (done, signal) => world.until(done, signal),
      park: (signal) => world.park(signal),
    };
  }

  get state(): TestNodeState {
    if (this.#isDown) return 'closed';
    if (this.#draining) return 'draining';
    const { missing, margin } = linksOf(this.#world, this.id);
    return missing.length === 0 ? 'ready' : margin < 0 && this.#log.length === 0 ? 'joining' : 'degraded';
  }

  get delivered(): readonly TestDelivery[] {
    return this.#log.map((raw) => deliveryOf(raw));
  }

  whenReady(options: { readonly signal?: Signal } = {}): Promise<void> {
    return forgiving(async () => {
      checkCall('whenReady', options, SIGNAL_ONLY);
      const { signal } = options;
      const ready = (): boolean => linksOf(this.#world, this.id).margin >= 0;
      this.#require(await this.#until(ready, signal), signal, 'waiting for a quorum');
    });
  }

  broadcast(payload: Uint8Array | string, options: TestBroadcastOptions = {}): Promise<TestBroadcast> {
    return forgiving(() => this.#broadcast(payload, options));
  }

  broadcastMany(
    payloads: readonly (Uint8Array | string)[],
    options: Omit<TestBroadcastOptions, 'idempotencyKey'> = {},
  ): Promise<TestBroadcastRange> {
    return forgiving(() => this.#broadcastMany(payloads, options));
  }

  deliveries(options: TestDeliveriesOptions = {}): TestReader {
    return new TestReader(this.#source, options);
  }

  deliveryBatches(options: TestDeliveriesOptions = {}): TestBatchReader {
    return new TestBatchReader(this.#source, options);
  }

  async delivery(ref: TestInstanceRef): Promise<TestDelivery | undefined> {
    const raw = this.#find(ref);
    return raw && deliveryOf(raw);
  }

  inspect(ref: TestInstanceRef): TestInstanceView | undefined {
    return inspectMessage({ world: this.#world, self: this.id, lastSeq: this.#lastSeq }, ref);
  }

  evidence(): readonly TestEvidence[] {
    return [...this.#evidence.values()];
  }

  status(): TestNodeStatus {
    let evidence = 0;
    for (const { count } of this.#evidence.values()) evidence += count;
    return {
      ...statusOf(this.#world, this.id),
      state: this.state,
      delivered: this.#log.length,
      pending: this.#pending,
      evidence,
    };
  }

  drain(options: { readonly signal?: Signal } = {}): Promise<void> {
    return forgiving(async () => {
      checkCall('drain', options, SIGNAL_ONLY);
      const { signal } = options;
      this.#draining = true;
      const done = (): boolean => {
        return this.#pending.messages === 0 && (this.#bySender[this.id]?.length ?? 0) >= this.#lastSeq;
      };
      this.#require(await this.#until(done, signal), signal, 'draining', {
        sender: this.id,
        seq: (this.#bySender[this.id]?.length ?? 0) + 1,
      });
    });
  }

  /** What came of a turn of this node. */
  onTurn(turn: Turn): void {
    this.#lastSeq = this.#taken.at(-1)?.seq ?? this.#lastSeq;
    this.#taken = [];
    for (const { sender, firstSeq, payload } of turn.delivered) {
      for (const [i, message] of messagesOf(payload, this.#world.plan.limits).entries()) {
        this.#bySender[sender]?.push(this.#log.length);
        this.#log.push({ number: this.#log.length + 1, sender, seq: firstSeq + i, message });
      }
    }
    for (const { accused: peer, code, about } of turn.faults) {
      const key = `${peer} ${code}`;
      const known = this.#evidence.get(key) ?? { peer, name: nameOf(peer), code, count: 0, about };
      this.#evidence.set(key, { ...known, count: known.count + 1 });
    }
  }

  takeSubmissions(): readonly Submission[] {
    if (this.#queue.length === 0) return this.#queue;
    this.#taken = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    return this.#taken;
  }

  /** Forgets what was not durable, and ends whoever waits here. `world`: has crashed or closed the member. */
  stop(): void {
    this.#generation += 1;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#draining = false;
    this.#source.busy.clear();
    for (const [key, { submission }] of this.#keys) {
      if (!this.#isAccepted(submission)) this.#keys.delete(key);
    }
    this.#lastSeq -= this.#world.host(this.id).member.pending.messages;
  }

  async #broadcast(given: Uint8Array | string, options: TestBroadcastOptions): Promise<TestBroadcast> {
    checkCall('broadcast', options, ['idempotencyKey', 'waitFor', 'signal']);
    const { idempotencyKey: key, signal } = options;
    if (signal?.aborted === true) throw abortError(signal, 'the broadcast', true);
    const payload = bytesOf(given);
    const digest = this.#check(payload, key);
    const known = key === undefined ? undefined : this.#keys.get(key);
    const submission = known?.submission ?? this.#submit(payload);
    if (key !== undefined && known === undefined) this.#keys.set(key, { digest: digest(), submission });
    const outcome = await this.#until(() => this.#isAccepted(submission), signal);
    const seq = submission.seq ?? 0;
    this.#require(outcome, signal, 'the broadcast', { sender: this.id, seq });
    const delivered = (options: { readonly signal?: Signal } = {}): Promise<TestDelivery> =>
      forgiving(() => this.#awaitDelivery(seq, options));
    const broadcast: TestBroadcast = {
      sender: this.id,
      seq,
      get digest() {
        return digest();
      },
      duplicate: known !== undefined,
      delivered,
    };
    if (options.waitFor === 'delivered') await delivered(signal === undefined ? {} : { signal });
    return broadcast;
  }

  async #broadcastMany(
    given: readonly (Uint8Array | string)[],
    options: TestBroadcastOptions,
  ): Promise<TestBroadcastRange> {
    checkCall('broadcastMany', options, ['waitFor', 'signal']);
    const { signal, waitFor } = options;
    if (signal?.aborted === true) throw abortError(signal, 'the broadcast', true);
    if (given.length === 0) {
      throw new QuorumcastError('ERR_USAGE', 'broadcastMany takes a list of messages');
    }
    const payloads = given.map(bytesOf);
    for (const payload of payloads) this.#check(payload, undefined);
    const submissions = payloads.map((payload) => this.#submit(payload));
    const outcome = await this.#until(() => submissions.every((each) => this.#isAccepted(each)), signal);
    const firstSeq = submissions[0]?.seq ?? 0;
    this.#require(outcome, signal, 'the broadcast', { sender: this.id, seq: firstSeq });
    const last = firstSeq + submissions.length - 1;
    const delivered = (options: { readonly signal?: Signal } = {}): Promise<void> =>
      forgiving(() => this.#awaitDelivery(last, options).then(() => undefined));
    if (waitFor === 'delivered') await delivered(signal === undefined ? {} : { signal });
    return { sender: this.id, firstSeq, count: submissions.length, delivered };
  }

  /** Returns the digest of the payload, made when first asked for. */
  #check(payload: Uint8Array, key: string | undefined): () => string {
    if (this.#isDown) throw this.#closedError(`${this.name} is closed: it takes no new broadcasts`);
    if (this.#draining) throw this.#closedError(`${this.name} is draining: it takes no new broadcasts`);
    const { limits, pendingBytesMax, validate } = this.#world.plan;
    if (payload.length > limits.payloadBytes) {
      throw new QuorumcastError(
        'ERR_PAYLOAD_TOO_LARGE',
        `a message of ${payload.length} bytes is over this cluster's limit of ${limits.payloadBytes}`,
        { hint: 'split it, or raise limits.payloadBytes' },
      );
    }
    if (key !== undefined && (key.length === 0 || key.length > KEY_LENGTH_MAX)) {
      throw new QuorumcastError(
        'ERR_USAGE',
        `an idempotency key has 1 to ${KEY_LENGTH_MAX} characters, not ${key.length}`,
      );
    }
    let made: string | undefined;
    const digest = (): string => {
      made ??= messageDigest(payload);
      return made;
    };
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined && known.digest !== digest()) {
      throw new QuorumcastError('ERR_IDEMPOTENCY_CONFLICT', `key "${key}" was used for other bytes`, {
        hint: 'use a new key for a new message',
      });
    }
    if (known !== undefined) return digest;
    if (validate?.({ sender: this.id, payload }) === false) {
      throw new QuorumcastError('ERR_USAGE', 'validate refuses this message: no member would vouch for it', {
        hint: 'nothing was broadcast; a refused message would hold up all later ones of this node',
      });
    }
    const { messages, bytes } = this.#pending;
    if (messages > 0 && bytes + payload.length > pendingBytesMax) {
      throw new QuorumcastError(
        'ERR_BACKLOG_FULL',
        `${messages} messages (${bytes} bytes) wait already for room in the window`,
        { hint: 'slow down, or reconnect the members that are missing', retryable: true },
      );
    }
    return digest;
  }

  #submit(payload: Uint8Array): Submission {
    const submission: Submission = { payload, seq: undefined };
    this.#queue.push(submission);
    this.#queuedBytes += payload.length;
    this.#world.touch();
    return submission;
  }

  #isAccepted({ seq }: Submission): boolean {
    return seq !== undefined && seq <= this.#lastSeq - this.#world.host(this.id).member.pending.messages;
  }

  async #awaitDelivery(seq: number, options: { readonly signal?: Signal }): Promise<TestDelivery> {
    checkCall('delivered', options, SIGNAL_ONLY);
    const { signal } = options;
    const ref = { sender: this.id, seq };
    const what = `waiting for the delivery of ${this.name}#${seq}`;
    const outcome = await this.#until(() => this.#find(ref) !== undefined, signal);
    const found = this.#find(ref);
    if (found !== undefined) return deliveryOf(found);
    this.#require(outcome, signal, what, ref);
    throw this.#closedError(what);
  }

  #find({ sender, seq }: TestInstanceRef): Delivered | undefined {
    const index = this.#bySender[sender]?.[seq - 1];
    return index === undefined ? undefined : this.#log[index];
  }

  get #pending(): { readonly messages: number; readonly bytes: number } {
    const { messages, bytes } = this.#world.host(this.id).member.pending;
    return { messages: messages + this.#queue.length, bytes: bytes + this.#queuedBytes };
  }

  get #isDown(): boolean {
    return this.#world.closed || this.#world.isCrashed(this.id);
  }

  /** As `World.until`, ending too when this node stops. */
  async #until(done: () => boolean, signal: Signal | undefined): Promise<Outcome> {
    const generation = this.#generation;
    const ended = (): boolean => generation !== this.#generation || this.#isDown;
    const outcome = await this.#world.until(() => ended() || done(), signal);
    return ended() ? 'closed' : outcome;
  }

  /** @throws QuorumcastError unless what was waited for came. `ref`: the message it was about. */
  #require(outcome: Outcome, signal: Signal | undefined, what: string, ref?: TestInstanceRef): void {
    if (outcome === 'done') return;
    if (outcome === 'aborted' && signal !== undefined) throw abortError(signal, what, false);
    if (outcome !== 'rest') throw this.#closedError(`${what}: ${this.name} is closed`);
    const why = ref && this.inspect(ref)?.explain;
    throw new QuorumcastError(
      'ERR_TIMEOUT',
      `${what} would last for ever: nothing more happens in this cluster.${why === undefined ? '' : ` ${why}`}`,
      {
        hint: 'heal(), connect() or restart() what is missing before waiting; inspect() tells what that is',
        definite: false,
        retryable: true,
      },
    );
  }

  #closedError(message: string): QuorumcastError {
    return new QuorumcastError('ERR_CLOSED', message, {
      hint: 'restart the node, or use another',
      definite: false,
      retryable: true,
    });
  }
}

/** A copy: the caller may go on writing to its bytes. @throws QuorumcastError ERR_USAGE */
function bytesOf(given: Uint8Array | string): Uint8Array {
  if (typeof given === 'string') return encodeUtf8(given);
  if (given instanceof Uint8Array) return new Uint8Array(given);
  throw new QuorumcastError('ERR_USAGE', `a message is a string or a Uint8Array, not ${typeof given}`);
}

function abortError(signal: Signal, what: string, definite: boolean): QuorumcastError {
  const { reason } = signal;
  const timeout = reason instanceof Error && reason.name === 'TimeoutError';
  return timeout
    ? new QuorumcastError('ERR_TIMEOUT', `${what} did not finish in time`, {
        definite,
        retryable: true,
        cause: reason,
      })
    : new QuorumcastError('ERR_ABORTED', `${what} was aborted`, { definite, cause: reason });
}

/**
 * The promise of `work`. If that fails because the cluster closed or stands still, nobody need have looked: a
 * test that ends with something still waiting is not broken by it.
 */
function forgiving<Value>(work: () => Promise<Value>): Promise<Value> {
  const promise = work().catch((error: unknown) => {
    const code = error instanceof QuorumcastError ? error.code : undefined;
    if (code === 'ERR_CLOSED' || code === 'ERR_TIMEOUT') promise.catch(() => undefined);
    throw error;
  });
  return promise;
}
