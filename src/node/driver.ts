import { bytesEqual } from '../base/index.ts';
import {
  decodeMessages,
  encodedBytes,
  encodeFrame,
  FRAME_KIND,
  FramePacker,
  type MemberMessage,
  type MessageBounds,
} from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { PayloadHasher } from '../crypto/index.ts';
import type { MemberEffect, Participant, Stored } from '../member/index.ts';
import type { AgreementTurns } from './agreements/index.ts';
import type { Claims } from './claims.ts';
import { monotonicMs } from './clock.ts';
import { rolledBackBy } from './disowned.ts';
import { Inbound, type InboundFrame } from './inbound.ts';
import { Recaller } from './recall.ts';
import type { Store } from './store/index.ts';

/** What the driver needs of the links. */
export interface DriverLinks {
  send(peer: NodeId, frames: Uint8Array): boolean;
  queuedBytes(peer: NodeId): number;
  /** Ends the link: the peer sent what no correct member sends. */
  drop(peer: NodeId, detail: string): void;
  /** While paused nothing more is read from this peer. */
  pause(peer: NodeId, paused: boolean): void;
}

/** What the driver tells of a turn once it is durable. */
export interface DriverObserver {
  /** This member's own instance is durable: messages firstSeq to firstSeq+count-1 are accepted. */
  accepted(firstSeq: number, count: number): void;
  delivered(effect: Extract<MemberEffect, { readonly kind: 'deliver' }>): void;
  /** Messages that will never be delivered here, durably. */
  skipped(effect: Extract<MemberEffect, { readonly kind: 'skip' }>): void;
  fault(effect: Extract<MemberEffect, { readonly kind: 'fault' }>): void;
  /** A peer needs what the store does not keep any more. */
  beyond(peer: NodeId): void;
  /** A peer breaks the protocol so often that its frames have to wait: told every time that begins. */
  flooded(peer: NodeId): void;
  /** A peer needs a payload that a reader of it has changed. */
  overwritten(): void;
  /** Nothing more can be made durable, or this program found itself wrong: no further vote is cast. */
  fatal(error: unknown): void;
}

/** What a driver is made of. */
export interface DriverOptions {
  readonly self: NodeId;
  /** What its next own instance is called. Undefined for an adversary: others may deliver anything in its name. */
  readonly nextOwnInstance: number | undefined;
  readonly member: Participant;
  /** What stands in the store for what was delivered. */
  readonly stored: Stored;
  readonly store: Store;
  readonly claims: Claims;
  readonly links: DriverLinks;
  /** Without them it takes no part in any. */
  readonly agreements?: AgreementTurns;
  readonly bounds: MessageBounds;
  readonly hasher: PayloadHasher;
  readonly observer: DriverObserver;
  /** The idempotency records of `count` own messages from `firstSeq` on, to be durable together with them. */
  readonly keyRecords: (firstSeq: number, count: number) => Iterable<Parameters<Store['append']>[0]>;
}

/** What a member says in an instance at most, other than payloads: ECHO, READY, DONE. */
const VOTES_PER_INSTANCE = 3;
/** A message from this length on has a frame of its own, which all peers' queues share. */
const SHARED_BYTES_MIN = 16_384;

/**
 * Runs a member in turns: takes what has come in, lets the state machine answer, makes what binds durable with one
 * sync, and only then lets anything leave. While a sync is under way the next turn's frames gather: under load
 * many votes share one sync.
 */
export class Driver {
  readonly #options: DriverOptions;
  readonly #inbound: Inbound;
  /** Calls on the member that are due, in order: links, ticks. */
  #calls: (() => readonly MemberEffect[])[] = [];
  readonly #packers = new Map<NodeId, FramePacker>();
  /** The last long message, and its frame. */
  #shared: { readonly message: MemberMessage; readonly frame: Uint8Array } | undefined;
  readonly #recallers = new Map<NodeId, Recaller>();
  #scheduled = false;
  #running: Promise<void> | undefined;
  #tickDue = false;
  /** Something waits for the next turn. */
  #due = false;
  #flushScheduled = false;
  #stopped = false;
  #nextOwnInstance: number | undefined;
  readonly counters = { turns: 0, syncedTurns: 0, messagesIn: 0, messagesOut: 0, malformedFrames: 0 };

  constructor(options: DriverOptions, started: readonly MemberEffect[]) {
    this.#options = options;
    this.#nextOwnInstance = options.nextOwnInstance;
    const { bounds, links } = options;
    const { n } = bounds.committee;
    this.#inbound = new Inbound({
      peers: n - 1,
      faultsPerSecond: VOTES_PER_INSTANCE * n * bounds.limits.window,
      pause: (peer, paused) => links.pause(peer, paused),
    });
    if (started.length > 0) this.#call(() => started);
  }

  /** What the next own instance will be called; undefined for an adversary. */
  get nextOwnInstance(): number | undefined {
    return this.#nextOwnInstance;
  }

  /** A frame of a link, to be handled in the next turn. Keeps the bytes. */
  frame(from: NodeId, body: Uint8Array, kind: number = FRAME_KIND.messages): void {
    this.#inbound.push(from, body, kind);
    this.#schedule();
  }

  linkUp(peer: NodeId): void {
    this.#recallers.get(peer)?.reset();
    this.#call(() => {
      this.#options.agreements?.linkUp(peer);
      return this.#options.member.linkUp(peer);
    });
  }

  linkDown(peer: NodeId): void {
    this.#recallers.get(peer)?.reset();
    this.#packers.delete(peer);
    this.#call(() => {
      this.#options.member.linkDown(peer);
      this.#options.agreements?.linkDown(peer);
      return [];
    });
  }

  linkDrained(peer: NodeId): void {
    this.#recallers.get(peer)?.drained();
  }

  /** Fifty milliseconds have passed. Ticks do not pile up behind a slow disk. */
  tick(): void {
    if (this.#tickDue) return;
    this.#tickDue = true;
    this.#call(() => {
      this.#tickDue = false;
      this.#options.agreements?.tick();
      return this.#options.member.tick();
    });
  }

  /** Takes an own message at once and returns its number. @throws UsageError if it is too long. */
  submit(payload: Uint8Array): number {
    const seq = this.#options.member.submit(payload);
    this.#schedule();
    return seq;
  }

  /** Something waits to be carried out that no frame brought. */
  wake(): void {
    this.#schedule();
  }

  /** Lets no further turn begin; resolves when the present one has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#inbound.clear();
    this.#packers.clear();
    for (const recaller of this.#recallers.values()) recaller.reset();
    await this.#running;
  }

  #call(call: () => readonly MemberEffect[]): void {
    this.#calls.push(call);
    this.#schedule();
  }

  #schedule(): void {
    this.#due = true;
    if (this.#scheduled || this.#running !== undefined || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#stopped) return;
      this.#due = false;
      this.#running = this.#run().then(
        () => this.#ended(),
        (error: unknown) => {
          this.#stopped = true;
          this.#ended();
          this.#options.observer.fatal(error);
        },
      );
    });
  }

  #ended(): void {
    this.#running = undefined;
    if (this.#due || this.#inbound.isReady(monotonicMs())) this.#schedule();
  }

  async #run(): Promise<void> {
    this.counters.turns += 1;
    const effects = this.#collect();
    if (this.#append(effects)) {
      this.counters.syncedTurns += 1;
      await this.#options.store.sync();
    }
    if (!this.#stopped) this.#release(effects);
  }

  #collect(): readonly MemberEffect[] {
    const { member } = this.#options;
    const effects: MemberEffect[] = [];
    const calls = this.#calls;
    this.#calls = [];
    for (const call of calls) append(effects, call());
    for (const frame of this.#inbound.take(monotonicMs())) this.#handleFrame(frame, effects);
    append(effects, member.flush());
    return effects;
  }

  #handleFrame({ from, body, kind }: InboundFrame, effects: MemberEffect[]): void {
    if (kind === FRAME_KIND.agreement) {
      this.#blame(from, this.#options.agreements?.frame(from, body) ?? 0);
      return;
    }
    const decoded = decodeMessages(body, this.#options.bounds);
    if (!decoded.ok) {
      this.counters.malformedFrames += 1;
      effects.push({ kind: 'fault', accused: from, code: 'malformed-message' });
      this.#options.links.drop(from, `malformed message: ${decoded.error}`);
      return;
    }
    this.counters.messagesIn += decoded.value.length;
    let faults = 0;
    for (const message of decoded.value) {
      for (const effect of this.#options.member.handle(from, message)) {
        if (effect.kind === 'fault' && effect.accused === from) faults += 1;
        effects.push(effect);
      }
    }
    this.#blame(from, faults);
  }

  #blame(peer: NodeId, faults: number): void {
    if (faults > 0 && this.#inbound.blame(peer, faults, monotonicMs())) this.#options.observer.flooded(peer);
  }

  /** Appends what binds, in order. True if there was anything: then a sync comes before all else. */
  #append(effects: readonly MemberEffect[]): boolean {
    const { store, claims, keyRecords } = this.#options;
    let binding = false;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'keep':
          store.append(effect);
          break;
        case 'said':
          store.append(effect);
          if (effect.statement === 'initial') this.#nextOwnInstance &&= effect.instance + 1;
          for (const record of keyRecords(effect.firstSeq, effect.count)) store.append(record);
          break;
        case 'deliver': {
          const { sender, instance, digest, firstSeq, count } = effect;
          store.append({ kind: 'delivered', sender, instance, digest, firstSeq, count });
          if (effect.ended) store.append({ kind: 'ended', sender, instance, successor: effect.ended });
          if (sender === this.#options.self) this.#requireOwn(instance);
          break;
        }
        case 'skip':
          this.#appendSkip(effect);
          break;
        default:
          continue;
      }
      binding = true;
    }
    if (this.#options.agreements?.append() === true) binding = true;
    if ((binding || claims.hasNewPeer) && claims.write(false)) binding = true;
    return binding;
  }

  #appendSkip({ sender, instance, nextSeq }: Extract<MemberEffect, { readonly kind: 'skip' }>): void {
    const { store, self } = this.#options;
    // Others can have delivered of this member only what it said.
    if (sender === self && instance > (this.#nextOwnInstance ?? instance)) throw rolledBackBy(instance - 1);
    store.append({ kind: 'skipped', sender, instance, nextSeq });
  }

  /** What the others deliver as this member's it said itself, unless its log is older than what it said. */
  #requireOwn(instance: number): void {
    if (this.#nextOwnInstance === undefined) return;
    const entry = this.#options.store.entry(this.#options.self, instance);
    const differs = entry?.echo !== undefined && !bytesEqual(entry.echo, entry.digest);
    if (instance < this.#nextOwnInstance && !differs) return;
    throw rolledBackBy(instance);
  }

  /** What binds is durable: everything else may leave. */
  #release(effects: readonly MemberEffect[]): void {
    const { observer } = this.#options;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'send':
          this.#pack(effect.to, effect.message);
          break;
        case 'recall':
        case 'recall-count':
        case 'recall-payload':
          this.#recaller(effect.to).add(effect);
          break;
        case 'said':
          if (effect.statement === 'initial') observer.accepted(effect.firstSeq, effect.count);
          break;
        case 'deliver':
          observer.delivered(effect);
          break;
        case 'skip':
          observer.skipped(effect);
          break;
        case 'fault':
          observer.fault(effect);
          break;
      }
    }
    this.#flush();
    this.#options.agreements?.release();
  }

  #flush(): void {
    this.#shared = undefined;
    for (const [peer, packer] of this.#packers) {
      if (packer.length > 0) this.#options.links.send(peer, packer.take());
    }
  }

  /** For what is said outside a turn: all that one event-loop turn reads from the store leaves together. */
  #flushSoon(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #pack(to: NodeId, message: MemberMessage): void {
    let packer = this.#packers.get(to);
    if (packer === undefined) {
      packer = new FramePacker(this.#options.bounds.epoch);
      this.#packers.set(to, packer);
    }
    this.counters.messagesOut += 1;
    if (encodedBytes(message) < SHARED_BYTES_MIN) {
      packer.add(message);
      return;
    }
    if (packer.length > 0) this.#options.links.send(to, packer.take());
    this.#options.links.send(to, this.#frameOf(message));
  }

  #frameOf(message: MemberMessage): Uint8Array {
    if (this.#shared?.message !== message) {
      this.#shared = { message, frame: encodeFrame(this.#options.bounds.epoch, message) };
    }
    return this.#shared.frame;
  }

  #recaller(peer: NodeId): Recaller {
    const known = this.#recallers.get(peer);
    if (known !== undefined) return known;
    const { self, store, stored, links, bounds, hasher } = this.#options;
    const recaller = new Recaller({
      ...{ peer, self, store, links, hasher, stored },
      send: (to, message) => {
        this.#pack(to, message);
        this.#flushSoon();
      },
      onError: (error) => this.#options.observer.fatal(error),
      onBeyond: () => this.#options.observer.beyond(peer),
      onOverwritten: () => this.#options.observer.overwritten(),
      // One answer for each instance of each window, and as many ranges again.
      queueMax: 1_024 + 2 * bounds.committee.n * bounds.limits.window,
      onOverflow: () => links.drop(peer, 'it asks for more than a window of each sender'),
    });
    this.#recallers.set(peer, recaller);
    return recaller;
  }
}

/** Not by spreading: what a turn calls for may be longer than an argument list can be. */
function append(effects: MemberEffect[], more: readonly MemberEffect[]): void {
  for (const effect of more) effects.push(effect);
}
