import { assert, bytesEqual } from '../base/index.ts';
import type { BrachaOutput } from '../broadcast/index.ts';
import {
  batchBytesMax,
  type CodedMessage,
  countBatch,
  type OpenClaim,
  successorOf,
  type VoteKind,
} from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import type { Effects } from '../protocol/index.ts';
import { Answers } from './answers.ts';
import type { Cut } from './cut.ts';
import { Fifo } from './fifo.ts';
import { HeldAnswers } from './held.ts';
import { type Machine, machineOf, saidIn, validIn } from './machine.ts';
import { Memory } from './memory.ts';
import type { Dropped, OpenInstance, StreamMessage, StreamOptions } from './options.ts';
import { Ring } from './ring.ts';
import type { StreamSink } from './sink.ts';

type Asked = Effects<CodedMessage, BrachaOutput>;

interface Slot {
  readonly machine: Machine;
  readonly sinceTick: number;
  /** Payload bytes that are counted for it. */
  bytes: number;
}

/**
 * All instances of one sender: a window of open ones, first-in first-out output, and bounds on memory. Holds
 * `limits.window` instances and `limits.bytesPerSender` of payload at most, and one payload more; the lowest
 * undelivered instance is always admitted, so a full budget never stops the stream.
 */
export class Stream {
  readonly #options: StreamOptions;
  readonly #fifo: Fifo;
  readonly #open = new Ring<Slot>();
  readonly #memory: Memory;
  readonly #answers: Answers;
  readonly #valid: ReturnType<typeof validIn>;
  /** Instances whose payload waits for room before it is asked for. */
  readonly #deferred = new Set<number>();
  readonly dropped: Dropped = { outsideWindow: 0, overBudget: 0 };
  /** An INITIAL was dropped since `base` last moved: the sender must be asked to send again. */
  missed = false;
  /** The highest instance heard of within the window. */
  #top: number;
  tick = 0;
  /** What the sender's ENDs named, as they were delivered: after the first there are only others. */
  readonly ends: Uint8Array[];
  /** So many ENDs are taken in. */
  #endsMax = 1;
  /** Something else came after an END: nothing more is taken in or delivered, here as everywhere. */
  broken = false;
  /** From this instance on nothing is said and nothing delivered, until it is known where the stream is cut. */
  #frozenFrom = Number.POSITIVE_INFINITY;
  readonly #held = new HeldAnswers();
  /** What the cut says is delivered in instances that the window has not reached. */
  #assured = new Map<number, Digest>();

  /** `base`, `nextSeq`, `ends`: where a restarted member continues; 1, 1 and none at first. */
  constructor(options: StreamOptions, base = 1, nextSeq = 1, ends: readonly Uint8Array[] = []) {
    this.ends = [...ends];
    this.#options = options;
    this.#fifo = new Fifo(base, nextSeq);
    this.#memory = new Memory(options.limits.bytesPerSender, batchBytesMax(options.limits));
    this.#answers = new Answers(options.limits.window);
    this.#valid = validIn(options);
    this.#top = base - 1;
  }

  /** The lowest instance not yet delivered. */
  get base(): number {
    return this.#fifo.base;
  }

  /** The number of the first application message not yet delivered. */
  get nextSeq(): number {
    return this.#fifo.nextSeq;
  }

  /** Whether it waits to be cut, or is cut and delivered to the end. */
  get frozen(): boolean {
    return this.base >= this.#frozenFrom;
  }

  get #closed(): boolean {
    return this.broken || this.ends.length >= this.#endsMax;
  }

  /** Instances open here. */
  get openCount(): number {
    return this.#open.size;
  }

  /** The tick at which the lowest open instance was first heard of; undefined if none is open. */
  get openSinceTick(): number | undefined {
    if (this.#open.size === 0) return undefined;
    let instance = this.base;
    while (instance < this.#top && !this.#open.has(instance)) instance += 1;
    return this.#open.get(instance)?.sinceTick;
  }

  /** Payload bytes held here. */
  get bytesHeld(): number {
    return this.#memory.bytes;
  }

  /** Opens `instance` with the own payload. @throws UsageError if it is not the own stream. */
  propose(instance: number, payload: Uint8Array, sink: StreamSink): void {
    const slot = this.#slot(instance);
    this.#run(instance, slot, slot.machine.propose(payload), sink);
  }

  /** A message about an instance at or above `base`. */
  handle(from: NodeId, instance: number, body: CodedMessage, sink: StreamSink): void {
    assert(instance >= this.base, 'what is delivered is answered from the store');
    if (!this.#reaches(from, instance, sink)) return;
    const inShards = body.kind === 'dispersal' || body.kind === 'shard';
    if (inShards && this.#options.coding === undefined) return;
    if (body.kind === 'pull') {
      this.#onPull(from, instance, body.digest, sink);
      return;
    }
    const known = this.#open.get(instance);
    if (known === undefined && body.kind === 'payload') return;
    if (instance >= this.#frozenFrom) {
      // What was asked for is kept until it is known whether it is needed: peers answer once a link.
      this.#held.add(this.#options, known?.machine, from, instance, body);
      return;
    }
    if (!this.#admits(from, instance, body, known?.machine)) {
      this.dropped.overBudget += 1;
      this.missed = true;
      return;
    }
    const slot = known ?? this.#slot(instance);
    const effects = slot.machine.handle(from, body);
    // A payload is counted even where it calls for nothing: a second one for what was echoed on votes.
    const mayHold = body.kind === 'initial' || body.kind === 'payload' || inShards;
    if (effects.length > 0 || mayHold) this.#run(instance, slot, effects, sink);
  }

  /** As `handle` of a vote whose digest stands in `bytes` at `at`. Keeps no reference. */
  vote(
    from: NodeId,
    instance: number,
    kind: VoteKind,
    bytes: Uint8Array,
    at: number,
    sink: StreamSink,
  ): void {
    assert(instance >= this.base, 'what is delivered needs no votes');
    if (!this.#reaches(from, instance, sink)) return;
    if (instance >= this.#frozenFrom) return;
    const slot = this.#open.get(instance) ?? this.#slot(instance);
    const effects = slot.machine.vote(kind, from, bytes, at);
    if (effects.length > 0) this.#run(instance, slot, effects, sink);
  }

  /** Whether there is room for what a message brings that was not asked for. */
  #admits(from: NodeId, instance: number, body: CodedMessage, machine: Machine | undefined): boolean {
    const lowest = instance === this.base;
    if (body.kind === 'shard') return this.#memory.admits(body.shard.length + body.proof.length, lowest);
    if (body.kind !== 'initial' || from !== this.#options.sender || machine?.hasInitial === true) return true;
    return this.#memory.admits(body.payload.length, lowest);
  }

  /** Re-creates an open instance from what this member said in it. */
  restore(instance: number, said: readonly CodedMessage[], sink: StreamSink): void {
    const slot = this.#slot(instance);
    this.#run(instance, slot, slot.machine.restore(said), sink);
  }

  /** From now on so many ENDs are taken in; what was said of them before may have been left aside. */
  takeEnds(max: number, sink: StreamSink): void {
    this.#endsMax = Math.max(max, this.#endsMax);
    this.missed = true;
    this.#goOn(sink);
  }

  /** From now on this member says nothing new of the sender's instances, by an earlier cut neither, and delivers none, until `settle`. */
  freeze(): void {
    this.#frozenFrom = this.base;
    this.#assured.clear();
  }

  /** What this member said in open instances, in order. */
  said(): readonly OpenClaim[] {
    return saidIn([...this.#open].map(([instance, { machine }]) => ({ instance, machine })));
  }

  /** It is known where the stream is cut: the lower instances go on. Answers beyond are held on: another cut may go further. */
  settle({ last, digests }: Cut, sink: StreamSink): void {
    this.#frozenFrom = last + 1;
    this.missed = true;
    this.#assured = new Map(digests);
    for (const { from, instance, body } of this.#held.take())
      if (instance >= this.base) this.handle(from, instance, body, sink);
    this.#goOn(sink);
  }

  #goOn(sink: StreamSink): void {
    this.#deliverInOrder(sink);
    this.#resume(sink);
  }

  /** Says READY where it is known from the cut what is delivered, as far as the window reaches. */
  #assure(sink: StreamSink): void {
    for (const [instance, digest] of this.#assured) {
      if (this.#isBeyond(instance)) continue;
      this.#assured.delete(instance);
      if (instance < this.base) continue;
      const slot = this.#slot(instance);
      this.#run(instance, slot, slot.machine.assure(digest), sink);
    }
  }

  /** Goes on at `instance`, whose first message has the number `nextSeq`; what came before it is never delivered. */
  skipTo(instance: number, nextSeq: number, sink: StreamSink): void {
    for (const [open] of this.#open) if (open < instance) this.#close(open);
    this.#fifo.skipTo(instance, nextSeq);
    this.#top = Math.max(this.#top, instance - 1);
    this.#goOn(sink);
  }

  /** Time has passed: asks further holders for payloads still missing. */
  retry(sink: StreamSink): void {
    for (const [instance, slot] of this.#open) {
      if (slot.machine.pulling && instance < this.#frozenFrom)
        this.#run(instance, slot, slot.machine.retry(), sink);
    }
  }

  /** The link to `peer` is new. */
  linkReset(peer: NodeId): void {
    this.#answers.linkReset(peer);
    for (const [, { machine }] of this.#open) machine.linkReset(peer);
  }

  /** What this member said in open instances `from <= instance < until` that `peer` may still need. */
  owedTo(peer: NodeId, from: number, until: number): readonly StreamMessage[] {
    const owed: StreamMessage[] = [];
    const end = Math.min(until, this.#top + 1);
    for (let instance = Math.max(from, this.base); instance < end; instance += 1) {
      const slot = this.#open.get(instance);
      for (const body of slot?.machine.owedTo(peer) ?? []) owed.push({ instance, body });
    }
    return owed;
  }

  /** Whether to answer a PULL of `peer`, whose base is `peerBase`, for an instance delivered here. */
  admitsAnswer(peer: NodeId, instance: number, peerBase: number): boolean {
    return this.#answers.admit(peer, instance, peerBase);
  }

  /** Open instances in order, for people. */
  *inspect(): Iterable<OpenInstance> {
    for (const [instance, { sinceTick, machine }] of this.#open) {
      const messages = this.#countMessages(instance, machine);
      yield { instance, sinceTick, view: machine.inspect(), messages };
    }
  }

  #countMessages(instance: number, machine: Machine): number | undefined {
    const payload = this.#fifo.waiting(instance)?.payload ?? machine.likelyPayload;
    return payload && countBatch(payload, this.#options.limits);
  }

  #isBeyond(instance: number): boolean {
    return instance >= this.base + this.#options.limits.window;
  }

  /** Whether what is said of this instance is taken in. */
  #reaches(from: NodeId, instance: number, sink: StreamSink): boolean {
    if (this.#closed || !this.#isBeyond(instance)) return !this.#closed;
    this.dropped.outsideWindow += 1;
    // Correct members stay within the window that this member reported: nothing of theirs is missed here, and twice
    // the window is out of their reach.
    if (instance >= this.base + 2 * this.#options.limits.window)
      sink.accuse(instance, { kind: 'fault', accused: from, code: 'future-flood' });
    return false;
  }

  #onPull(from: NodeId, instance: number, digest: Digest, sink: StreamSink): void {
    const slot = this.#open.get(instance);
    if (slot === undefined) return;
    const waiting = this.#fifo.waiting(instance);
    if (waiting === undefined) {
      const effects = slot.machine.handle(from, { kind: 'pull', digest });
      if (effects.length > 0) this.#run(instance, slot, effects, sink);
    } else if (bytesEqual(waiting.digest, digest) && this.#answers.admit(from, instance, this.base)) {
      sink.send(instance, from, { kind: 'payload', payload: waiting.evidence ?? waiting.payload });
    }
  }

  /** Passes an instance's effects on, bringing its own broadcasts back to it. */
  #run(instance: number, slot: Slot, effects: Asked, sink: StreamSink): void {
    const { machine } = slot;
    // What its own statements call for comes after all of this.
    let later: Asked[] | undefined;
    for (let batch: Asked | undefined = effects; batch !== undefined; batch = later?.shift()) {
      for (let i = 0; i < batch.length; i += 1) {
        const effect = batch[i];
        if (effect === undefined) continue;
        if (effect.kind === 'broadcast') {
          sink.say(instance, effect.message);
          const more = machine.handle(this.#options.self, effect.message);
          if (more.length > 0) later = later === undefined ? [more] : [...later, more];
        } else if (effect.kind === 'send') this.#send(instance, machine, effect.to, effect.message, sink);
        else if (effect.kind === 'output') this.#fifo.add(instance, effect.output);
        else if (effect.kind === 'keep') sink.keep(effect);
        else sink.accuse(instance, effect);
      }
    }
    this.#memory.hold(slot, machine.bytesHeld);
    if (!machine.pulling) this.#memory.release(instance);
    this.#deliverInOrder(sink);
  }

  /** A PULL leaves only when there will be room for the answer: peers answer once a link. */
  #send(instance: number, machine: Machine, to: NodeId, body: CodedMessage, sink: StreamSink): void {
    if (body.kind === 'pull' && !this.#memory.reserve(instance, instance === this.base)) {
      machine.withdraw(to);
      this.#deferred.add(instance);
      return;
    }
    sink.send(instance, to, body);
  }

  #deliverInOrder(sink: StreamSink): void {
    for (let head = this.#fifo.head(); head !== undefined; head = this.#fifo.head()) {
      if (this.#closed || this.frozen) return;
      const instance = this.base;
      const { digest, payload } = head;
      // No correct member vouches for a malformed batch; with more than f faulty ones it counts no messages.
      const count = countBatch(payload, this.#options.limits) ?? 0;
      const successor = count === 0 ? successorOf(payload) : undefined;
      // Nothing but another END comes after an END. All see the same, so all leave off here.
      this.broken = this.ends.length > 0 && (successor === undefined || this.names(successor));
      if (this.broken) return;
      if (successor !== undefined) this.ends.push(successor);
      const { sender } = this.#options;
      const output = {
        kind: 'deliver',
        sender,
        instance,
        digest,
        payload,
        firstSeq: this.nextSeq,
        count,
      } as const;
      sink.deliver(successor === undefined ? output : { ...output, ended: successor });
      this.#fifo.advance(count);
      this.#close(instance);
      this.#resume(sink);
    }
  }

  /** Whether the sender has ended for this definition. */
  names(successor: Uint8Array): boolean {
    return this.ends.some((end) => bytesEqual(end, successor));
  }

  #close(instance: number): void {
    this.#memory.drop(instance, this.#open.get(instance)?.bytes ?? 0);
    this.#open.delete(instance);
    if (this.#deferred.size > 0) this.#deferred.delete(instance);
  }

  /** `base` has moved: there may be room for payloads that were not asked for before, the lowest first. */
  #resume(sink: StreamSink): void {
    if (this.#assured.size > 0) this.#assure(sink);
    for (let instance = this.base; this.#deferred.size > 0 && instance <= this.#top; instance += 1) {
      if (!this.#deferred.has(instance)) continue;
      const machine = this.#open.get(instance)?.machine;
      // Without room each further one would be tried in vain, again at every delivery.
      if (machine?.pulling === true && instance !== this.base && !this.#memory.hasRoom) return;
      this.#deferred.delete(instance);
      if (machine?.pulling !== true) continue;
      for (const effect of machine.retry()) {
        if (effect.kind === 'send') this.#send(instance, machine, effect.to, effect.message, sink);
      }
    }
  }

  #slot(instance: number): Slot {
    const known = this.#open.get(instance);
    if (known !== undefined) return known;
    const slot = { machine: machineOf(this.#options, this.#valid, instance), sinceTick: this.tick, bytes: 0 };
    this.#open.set(instance, slot);
    if (instance > this.#top) this.#top = instance;
    return slot;
  }
}
