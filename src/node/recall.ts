import { bytesEqual } from '../base/index.ts';
import { type CodedMessage, encodedBytes, type MemberMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Digest, PayloadHasher } from '../crypto/index.ts';
import type { MemberEffect, Stored } from '../member/index.ts';
import type { Asking } from './asking.ts';
import { monotonicMs } from './clock.ts';
import type { Store } from './store/index.ts';

/** Answers from the store: what peers that lag are owed of delivered instances. */
export type RecallEffect = Extract<
  MemberEffect,
  { readonly kind: 'recall' | 'recall-count' | 'recall-payload' }
>;

/** What a recaller needs of the links. */
export interface RecallLinks {
  queuedBytes(peer: NodeId): number;
}

/** What a peer may be told, and how often. */
export type RecallAsking = Pick<Asking, 'isFreePull' | 'isFreeRange' | 'isOver' | 'told'>;

/** While more than this is queued on a link, nothing is read for it from the store. */
const LINK_BYTES_BUSY = 4_194_304;

/**
 * Reads answers for one peer from the store, at the pace of its link: a member that catches up on a gigabyte costs
 * no more memory than one that catches up on a page.
 */
export class Recaller {
  readonly #peer: NodeId;
  readonly #self: NodeId;
  readonly #store: Store;
  readonly #reading: Pick<Store, 'messagesBefore'>;
  readonly #links: RecallLinks;
  readonly #stored: Stored;
  readonly #send: (peer: NodeId, message: MemberMessage) => void;
  readonly #onError: (error: unknown) => void;
  readonly #onBeyond: () => void;
  readonly #hasher: PayloadHasher;
  readonly #onOverwritten: () => void;
  readonly #queueMax: number;
  readonly #onOverflow: () => void;
  readonly #asking: RecallAsking;
  readonly #queue: RecallEffect[] = [];
  #running = false;
  #generation = 0;
  #beyond = false;
  #wake: (() => void) | undefined;

  constructor(options: {
    readonly peer: NodeId;
    readonly self: NodeId;
    readonly store: Store;
    /** Counts messages, of earlier epochs too. */
    readonly reading: Pick<Store, 'messagesBefore'>;
    readonly links: RecallLinks;
    /** What stands in the store for what was delivered. */
    readonly stored: Stored;
    /** Queues one message for the peer; the caller sees to it that it leaves. */
    readonly send: (peer: NodeId, message: MemberMessage) => void;
    readonly onError: (error: unknown) => void;
    /** What the peer needs is not kept any more; told once a link. */
    readonly onBeyond: () => void;
    readonly hasher: PayloadHasher;
    /** Whoever read a delivered payload has written to it. */
    readonly onOverwritten: () => void;
    /** Questions that a correct peer may have open at once. */
    readonly queueMax: number;
    /** The peer asks more than that: its link has to end, since what is dropped here it will not ask again on it. */
    readonly onOverflow: () => void;
    readonly asking: RecallAsking;
  }) {
    this.#peer = options.peer;
    this.#self = options.self;
    this.#store = options.store;
    this.#reading = options.reading;
    this.#links = options.links;
    this.#stored = options.stored;
    this.#send = options.send;
    this.#onError = options.onError;
    this.#onBeyond = options.onBeyond;
    this.#hasher = options.hasher;
    this.#onOverwritten = options.onOverwritten;
    this.#queueMax = options.queueMax;
    this.#onOverflow = options.onOverflow;
    this.#asking = options.asking;
  }

  /** Answers later, in order. */
  add(effect: RecallEffect): void {
    if (this.#queue.length >= this.#queueMax) {
      this.#onOverflow();
      return;
    }
    this.#queue.push(effect);
    if (this.#running) return;
    this.#running = true;
    this.#run().then(
      () => {
        this.#running = false;
      },
      (error: unknown) => {
        this.#running = false;
        this.#onError(error);
      },
    );
  }

  /** The link has room again, or time has passed. */
  drained(): void {
    this.#wake?.();
  }

  /** The link is gone: so are the questions. */
  reset(): void {
    this.#queue.length = 0;
    this.#generation += 1;
    this.#beyond = false;
    this.#wake?.();
  }

  async #run(): Promise<void> {
    for (let effect = this.#queue.shift(); effect !== undefined; effect = this.#queue.shift()) {
      if (effect.kind === 'recall-payload') await this.#answerPayload(effect);
      else if (effect.kind === 'recall-count') await this.#answerCount(effect);
      else await this.#answerRange(effect);
    }
  }

  async #answerRange(effect: Extract<RecallEffect, { readonly kind: 'recall' }>): Promise<void> {
    const { sender, from, until, full } = effect;
    const generation = this.#generation;
    const first = this.#store.firstInstance(sender);
    if (from < first) this.#missing(sender);
    for (
      let instance = Math.max(first, from);
      instance < until && generation === this.#generation;
      instance += 1
    ) {
      const entry = this.#store.entry(sender, instance);
      if (entry === undefined) {
        this.#missing(sender);
        continue;
      }
      const free = this.#asking.isFreeRange(this.#peer, sender, instance);
      if (!free) await this.#allowance();
      if (generation !== this.#generation) return;
      const said: CodedMessage[] = [];
      if (full && sender === this.#self)
        said.push(...(await this.#beginning(sender, instance, entry.digest)));
      if (full && entry.echo !== undefined) said.push({ kind: 'echo', digest: entry.echo });
      said.push({ kind: 'done', digest: entry.digest });
      for (const body of said) this.#say(sender, instance, body, free);
    }
  }

  /** What an own instance began with; nothing if that is not kept any more. */
  async #beginning(sender: NodeId, instance: number, digest: Digest): Promise<readonly CodedMessage[]> {
    const payload = await this.#store.payload(digest);
    await this.#room();
    if (payload === undefined) this.#missing(sender);
    else if (this.#genuine(sender, instance, payload, digest)) {
      return this.#stored.beginning(instance, digest, payload, this.#peer);
    }
    return [];
  }

  async #answerPayload(effect: Extract<RecallEffect, { readonly kind: 'recall-payload' }>): Promise<void> {
    const { sender, instance, digest } = effect;
    const entry = this.#store.entry(sender, instance);
    if (entry === undefined) this.#missing(sender);
    if (entry === undefined || !bytesEqual(entry.digest, digest)) return;
    const generation = this.#generation;
    const free = this.#asking.isFreePull(this.#peer, sender, instance);
    if (!free) await this.#allowance();
    if (generation !== this.#generation) return;
    const payload = await this.#store.payload(entry.digest);
    await this.#room();
    if (payload === undefined) this.#missing(sender);
    else if (generation === this.#generation && this.#genuine(sender, instance, payload, digest)) {
      this.#say(sender, instance, { kind: 'payload', payload }, free);
    }
  }

  /** Readers share a payload with the store, and what one of them wrote to must not leave in this member's name. */
  #genuine(sender: NodeId, instance: number, payload: Uint8Array, digest: Digest): boolean {
    if (bytesEqual(this.#hasher.digest(sender, instance, payload), digest)) return true;
    if (this.#stored.standsFor(sender, instance, digest, payload)) return true;
    this.#onOverwritten();
    return false;
  }

  /** How many messages came before an instance, if the store still knows. */
  async #answerCount({
    sender,
    instance,
  }: Extract<RecallEffect, { readonly kind: 'recall-count' }>): Promise<void> {
    const messages = this.#reading.messagesBefore(sender, instance);
    await this.#room();
    if (messages === undefined) this.#missing(sender);
    else this.#send(this.#peer, { kind: 'history', sender, instance, body: { kind: 'count', messages } });
  }

  /** Beyond what the store keeps there is nothing to answer with: the peer is told from where on there is. */
  #missing(sender: NodeId): void {
    if (!this.#beyond) this.#onBeyond();
    this.#beyond = true;
    const instance = this.#store.firstInstance(sender);
    this.#send(this.#peer, { kind: 'history', sender, instance, body: { kind: 'horizon' } });
  }

  #say(sender: NodeId, instance: number, body: CodedMessage, free: boolean): void {
    const message: MemberMessage = { kind: 'instance', sender, instance, body };
    if (!free) this.#asking.told(this.#peer, encodedBytes(message), monotonicMs());
    this.#send(this.#peer, message);
  }

  #room(): Promise<void> {
    return this.#until(() => this.#links.queuedBytes(this.#peer) <= LINK_BYTES_BUSY);
  }

  /** Until the peer has worked off what it was told beyond what is free. */
  #allowance(): Promise<void> {
    return this.#until(() => !this.#asking.isOver(this.#peer, monotonicMs()));
  }

  /** Looks again whenever it is woken: when the link has room, and at every tick. */
  async #until(condition: () => boolean): Promise<void> {
    const generation = this.#generation;
    while (generation === this.#generation && !condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}

/** The warning about a peer that is further behind than this node can help it with. */
export function behindBacklog(peer: string): {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
} {
  return {
    code: 'peer-behind-backlog',
    message: `${peer} needs deliveries that this node does not keep any more`,
    hint: 'it has to take a snapshot; to help members that are away for longer, raise retention',
  };
}

/** The warning about a payload that is not what was delivered any more. */
export const OVERWRITTEN = {
  code: 'payload-overwritten',
  message: 'a delivered payload was written to, so a peer that asks for it gets no answer from this node',
  hint: 'payloads are shared between readers and the node: copy one before changing it',
};
