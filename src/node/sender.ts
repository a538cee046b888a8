import { checkCall, SIGNAL_ONLY, toHex } from '../base/index.ts';
import { copyForBatch } from '../codec/index.ts';
import type { Limits, NodeId } from '../committee/index.ts';
import type { Broadcast, BroadcastOptions, BroadcastRange, Delivery } from './api.ts';
import type { Consumers } from './consumers.ts';
import { QuorumcastError } from './errors.ts';
import { type KeyUse, OwnMessages } from './own-messages.ts';
import { messageDigest } from './sha256.ts';
import type { Store, StoreRecord } from './store/index.ts';
import { abortError, forgiving, Wake, withSignal } from './wait.ts';

const UTF8 = new TextEncoder();
/** Longest idempotency key, characters. */
const KEY_LENGTH_MAX = 256;
/** What a waiting message costs beside its bytes. */
const PENDING_OVERHEAD_BYTES = 64;

/** What broadcasting needs. */
export interface SenderOptions {
  readonly self: NodeId;
  readonly limits: Limits;
  /** Bytes of own messages waiting for the window before `broadcast` refuses. */
  readonly pendingBytesMax: number;
  /** Whether this member itself vouches for a message. */
  readonly accepts: (candidate: { readonly sender: NodeId; readonly payload: Uint8Array }) => boolean;
  readonly store: Store;
  readonly consumers: Consumers;
  readonly pending: () => { readonly messages: number; readonly bytes: number };
  /** Hands a message to the member; returns its number. */
  readonly submit: (payload: Uint8Array) => number;
  /** Hands over several; returns the number of the last. Copies them. */
  readonly submitMany: (payloads: readonly Uint8Array[]) => number;
}

/** The way of this node's own messages, as its callers see it. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #own = new OwnMessages();
  readonly #wake = new Wake();
  #lastSeq = 0;
  #closed = false;
  #self: NodeId;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#self = options.self;
  }

  /** In the epoch that begins this member has another number. */
  moved(self: NodeId): void {
    this.#self = self;
  }

  /** The number of the last message submitted since the start; 0 if none was. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  broadcast(payload: Uint8Array | string, options: BroadcastOptions): Promise<Broadcast> {
    try {
      return this.#begin(payload, options);
    } catch (error) {
      return forgiving(Promise.reject(error));
    }
  }

  #begin(payload: Uint8Array | string, options: BroadcastOptions): Promise<Broadcast> {
    checkCall('broadcast', options, ['idempotencyKey', 'waitFor', 'signal']);
    const { signal, idempotencyKey: key, waitFor } = options;
    if (signal?.aborted === true) throw definite(abortError(signal, 'the broadcast'));
    const bytes = bytesOf(payload);
    this.#check(bytes, options);
    if (key !== undefined || signal !== undefined || waitFor === 'delivered') {
      return forgiving(this.#follow(bytes, options));
    }
    // Most calls: one promise each.
    this.#checkNew([bytes]);
    const seq = this.#options.submit(bytes);
    this.#lastSeq = seq;
    return this.#own.add(seq, 1, this.#broadcast(seq, bytes, undefined, false));
  }

  async #follow(
    bytes: Uint8Array,
    { signal, idempotencyKey: key, waitFor }: BroadcastOptions,
  ): Promise<Broadcast> {
    const use = key === undefined ? undefined : { key, digest: messageDigest(bytes) };
    const known = use && this.#known(use);
    if (known === undefined) this.#checkNew([bytes]);
    const seq = known?.seq ?? this.#options.submit(bytes);
    if (known === undefined) this.#lastSeq = seq;
    const broadcast = this.#broadcast(seq, bytes, use?.digest, known !== undefined);
    const accepted = known?.accepted ?? this.#own.add(seq, 1, broadcast, use);
    await withSignal(accepted, signal, 'the broadcast');
    if (waitFor === 'delivered') await broadcast.delivered(signal === undefined ? {} : { signal });
    return broadcast;
  }

  async broadcastMany(
    payloads: readonly (Uint8Array | string)[],
    options: Omit<BroadcastOptions, 'idempotencyKey'>,
  ): Promise<BroadcastRange> {
    checkCall('broadcastMany', options, ['waitFor', 'signal']);
    const { signal } = options;
    if (signal?.aborted === true) throw definite(abortError(signal, 'the broadcast'));
    if (!Array.isArray(payloads) || payloads.length === 0)
      throw usage('broadcastMany takes a list of messages');
    const messages = payloads.map(viewOf);
    for (const bytes of messages) this.#check(bytes, options);
    this.#checkNew(messages);
    const { submitMany } = this.#options;
    const self = this.#self;
    const count = messages.length;
    const last = submitMany(messages);
    this.#lastSeq = last;
    await withSignal(this.#own.add(last, count, undefined), signal, 'the broadcast');
    const delivered = (asked?: { readonly signal?: AbortSignal }): Promise<void> =>
      forgiving(this.#delivered(last, asked).then(() => undefined));
    if (options.waitFor === 'delivered') await delivered(signal === undefined ? {} : { signal });
    return { sender: self, firstSeq: last - count + 1, count, delivered };
  }

  /** The records that make the keys of own messages durable with them. */
  keyRecords(firstSeq: number, count: number): Iterable<StoreRecord> {
    return this.#own.keyRecords(firstSeq, count);
  }

  accepted(firstSeq: number, count: number): void {
    this.#own.accept(firstSeq, count);
    if (this.#own.size === 0) this.#wake.notify();
  }

  /** Resolves when every own message is delivered here. */
  async drained(signal: AbortSignal | undefined): Promise<void> {
    while (this.#own.size > 0 && !this.#closed) await withSignal(this.#wake.wait(), signal, 'draining');
    if (this.#lastSeq === 0) return;
    const { consumers } = this.#options;
    if (await consumers.delivered({ sender: this.#self, seq: this.#lastSeq }, signal)) return;
    if (signal?.aborted === true) throw abortError(signal, 'draining');
    throw new QuorumcastError('ERR_CLOSED', 'the node closed before all its messages were delivered here', {
      hint: 'it goes on with the accepted ones when it runs again',
      definite: false,
      retryable: true,
    });
  }

  /** Rejects what was never accepted; returns how many. */
  close(): number {
    this.#closed = true;
    this.#wake.notify();
    return this.#own.abandon(
      new QuorumcastError('ERR_CLOSED', 'the node closed before this message was durable', {
        hint: 'repeat it with the same idempotency key once the node runs again',
        definite: false,
        retryable: true,
      }),
    );
  }

  #check(bytes: Uint8Array, { idempotencyKey: key, waitFor }: BroadcastOptions): void {
    const { limits } = this.#options;
    if (bytes.length > limits.payloadBytes) {
      throw new QuorumcastError(
        'ERR_PAYLOAD_TOO_LARGE',
        `a message of ${bytes.length} bytes is over this cluster's limit of ${limits.payloadBytes}`,
        { hint: 'split it, or agree on a larger limits.payloadBytes in a new cluster definition' },
      );
    }
    if (waitFor !== undefined && waitFor !== 'accepted' && waitFor !== 'delivered') {
      throw usage(`waitFor is 'accepted' or 'delivered', not '${String(waitFor)}'`);
    }
    if (key === undefined) return;
    if (typeof key !== 'string' || key.length === 0 || key.length > KEY_LENGTH_MAX) {
      throw usage(`an idempotency key has 1 to ${KEY_LENGTH_MAX} characters`);
    }
    // What has no UTF-8 would be another key once read back from the disk.
    if (/\p{Surrogate}/u.test(key)) throw usage('an idempotency key is well-formed text');
  }

  #checkNew(messages: readonly Uint8Array[]): void {
    const { pending, pendingBytesMax, accepts } = this.#options;
    if (!messages.every((payload) => accepts({ sender: this.#self, payload }))) {
      throw usage(
        "this node's own `validate` refuses the message: no member would vouch for it",
        'nothing was broadcast; a refused message would hold up all later ones of this node',
      );
    }
    const waiting = pending();
    const waitingBytes = waiting.bytes + waiting.messages * PENDING_OVERHEAD_BYTES;
    let bytes = (messages.length - 1) * PENDING_OVERHEAD_BYTES;
    for (const { length } of messages) bytes += length;
    // One message is taken whatever its length: else it could never be sent.
    if (waiting.messages + messages.length > 1 && waitingBytes + bytes > pendingBytesMax) {
      throw new QuorumcastError(
        'ERR_BACKLOG_FULL',
        `${waiting.messages} messages (${waiting.bytes} bytes) wait already for room in the window`,
        { hint: 'slow down; if it stays so, `quorumcast status` says who is missing', retryable: true },
      );
    }
  }

  /** An earlier use of the key, durable or on its way. @throws QuorumcastError if it had other bytes. */
  #known({ key, digest }: KeyUse): { readonly seq: number; readonly accepted: Promise<unknown> } | undefined {
    const pending = this.#own.pendingKey(key);
    const stored = pending === undefined ? this.#options.store.keyOf(key) : undefined;
    const earlier = pending?.digest ?? (stored && toHex(stored.digest));
    if (earlier === undefined) return undefined;
    if (earlier !== digest) {
      const seq = pending?.seq ?? stored?.seq;
      throw new QuorumcastError(
        'ERR_IDEMPOTENCY_CONFLICT',
        `key "${key}" was used for other bytes (message ${seq}, ${earlier.slice(0, 8)})`,
        { hint: 'use a new key for a new message' },
      );
    }
    if (pending !== undefined) return pending;
    return stored && { seq: stored.seq, accepted: Promise.resolve() };
  }

  /** `bytes`: nobody writes to them, so that their digest can be told when it is asked for. */
  #broadcast(seq: number, bytes: Uint8Array, digest: string | undefined, duplicate: boolean): Broadcast {
    return new AcceptedBroadcast({ sender: this.#self, seq, bytes, digest, duplicate }, this.#await);
  }

  readonly #await = (seq: number, asked: { readonly signal?: AbortSignal } | undefined): Promise<Delivery> =>
    forgiving(this.#delivered(seq, asked));

  async #delivered(seq: number, asked: { readonly signal?: AbortSignal } = {}): Promise<Delivery> {
    checkCall('delivered', asked, SIGNAL_ONLY);
    const { signal } = asked;
    const { consumers } = this.#options;
    const delivery = await consumers.awaitDelivery({ sender: this.#self, seq }, signal);
    if (delivery !== undefined) return delivery;
    if (signal?.aborted === true) throw abortError(signal, `waiting for the delivery of message ${seq}`);
    throw new QuorumcastError('ERR_CLOSED', `the node closed before message ${seq} was delivered here`, {
      hint: 'it is accepted: the node goes on with it when it runs again',
      definite: false,
      retryable: true,
    });
  }
}

type Awaited = (seq: number, asked: { readonly signal?: AbortSignal } | undefined) => Promise<Delivery>;

/** What a caller gets of one broadcast. */
class AcceptedBroadcast implements Broadcast {
  readonly sender: NodeId;
  readonly seq: number;
  readonly duplicate: boolean;
  readonly #bytes: Uint8Array;
  readonly #await: Awaited;
  #digest: string | undefined;

  constructor(
    about: {
      readonly sender: NodeId;
      readonly seq: number;
      readonly bytes: Uint8Array;
      readonly digest: string | undefined;
      readonly duplicate: boolean;
    },
    awaited: Awaited,
  ) {
    this.sender = about.sender;
    this.seq = about.seq;
    this.duplicate = about.duplicate;
    this.#bytes = about.bytes;
    this.#digest = about.digest;
    this.#await = awaited;
  }

  get digest(): string {
    this.#digest ??= messageDigest(this.#bytes);
    return this.#digest;
  }

  delivered(asked?: { readonly signal?: AbortSignal }): Promise<Delivery> {
    return this.#await(this.seq, asked);
  }
}

/** A copy: the caller may go on writing to its bytes. @throws QuorumcastError ERR_USAGE */
function bytesOf(payload: Uint8Array | string): Uint8Array {
  return typeof payload === 'string' ? UTF8.encode(payload) : copyForBatch(viewOf(payload));
}

/** The bytes themselves. @throws QuorumcastError ERR_USAGE */
function viewOf(payload: Uint8Array | string): Uint8Array {
  if (typeof payload === 'string') return UTF8.encode(payload);
  if (payload instanceof Uint8Array) return payload;
  throw usage(
    `a message is a string or a Uint8Array, not ${payload === null ? 'null' : typeof payload}`,
    'JSON.stringify turns other values into text',
  );
}

function usage(message: string, hint = ''): QuorumcastError {
  return new QuorumcastError('ERR_USAGE', message, { hint });
}

/** Nothing was done yet, so the failure is definite. */
function definite(error: QuorumcastError): QuorumcastError {
  const { code, message, hint, cause } = error;
  return new QuorumcastError(code, message, { hint, cause, definite: true, retryable: true });
}
