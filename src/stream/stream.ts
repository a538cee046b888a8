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
import { type Effect, type Effects, NOTHING } from '../protocol/index.ts';
import { Answers } from './answers.ts';
import type { Cut } from './cut.ts';
import { Fifo } from './fifo.ts';
import { HeldAnswers } from './held.ts';
import { type Machine, machineOf, saidIn, validIn } from './machine.ts';
import { Memory } from './memory.ts';
import type { Dropped, OpenInstance, StreamMessage, StreamOptions, StreamOutput } from './options.ts';

type Out = Effect<StreamMessage, StreamOutput>;
type Outs = Effects<StreamMessage, StreamOutput>;

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
  readonly #open = new Map<number, Slot>();
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
  propose(instance: number, payload: Uint8Array): Outs {
    const slot = this.#slot(instance);
    return this.#run(instance, slot, slot.machine.propose(payload));
  }

  /** A message about an instance at or above `base`. */
  handle(from: NodeId, instance: number, body: CodedMessage): Outs {
    assert(instance >= this.base, 'what is delivered is answered from the store');
    if (this.#closed) return NOTHING;
    if (this.#isBeyond(instance)) return this.#outside(from, instance);
    const inShards = body.kind === 'dispersal' || body.kind === 'shard';
    if (inShards && this.#options.coding === undefined) return NOTHING;
    if (body.kind === 'pull') return this.#onPull(from, instance, body.digest);
    const known = this.#open.get(instance);
    if (known === undefined && body.kind === 'payload') return NOTHING;
    if (instance >= this.#frozenFrom) return this.#whileFrozen(from, instance, body);
    if (!this.#admits(from, instance, body, known?.machine)) {
      this.dropped.overBudget += 1;
      this.missed = true;
      return NOTHING;
    }
    const slot = known ?? this.#slot(instance);
    const effects = slot.machine.handle(from, body);
    // A payload is counted even where it calls for nothing: a second one for what was echoed on votes.
    const mayHold = body.kind === 'initial' || body.kind === 'payload' || inShards;
    return effects.length === 0 && !mayHold ? NOTHING : this.#run(instance, slot, effects);
  }

  /** As `handle` of a vote whose digest stands in `bytes` at `at`. Keeps no reference. */
  vote(from: NodeId, instance: number, kind: VoteKind, bytes: Uint8Array, at: number): Outs {
    assert(instance >= this.base, 'what is delivered needs no votes');
    if (this.#closed) return NOTHING;
    if (this.#isBeyond(instance)) return this.#outside(from, instance);
    if (instance >= this.#frozenFrom) return NOTHING;
    const slot = this.#open.get(instance) ?? this.#slot(instance);
    const effects = slot.machine.vote(kind, from, bytes, at);
    return effects.length === 0 ? NOTHING : this.#run(instance, slot, effects);
  }

  /** Whether there is room for what a message brings that was not asked for. */
  #admits(from: NodeId, instance: number, body: CodedMessage, machine: Machine | undefined): boolean {
    const lowest = instance === this.base;
    if (body.kind === 'shard') return this.#memory.admits(body.shard.length + body.proof.length, lowest);
    if (body.kind !== 'initial' || from !== this.#options.sender || machine?.hasInitial === true) return true;
    return this.#memory.admits(body.payload.length, lowest);
  }

  /** Re-creates an open instance from what this member said in it. */
  restore(instance: number, said: readonly CodedMessage[]): Outs {
    const slot = this.#slot(instance);
    return this.#run(instance, slot, slot.machine.restore(said));
  }

  /** From now on so many ENDs are taken in; what was said of them before may have been left aside. */
  takeEnds(max: number): Outs {
    this.#endsMax = Math.max(max, this.#endsMax);
    this.missed = true;
    return this.#goOn();
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
  settle({ last, digests }: Cut): Outs {
    const out: Out[] = [];
    this.#frozenFrom = last + 1;
    this.missed = true;
    this.#assured = new Map(digests);
    for (const { from, instance, body } of this.#held.take())
      if (instance >= this.base) out.push(...this.handle(from, instance, body));
    return this.#goOn(out);
  }

  #goOn(out: Out[] = []): Outs {
    this.#deliverInOrder(out);
    this.#resume(out);
    return out.length === 0 ? NOTHING : out;
  }

  /** Says READY where it is known from the cut what is delivered, as far as the window reaches. */
  #assure(out: Out[]): void {
    for (const [instance, digest] of this.#assured) {
      if (this.#isBeyond(instance)) continue;
      this.#assured.delete(instance);
      if (instance < this.base) continue;
      const slot = this.#slot(instance);
      for (const effect of this.#run(instance, slot, slot.machine.assure(digest))) out.push(effect);
    }
  }

  /** What was asked for is kept until it is known whether it is needed: peers answer once a link. */
  #whileFrozen(from: NodeId, instance: number, body: CodedMessage): Outs {
    this.#held.add(this.#options, this.#open.get(instance)?.machine, from, instance, body);
    return NOTHING;
  }

  /** Goes on at `instance`, whose first message has the number `nextSeq`; what came before it is never delivered. */
  skipTo(instance: number, nextSeq: number): Outs {
    for (const open of [...this.#open.keys()]) if (open < instance) this.#close(open);
    this.#fifo.skipTo(instance, nextSeq);
    this.#top = Math.max(this.#top, instance - 1);
    return this.#goOn();
  }

  /** Time has passed: asks further holders for payloads still missing. */
  retry(): Outs {
    const out: Out[] = [];
    for (const [instance, slot] of this.#open) {
      if (slot.machine.pulling && instance < this.#frozenFrom)
        out.push(...this.#run(instance, slot, slot.machine.retry()));
    }
    return out.length === 0 ? NOTHING : out;
  }

  /** The link to `peer` is new. */
  linkReset(peer: NodeId): void {
    this.#answers.linkReset(peer);
    for (const { machine } of this.#open.values()) machine.linkReset(peer);
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
    for (let instance = this.base; instance <= this.#top; instance += 1) {
      const slot = this.#open.get(instance);
      if (slot === undefined) continue;
      yield {
        instance,
        sinceTick: slot.sinceTick,
        view: slot.machine.inspect(),
        messages: this.#countMessages(instance, slot.machine),
      };
    }
  }

  #countMessages(instance: number, machine: Machine): number | undefined {
    const payload = this.#fifo.waiting(instance)?.payload ?? machine.likelyPayload;
    return payload && countBatch(payload, this.#options.limits);
  }

  #isBeyond(instance: number): boolean {
    return instance >= this.base + this.#options.limits.window;
  }

  #outside(from: NodeId, instance: number): Outs {
    this.dropped.outsideWindow += 1;
    // Correct members stay within the window that this member reported: nothing of theirs is missed here, and twice
    // the window is out of their reach.
    return instance >= this.base + 2 * this.#options.limits.window
      ? [{ kind: 'fault', accused: from, code: 'future-flood' }]
      : NOTHING;
  }

  #onPull(from: NodeId, instance: number, digest: Digest): Outs {
    const slot = this.#open.get(instance);
    if (slot === undefined) return NOTHING;
    const waiting = this.#fifo.waiting(instance);
    if (waiting === undefined) {
      const effects = slot.machine.handle(from, { kind: 'pull', digest });
      return effects.length === 0 ? NOTHING : this.#run(instance, slot, effects);
    }
    if (!bytesEqual(waiting.digest, digest) || !this.#answers.admit(from, instance, this.base))
      return NOTHING;
    return [
      {
        kind: 'send',
        to: from,
        message: { instance, body: { kind: 'payload', payload: waiting.evidence ?? waiting.payload } },
      },
    ];
  }

  /** Lifts an instance's effects into the stream's, bringing its own broadcasts back to it. */
  #run(instance: number, slot: Slot, effects: Effects<CodedMessage, BrachaOutput>): Outs {
    const { machine } = slot;
    const out: Out[] = [];
    // What its own statements call for comes after all of this.
    let later: (typeof effects)[] | undefined;
    for (let batch: typeof effects | undefined = effects; batch !== undefined; batch = later?.shift()) {
      for (const effect of batch) {
        if (effect.kind === 'broadcast') {
          out.push({ kind: 'broadcast', message: { instance, body: effect.message } });
          const more = machine.handle(this.#options.self, effect.message);
          if (more.length > 0) later = later === undefined ? [more] : [...later, more];
        } else if (effect.kind === 'send') this.#send(instance, machine, effect.to, effect.message, out);
        else if (effect.kind === 'output') this.#fifo.add(instance, effect.output);
        else out.push(effect);
      }
    }
    this.#memory.hold(slot, machine.bytesHeld);
    if (!machine.pulling) this.#memory.release(instance);
    this.#deliverInOrder(out);
    return out.length === 0 ? NOTHING : out;
  }

  /** A PULL leaves only when there will be room for the answer: peers answer once a link. */
  #send(instance: number, machine: Machine, to: NodeId, body: CodedMessage, out: Out[]): void {
    if (body.kind === 'pull' && !this.#memory.reserve(instance, instance === this.base)) {
      machine.withdraw(to);
      this.#deferred.add(instance);
      return;
    }
    out.push({ kind: 'send', to, message: { instance, body } });
  }

  #deliverInOrder(out: Out[]): void {
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
      const ended = successor && { ended: successor };
      out.push({
        kind: 'output',
        output: { instance, digest, payload, firstSeq: this.nextSeq, count, ...ended },
      });
      this.#fifo.advance(count);
      this.#close(instance);
      this.#resume(out);
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
  #resume(out: Out[]): void {
    if (this.#assured.size > 0) this.#assure(out);
    for (let instance = this.base; this.#deferred.size > 0 && instance <= this.#top; instance += 1) {
      if (!this.#deferred.has(instance)) continue;
      const machine = this.#open.get(instance)?.machine;
      // Without room each further one would be tried in vain, again at every delivery.
      if (machine?.pulling === true && instance !== this.base && !this.#memory.hasRoom) return;
      this.#deferred.delete(instance);
      if (machine?.pulling !== true) continue;
      for (const effect of machine.retry()) {
        if (effect.kind === 'send') this.#send(instance, machine, effect.to, effect.message, out);
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
