import { assert } from '../base/index.ts';
import type { CodedMessage, MemberMessage, VoteAt } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import { NOTHING } from '../protocol/index.ts';
import type { Cut, OpenInstance, Stream } from '../stream/index.ts';
import { Carrier } from './carry.ts';
import { claimsFor, type DeliveredDigest } from './claims.ts';
import type { MemberEffect } from './effect.ts';
import { History } from './history.ts';
import type { MemberMemory, MemberOptions, StreamStatus } from './options.ts';
import { endsSaid, lengthsInFlight, Outbox } from './outbox.ts';
import { Peer } from './peer.ts';
import { Progress } from './progress.ts';
import { batchSigner } from './proof.ts';
import { repeatersOf, StallClock } from './stall.ts';
import { streamsOf } from './streams.ts';

/** Ticks between two rounds of asking for missing payloads. */
const RETRY_TICKS = 4;
/** Ticks between two requests of one peer to send everything again. */
const RESYNC_TICKS = 10;

/**
 * A whole member as one deterministic state machine: every stream, what it owes each peer, and its own messages.
 *
 * Drive it in turns: any calls of `handle`, `submit`, `linkUp`, `linkDown` and `tick`, then one `flush`; then make
 * `keep`, `said` and `deliver` of the turn durable with one sync, and only then carry out the rest. `tick` comes
 * every 50 ms in the node; nothing here reads a clock.
 */
export class Member {
  readonly #options: MemberOptions;
  readonly #streams: readonly Stream[];
  readonly #peers: readonly Peer[];
  readonly #outbox: Outbox;
  readonly #progress: Progress;
  readonly #carrier: Carrier;
  readonly #stalls: readonly StallClock[];
  readonly #history: History;
  #tick = 0;

  /** `memory`: of the former life; undefined on the first start. */
  constructor(options: MemberOptions, memory?: MemberMemory) {
    this.#options = options;
    const { committee, self, limits } = options;
    this.#streams = streamsOf(options, memory);
    this.#history = new History(committee);
    this.#peers = committee.ids.map((id) => new Peer(id, committee));
    const [inFlight, ends] = [lengthsInFlight(self, memory), endsSaid(self, memory)];
    this.#outbox = new Outbox(limits, batchSigner(options), memory?.own, inFlight, ends);
    this.#progress = new Progress(this.#streams, limits);
    this.#carrier = new Carrier(this.#peers, this.#progress, self);
    this.#stalls = this.#streams.map((stream) => new StallClock(stream.base));
    this.#giveUp(options.givenUp ?? []);
  }

  /** This member's place in the committee. */
  get self(): NodeId {
    return this.#options.self;
  }

  /** Own messages not yet in an instance: they wait for room in the window and are not durable yet. */
  get pending(): { readonly messages: number; readonly bytes: number } {
    return this.#outbox.pending;
  }

  /** Signs a batch as this member's of an instance; leaves it alone if this member does not sign. For adversaries. */
  signBatch(instance: number, batch: Uint8Array): void {
    batchSigner(this.#options)?.one(instance, batch);
  }

  /** After the constructor and before any other call: re-opens what `memory` says was open. */
  restore(memory: MemberMemory): readonly MemberEffect[] {
    const effects: MemberEffect[] = [];
    for (const { sender, instance, said } of memory.open) {
      const stream = this.#stream(sender);
      stream.restore(instance, said, this.#carrier.begin(sender, effects));
    }
    return effects;
  }

  /**
   * Takes one application message and returns its number: it will be self#number. It is accepted once the `said`
   * effect that covers the number is durable. @throws UsageError if it is over the limit.
   */
  submit(message: Uint8Array): number {
    return this.#outbox.submit(message);
  }

  /** As `submit` of each; returns the number of the last. Copies them. */
  submitMany(messages: readonly Uint8Array[]): number {
    return this.#outbox.submitMany(messages);
  }

  /**
   * Ends the own stream after all that was submitted, with an END that names `successor` (32 bytes). Once; but one that gives
   * up more members than the last one may follow. Their streams stand still until `settle`; `delivered`: what was
   * delivered of them, from the store. Returns what can be delivered now.
   */
  end(
    successor: Uint8Array,
    givenUp: readonly NodeId[] = [],
    delivered: DeliveredDigest = () => undefined,
  ): readonly MemberEffect[] {
    const effects = this.#giveUp(givenUp);
    const { window } = this.#options.limits;
    const settled = (sender: NodeId): number => this.settled(sender);
    this.#outbox.end(successor, claimsFor(this.#streams, givenUp, window, settled, delivered));
    return effects;
  }

  /** The stream of a member that was given up ends as `cut` says. */
  settle(sender: NodeId, cut: Cut): readonly MemberEffect[] {
    const stream = this.#stream(sender);
    stream.settle(cut, this.#carrier.begin(sender));
    return this.#carrier.taken();
  }

  #giveUp(givenUp: readonly NodeId[]): readonly MemberEffect[] {
    if (givenUp.length === 0) return NOTHING;
    assert(!givenUp.includes(this.self), 'a member does not give itself up');
    const effects: MemberEffect[] = [];
    for (const id of givenUp) this.#stream(id).freeze();
    // Of definitions that give up ever more members there are f+1 at most, counting one that gives up none.
    const { f, ids } = this.#options.committee;
    for (const id of ids) {
      const stream = this.#stream(id);
      stream.takeEnds(f + 1, this.#carrier.begin(id, effects));
    }
    return effects;
  }

  /** A message of `from`, as the link knows it. Never throws on what a peer can send. */
  handle(from: NodeId, message: MemberMessage): readonly MemberEffect[] {
    if (from === this.self) return NOTHING;
    if (message.kind === 'status') return this.#onStatus(this.#peer(from), message.bases, message.resync);
    if (message.kind === 'history') return this.#onHistory(from, message);
    const { sender, instance, body } = message;
    const stream = this.#stream(sender);
    if (instance < stream.base) return this.#onPast(from, sender, instance, body);
    stream.handle(from, instance, body, this.#carrier.begin(sender));
    return this.#carrier.taken();
  }

  /**
   * As `handle` of a vote of `from`, where it stands in a frame. Keeps no reference, and, of a vote that changes nothing,
   * takes no memory. `effects`: a list to add to, which is then what is returned.
   */
  vote(
    from: NodeId,
    { kind, sender, instance, bytes, at }: VoteAt,
    effects?: MemberEffect[],
  ): readonly MemberEffect[] {
    if (from === this.self) return effects ?? NOTHING;
    const stream = this.#stream(sender);
    if (instance < stream.base) return effects ?? NOTHING;
    stream.vote(from, instance, kind, bytes, at, this.#carrier.begin(sender, effects));
    return this.#carrier.taken();
  }

  /** The link to `peer` is up, in both directions: tells it how far this member is. */
  linkUp(peer: NodeId): readonly MemberEffect[] {
    this.linkDown(peer);
    this.#peer(peer).up = true;
    for (const stream of this.#streams) stream.linkReset(peer);
    return [{ kind: 'send', to: peer, message: this.#status(true) }];
  }

  /** The link to `peer` is gone: what was under way may be lost and is sent again once it is back. */
  linkDown(peer: NodeId): void {
    const state = this.#peer(peer);
    state.up = false;
    state.synced = false;
    state.resyncPending = false;
    state.resyncedTick = Number.NEGATIVE_INFINITY;
  }

  /** Fifty milliseconds have passed, more or less: safety never depends on it. */
  tick(): readonly MemberEffect[] {
    this.#tick += 1;
    const effects: MemberEffect[] = [];
    for (const stream of this.#streams) stream.tick = this.#tick;
    if (this.#tick % RETRY_TICKS === 0) {
      for (const [sender, stream] of this.#streams.entries()) {
        stream.retry(this.#carrier.begin(this.#options.committee.member(sender), effects));
      }
    }
    this.#askHistory(effects);
    const repeaters = repeatersOf(this.#streams, this.#stalls, this.#options.committee, this.#tick);
    if (this.#progress.any || repeaters.size > 0) this.#tell(repeaters, effects);
    for (const peer of this.#peers) {
      if (peer.resyncPending && this.#tick - peer.resyncedTick >= RESYNC_TICKS) this.#resync(peer, effects);
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /** Ends a turn: opens instances for what was submitted, as far as the window allows, and reports progress. */
  flush(): readonly MemberEffect[] {
    const opens = this.#outbox.hasPending;
    // Most turns: a vote that crosses no threshold. They cost no memory.
    if (!opens && !this.#progress.much) return NOTHING;
    const effects: MemberEffect[] = [];
    if (opens) this.#openOwn(effects);
    if (this.#progress.much) this.#tell(NOBODY, effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  #openOwn(effects: MemberEffect[]): void {
    const own = this.#stream(this.self);
    // Its own window binds this member too: peers may report progress that has not reached it yet.
    const lowBase = Math.min(this.#lowBase(), own.base);
    for (const { instance, payload, firstSeq, count } of this.#outbox.next(lowBase)) {
      own.propose(instance, payload, this.#carrier.begin(this.self, effects, { firstSeq, count }));
    }
  }

  /** By sender, what its stream looks like from here. */
  streams(): readonly StreamStatus[] {
    const { committee } = this.#options;
    return committee.ids.map((sender) => {
      const { base, nextSeq, ends, broken, openCount, openSinceTick, bytesHeld, dropped } =
        this.#stream(sender);
      return {
        ...{ sender, base, nextSeq, ended: ends.at(-1), ends: [...ends], broken },
        ...{ open: openCount, openSinceTick, bytesHeld },
        droppedOutsideWindow: dropped.outsideWindow,
        droppedOverBudget: dropped.overBudget,
        beyond: this.#history.isBeyond(sender, base),
        behind: this.#behind(sender),
      };
    });
  }

  /** What is held of `sender` here: payload bytes and open instances, from its lowest undelivered instance on. */
  held(sender: NodeId): { readonly bytes: number; readonly open: number; readonly base: number } {
    const { bytesHeld: bytes, openCount: open, base } = this.#stream(sender);
    return { bytes, open, base };
  }

  /** The open instances of `sender`, in order. */
  open(sender: NodeId): readonly OpenInstance[] {
    return [...this.#stream(sender).inspect()];
  }

  /** The highest base that `peer` reported for each sender. */
  basesOf(peer: NodeId): readonly number[] {
    return this.#peer(peer).bases;
  }

  /** Ticks so far: the unit of `OpenInstance.sinceTick`. */
  get ticks(): number {
    return this.#tick;
  }

  /** How many instances f+1 members say they delivered that are missing here. */
  #behind(sender: NodeId): number {
    const bases = this.#basesOf(sender).sort((a, b) => b - a);
    const { base } = this.#stream(sender);
    return Math.max(0, (bases[this.#options.committee.f] ?? base) - base);
  }

  /** Below this instance 2f+1 members are known to have delivered this sender's, and no END stands: nobody needs it kept. */
  settled(sender: NodeId): number {
    const bases = this.#basesOf(sender).sort((a, b) => b - a);
    const { base, ends } = this.#stream(sender);
    return Math.min(bases[this.#options.committee.quorums.deliver - 1] ?? 1, base - ends.length);
  }

  /** Peers that keep nothing of what comes next in this stream. */
  withoutNext(sender: NodeId): readonly NodeId[] {
    return this.#history.withoutIt(sender, this.#stream(sender).base);
  }

  #onHistory(
    from: NodeId,
    message: Extract<MemberMessage, { readonly kind: 'history' }>,
  ): readonly MemberEffect[] {
    const { sender, instance, body } = message;
    const stream = this.#stream(sender);
    if (body.kind === 'ask') {
      // Of what is not delivered here nothing is known, and an END nobody passes over; the peer asks again.
      if (instance > stream.base - stream.ends.length) return NOTHING;
      return [{ kind: 'recall-count', to: from, sender, instance }];
    }
    const nextSeq = this.#history.heard(from, sender, instance, body);
    if (nextSeq === 'conflict') return [{ kind: 'fault', accused: from, code: 'conflicting-count' }];
    if (nextSeq === undefined || instance <= stream.base || stream.frozen) return NOTHING;
    const skip = { kind: 'skip', sender, instance, nextSeq, fromSeq: stream.nextSeq } as const;
    stream.skipTo(instance, nextSeq, this.#carrier.begin(sender, [skip]));
    return this.#carrier.taken();
  }

  /** Asks all peers where streams can go on that stand where peers keep nothing any more. */
  #askHistory(effects: MemberEffect[]): void {
    for (const sender of this.#options.committee.ids) {
      const stream = this.#stream(sender);
      const instance = this.#history.question(sender, stream.base, this.#tick, () => this.#behind(sender));
      if (instance === undefined) continue;
      const message = { kind: 'history', sender, instance, body: { kind: 'ask' } } as const;
      for (const { id, up } of this.#peers) if (up) effects.push({ kind: 'send', to: id, message });
    }
  }

  #onPast(from: NodeId, sender: NodeId, instance: number, body: CodedMessage): readonly MemberEffect[] {
    if (body.kind === 'initial' && from === sender) {
      return [{ kind: 'late-initial', sender, instance, payload: body.payload }];
    }
    if (body.kind !== 'pull') return NOTHING;
    const base = this.#peer(from).bases[sender] ?? 1;
    if (!this.#stream(sender).admitsAnswer(from, instance, base)) return NOTHING;
    return [{ kind: 'recall-payload', to: from, sender, instance, digest: body.digest }];
  }

  #onStatus(peer: Peer, bases: readonly number[], resync: boolean): readonly MemberEffect[] {
    if (bases.length !== this.#options.committee.n) {
      return [{ kind: 'fault', accused: peer.id, code: 'malformed-status' }];
    }
    if (!peer.up) return NOTHING;
    bases.forEach((base, sender) => {
      if (base > (peer.bases[sender] ?? 0)) peer.bases[sender] = base;
    });
    const effects: MemberEffect[] = [];
    if (!peer.synced) {
      peer.synced = true;
      this.#resync(peer, effects);
    } else if (resync && this.#tick - peer.resyncedTick >= RESYNC_TICKS) this.#resync(peer, effects);
    else {
      peer.resyncPending ||= resync;
      for (const sender of this.#options.committee.ids) {
        this.#owe(peer, sender, Math.max(peer.horizon[sender] ?? 1, peer.bases[sender] ?? 1), effects);
      }
    }
    return effects.length === 0 ? NOTHING : effects;
  }

  /** Sends `peer` all that it is owed from its bases on. */
  #resync(peer: Peer, effects: MemberEffect[]): void {
    peer.resyncPending = false;
    peer.resyncedTick = this.#tick;
    for (const sender of this.#options.committee.ids) {
      this.#owe(peer, sender, peer.bases[sender] ?? 1, effects);
    }
  }

  /** Sends `peer` what it is owed of `sender`'s instances from `from` to the end of its window. */
  #owe(peer: Peer, sender: NodeId, from: number, effects: MemberEffect[]): void {
    const until = (peer.bases[sender] ?? 1) + this.#options.limits.window;
    peer.horizon[sender] = until;
    if (from >= until) return;
    const stream = this.#stream(sender);
    const recallUntil = Math.min(until, stream.base);
    if (from < recallUntil) {
      const done = this.#basesOf(sender).filter((base) => base >= recallUntil).length;
      const full = done < this.#options.committee.quorums.deliver;
      effects.push({ kind: 'recall', to: peer.id, sender, from, until: recallUntil, full });
    }
    if (stream.openCount === 0) return;
    for (const { instance, body } of stream.owedTo(peer.id, from, until)) {
      effects.push({ kind: 'send', to: peer.id, message: { kind: 'instance', sender, instance, body } });
    }
  }

  /** Tells every peer how far this member is, and asks `repeaters` to send again what they owe. */
  #tell(repeaters: ReadonlySet<NodeId>, effects: MemberEffect[]): void {
    this.#progress.told();
    const [progress, request] = [this.#status(false), this.#status(true)];
    for (const { id, up } of this.#peers) {
      if (up) effects.push({ kind: 'send', to: id, message: repeaters.has(id) ? request : progress });
    }
  }

  #status(resync: boolean): MemberMessage {
    return { kind: 'status', bases: this.#streams.map((stream) => stream.base), resync };
  }

  /** The (f+1)-th lowest base of the own stream: at least one correct member may be no further than this. */
  #lowBase(): number {
    const bases = this.#basesOf(this.self).sort((a, b) => a - b);
    return bases[this.#options.committee.f] ?? 1;
  }

  #basesOf(sender: NodeId): number[] {
    return this.#peers.map((peer) =>
      peer.id === this.self ? this.#stream(sender).base : (peer.bases[sender] ?? 1),
    );
  }

  #stream(sender: number): Stream {
    const stream = this.#streams[sender];
    assert(stream !== undefined, 'a stream for every member');
    return stream;
  }

  #peer(id: NodeId): Peer {
    const peer = this.#peers[id];
    assert(peer !== undefined, 'a peer for every member');
    return peer;
  }
}

const NOBODY: ReadonlySet<NodeId> = new Set();
