import { bytesEqual } from '../base/index.ts';
import { copyForBatch, FRAME_KIND, FrameCursor, type MemberMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { MemberEffect } from '../member/index.ts';
import { Asking } from './asking.ts';
import { monotonicMs } from './clock.ts';
import { rolledBackBy } from './disowned.ts';
import type { DriverOptions } from './driver-options.ts';
import { LateInitials } from './evidence/index.ts';
import { Inbound, type InboundFrame } from './inbound.ts';
import { Outgoing } from './outgoing.ts';
import { PatientPulls } from './patient-pulls.ts';
import { Recaller } from './recall.ts';

/** What a member says in an instance at most, other than payloads: ECHO, READY, DONE. */
const VOTES_PER_INSTANCE = 3;

/**
 * Runs a member in turns: takes what has come in, lets the state machine answer, makes what binds durable with one
 * sync, and only then lets anything leave. While a sync is under way the next turn's frames gather: under load
 * many votes share one sync.
 */
export class Driver {
  readonly #options: DriverOptions;
  readonly #inbound: Inbound;
  /** What peers ask for. */
  readonly asking: Asking;
  readonly #cursor: FrameCursor;
  /** Calls on the member that are due, in order: links, ticks. */
  #calls: (() => readonly MemberEffect[])[] = [];
  readonly #outgoing: Outgoing;
  readonly #pulls: PatientPulls;
  readonly #late: LateInitials;
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
    const { store, hasher, observer } = options;
    this.#late = new LateInitials({
      ...{ store, hasher },
      onFault: (fault) => observer.fault(fault),
      onError: (error) => {
        if (!this.#stopped) observer.fatal(error);
      },
    });
    const { bounds, links } = options;
    const { committee, limits } = bounds;
    const { n } = committee;
    this.#cursor = new FrameCursor(bounds);
    this.#outgoing = new Outgoing(bounds.epoch, links);
    this.asking = new Asking({ committee, limits, onLimited: (peer) => observer.limited(peer) });
    this.#inbound = new Inbound({
      peers: n - 1,
      faultsPerSecond: VOTES_PER_INSTANCE * n * limits.window,
      isOver: (peer, nowMs) => this.asking.isOver(peer, nowMs),
      pause: (peer, paused) => links.pause(peer, paused),
    });
    this.#pulls = new PatientPulls(
      (sender) => links.isReceiving(sender) || this.#inbound.isLong(sender),
      (to, message) => this.#outgoing.add(to, message),
    );
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
    this.#outgoing.forget(peer);
    this.#pulls.forget(peer);
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
    // Who has to wait for what it asked for may go on by now.
    for (const recaller of this.#recallers.values()) recaller.drained();
    this.#call(() => {
      this.#tickDue = false;
      this.#pulls.tick();
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

  /** As `submit` of each; returns the number of the last. Copies them. */
  submitMany(payloads: readonly Uint8Array[]): number {
    const { member } = this.#options;
    let last = 0;
    if (member.submitMany !== undefined) last = member.submitMany(payloads);
    else for (const payload of payloads) last = member.submit(copyForBatch(payload));
    this.#schedule();
    return last;
  }

  /** Something waits to be carried out that no frame brought. */
  wake(): void {
    this.#schedule();
  }

  /** A call on the member, for the next turn. */
  call(call: () => readonly MemberEffect[]): void {
    this.#call(call);
  }

  /** Lets no further turn begin; resolves when the present one has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#inbound.clear();
    this.#outgoing.clear();
    this.#pulls.clear();
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
      const heard = this.#options.agreements?.frame(from, body);
      if (heard === undefined) return;
      this.#blame(from, heard.faults);
      if (heard.questions > 0) this.asking.asked(from, heard.questions, monotonicMs());
      return;
    }
    const cursor = this.#cursor;
    const error = cursor.open(body);
    if (error !== undefined) {
      this.counters.malformedFrames += 1;
      effects.push({ kind: 'fault', accused: from, code: 'malformed-message' });
      this.#options.links.drop(from, `malformed message: ${error}`);
      return;
    }
    this.counters.messagesIn += cursor.count;
    const before = effects.length;
    while (cursor.next()) {
      const heard = this.#heard(from, effects);
      // Most votes add to the list themselves, or nothing.
      if (heard !== effects) append(effects, heard);
    }
    let faults = 0;
    for (let i = before; i < effects.length; i += 1) {
      const effect = effects[i];
      if (effect?.kind === 'fault' && effect.accused === from) faults += 1;
    }
    this.#blame(from, faults);
  }

  /** What the member makes of the cursor's present message: added to `effects`, which is then returned, or apart. */
  #heard(from: NodeId, effects: MemberEffect[]): readonly MemberEffect[] {
    const { member } = this.#options;
    const { vote } = this.#cursor;
    if (vote !== undefined && member.vote !== undefined) return member.vote(from, vote, effects);
    const message = this.#cursor.message();
    if (message === undefined) return NONE;
    const heard = member.handle(from, message);
    this.asking.heard(from, message, heard, monotonicMs());
    return heard;
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
          if (effect.count > 0)
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

  /** What binds is durable: everything else may leave. What others wait for goes first, and votes of a kind side by side. */
  #release(effects: readonly MemberEffect[]): void {
    const outgoing = this.#outgoing;
    for (const effect of effects) {
      if (effect.kind !== 'send' || isReady(effect.message)) continue;
      if (!this.#pulls.holds(effect.to, effect.message)) outgoing.add(effect.to, effect.message);
    }
    for (const effect of effects) {
      if (effect.kind === 'send' && isReady(effect.message)) outgoing.add(effect.to, effect.message);
    }
    this.#flush();
    for (const effect of effects) this.#tell(effect);
    this.#options.agreements?.release();
  }

  #flush(): void {
    this.#outgoing.flush();
    this.counters.messagesOut = this.#outgoing.messages;
  }

  #tell(effect: MemberEffect): void {
    const { observer } = this.#options;
    switch (effect.kind) {
      case 'recall':
      case 'recall-count':
      case 'recall-payload':
        this.#recaller(effect.to).add(effect);
        break;
      case 'said':
        if (effect.statement === 'initial') observer.accepted(effect.firstSeq, effect.count);
        break;
      case 'deliver':
        this.#pulls.delivered(effect.sender, effect.instance);
        observer.delivered(effect);
        break;
      case 'skip':
        observer.skipped(effect);
        break;
      case 'fault':
        observer.fault(effect);
        break;
      case 'late-initial':
        this.#late.look(effect);
        break;
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

  #recaller(peer: NodeId): Recaller {
    const known = this.#recallers.get(peer);
    if (known !== undefined) return known;
    const { self, store, reading = store, stored, links, bounds, hasher } = this.#options;
    const recaller = new Recaller({
      ...{ peer, self, store, reading, links, hasher, stored, asking: this.asking },
      send: (to, message) => {
        this.#outgoing.add(to, message);
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

function isReady(message: MemberMessage): boolean {
  return message.kind === 'instance' && message.body.kind === 'ready';
}

const NONE: readonly never[] = [];

/** Not by spreading: what a turn calls for may be longer than an argument list can be. */
function append(effects: MemberEffect[], more: readonly MemberEffect[]): void {
  for (const effect of more) effects.push(effect);
}
