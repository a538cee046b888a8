import { assert, bytesEqual, retained } from '../base/index.ts';
import type { InstanceMessage, VoteKind } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import { type Effect, type Effects, NOTHING, type Protocol } from '../protocol/index.ts';
import { accuse, equivocated } from './accuse.ts';
import {
  Ballots,
  type Candidate,
  Candidates,
  DONE,
  ECHO,
  NO_VOTE,
  READY,
  type VoteType,
} from './candidate.ts';
import { type BrachaOptions, type BrachaOutput, requireProposal } from './options.ts';
import { PullRotation } from './pull.ts';
import type { Rules } from './rules.ts';
import { type BrachaSnapshot, type BrachaState, snapshotOf } from './snapshot.ts';
import { type BroadcastView, viewOf } from './view.ts';

type Out = Effect<InstanceMessage, BrachaOutput>;
type Outs = Effects<InstanceMessage, BrachaOutput>;

/**
 * One instance of reliable broadcast. [Bracha 1987, Figure 1, with digests in the votes; `docs/protocols/bracha.md`]
 *
 * The sender's payload crosses each link once, in INITIAL; ECHO and READY carry its digest. A member that lacks
 * the decided payload pulls it from those that vouched for it. The vote that crosses no threshold allocates
 * nothing and returns `NOTHING`: `#due` decides, `#act` acts.
 *
 * Holds at most 2n + 2 digests, one of them assured, and two payloads, whatever peers send.
 */
export class Bracha implements Protocol<Uint8Array, InstanceMessage, BrachaOutput> {
  readonly #options: BrachaOptions;
  readonly #rules: Rules;
  readonly #ballots: Ballots;
  readonly #candidates = new Candidates();
  /** By member: 1 if it was given the payload over the present link. Most instances are never asked for it. */
  #answered: Uint8Array | undefined;
  /** The candidate of the sender's first INITIAL. */
  #first: Candidate | undefined;
  /** The sender's INITIAL is settled: refused, or contradicted. No further one is looked at. */
  #initialClosed = false;
  #proposed = false;
  /** Invariant: each of these latches is set before the statement it stands for is emitted, and never cleared. */
  #echoed: Candidate | undefined;
  #readied: Candidate | undefined;
  #decided: Candidate | undefined;
  #kept: Candidate | undefined;
  #wanted: Candidate | undefined;
  #pull: PullRotation | undefined;
  #delivered = false;

  constructor(options: BrachaOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#ballots = new Ballots(options.committee.n);
  }

  /** Set with delivery: READY was said by then, in both forms, and nothing more is due to others but resends. */
  get terminated(): boolean {
    return this.#delivered;
  }

  /** Payload bytes held in memory. */
  get bytesHeld(): number {
    return this.#candidates.bytes;
  }

  /** Whether the sender's INITIAL has come; a second one costs no memory. */
  get hasInitial(): boolean {
    return this.#first !== undefined || this.#initialClosed;
  }

  /** Whether a payload that this member needs is still to be had from another. */
  get pulling(): boolean {
    return this.#wanted !== undefined && this.#wanted.body === undefined;
  }

  /** What will be delivered here, once it is certain. */
  get decided(): Digest | undefined {
    return this.#decided?.digest;
  }

  /** The payload that this member vouched for, or the decided one; undefined while neither is here. */
  get likelyPayload(): Uint8Array | undefined {
    return (this.#decided ?? this.#first)?.body;
  }

  /** Broadcasts `payload`, which the caller no longer writes to. @throws UsageError if not the sender's, twice, or too long. */
  propose(payload: Uint8Array): Outs {
    requireProposal(this.#options, payload, this.#proposed);
    this.#proposed = true;
    const candidate = this.#candidates.named(this.#options.digestOf(payload));
    candidate.body = payload;
    this.#kept = candidate;
    return [
      { kind: 'keep', digest: candidate.digest, payload },
      { kind: 'broadcast', message: { kind: 'initial', payload } },
    ];
  }

  handle(from: NodeId, message: InstanceMessage): Outs {
    if (this.#delivered) return NOTHING;
    switch (message.kind) {
      case 'echo':
      case 'ready':
      case 'done':
        return this.vote(message.kind, from, message.digest, 0);
      case 'initial':
        return this.#onInitial(from, message.payload);
      case 'pull':
        return this.#onPull(from, message.digest);
      case 'payload':
        return this.#onPayload(from, message.payload);
    }
  }

  /** As `handle` of a vote whose digest stands in `bytes` at `at`. Keeps no reference. */
  vote(kind: VoteKind, from: NodeId, bytes: Uint8Array, at: number): Outs {
    if (this.#delivered) return NOTHING;
    if (kind === 'done') return this.#onDone(from, bytes, at);
    return this.#onVote(kind === 'echo' ? ECHO : READY, from, bytes, at);
  }

  /**
   * `said`: INITIAL, ECHO and READY of this member as they left it, each payload it vouched for before as a
   * `payload` message. Sets the latches; nothing said before is said otherwise.
   */
  restore(said: readonly InstanceMessage[]): Outs {
    assert(this.#candidates.size === 0, 'restore comes before any other call');
    const { self } = this.#options;
    for (const message of said) {
      if (message.kind === 'initial' || message.kind === 'payload') {
        const candidate = this.#candidates.named(this.#options.digestOf(message.payload));
        candidate.body = message.payload;
        this.#kept = candidate;
        if (message.kind === 'initial') this.#proposed = true;
      } else if (message.kind === 'echo') {
        this.#echoed = this.#first = this.#candidates.of(message.digest);
        this.#count(ECHO, self, this.#echoed);
      } else if (message.kind === 'ready') {
        this.#readied = this.#candidates.of(message.digest);
        this.#count(READY, self, this.#readied);
      }
    }
    const effects: Out[] = [];
    if (this.#proposed && this.#echoed === undefined && this.#kept !== undefined) {
      this.#first = this.#kept;
      this.#sayEcho(this.#kept, effects);
    }
    for (const candidate of this.#candidates) effects.push(...this.#advance(candidate));
    return effects.length === 0 ? NOTHING : effects;
  }

  /** As if f+1 READYs of this digest had come: it is known from elsewhere that no other can be delivered. */
  assure(digest: Digest): Outs {
    const candidate = this.#candidates.of(digest).assure();
    return this.#delivered ? NOTHING : this.#advance(candidate);
  }

  /** Time has passed: asks the next holder for a payload still missing. */
  retry(): Outs {
    if (this.#delivered || !this.pulling) return NOTHING;
    const effects: Out[] = [];
    this.#askNext(effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The link to `peer` is new: what was asked or answered over the old one may be lost. */
  linkReset(peer: NodeId): void {
    if (this.#answered !== undefined) this.#answered[peer] = 0;
    this.#pull?.forget(peer);
  }

  /** The question to `peer` did not leave after all. */
  withdraw(peer: NodeId): void {
    this.#pull?.forget(peer);
  }

  /**
   * What this member said and `peer` may still need: INITIAL until the peer echoed, ECHO and READY until it said
   * DONE. ECHO outlives the peer's READY, which may be amplified: it names a holder of the payload to ask. Never
   * dropped because *this* member is satisfied. Idempotent to repeat.
   */
  owedTo(peer: NodeId): readonly InstanceMessage[] {
    const owed: InstanceMessage[] = [];
    if (this.#ballots.of(DONE, peer) !== NO_VOTE) return owed;
    const own = this.#proposed ? this.#kept : undefined;
    if (own?.body !== undefined && this.#ballots.of(ECHO, peer) === NO_VOTE) {
      owed.push({ kind: 'initial', payload: own.body });
    }
    if (this.#echoed !== undefined) owed.push({ kind: 'echo', digest: this.#echoed.digest });
    if (this.#readied !== undefined) owed.push({ kind: 'ready', digest: this.#readied.digest });
    return owed;
  }

  /** What is known here, for people. Copies; safe to keep. */
  inspect(): BroadcastView {
    return viewOf(this.#state());
  }

  /** All that decides what this machine will say and deliver. Copies; safe to keep. */
  snapshot(): BrachaSnapshot {
    return snapshotOf(this.#state());
  }

  #state(): BrachaState {
    return {
      committee: this.#options.committee,
      sender: this.#options.sender,
      rules: this.#rules,
      ballots: this.#ballots,
      candidates: this.#candidates,
      first: this.#first,
      initialClosed: this.#initialClosed,
      proposed: this.#proposed,
      echoed: this.#echoed,
      readied: this.#readied,
      decided: this.#decided,
      kept: this.#kept,
      wanted: this.#wanted,
      pulling: this.pulling,
      delivered: this.#delivered,
    };
  }

  #onInitial(from: NodeId, payload: Uint8Array): Outs {
    const options = this.#options;
    const { sender, payloadBytesMax } = options;
    if (from !== sender) return accuse(from, 'not-the-sender');
    if (this.#initialClosed) return NOTHING;
    if (this.#first !== undefined) return this.#onInitialAgain(this.#first, payload);
    if (payload.length > payloadBytesMax || !options.valid(payload)) {
      this.#initialClosed = true;
      return accuse(from, payload.length > payloadBytesMax ? 'oversized-payload' : 'invalid-payload');
    }
    const own = this.#proposed ? this.#kept : undefined;
    const candidate = own?.body === payload ? own : this.#candidates.named(options.digestOf(payload));
    this.#first = candidate;
    candidate.body ??= retained(payload);
    const effects: Out[] = [];
    if (this.#echoed === undefined) this.#sayEcho(candidate, effects);
    if (this.#due(candidate)) this.#act(candidate, effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  #onInitialAgain(first: Candidate, payload: Uint8Array): Outs {
    const same =
      first.body === undefined
        ? bytesEqual(this.#options.digestOf(payload), first.digest)
        : bytesEqual(first.body, payload);
    if (same) return NOTHING;
    this.#initialClosed = true;
    return equivocated(this.#options.sender, first.body, payload);
  }

  #onVote(type: typeof ECHO | typeof READY, from: NodeId, bytes: Uint8Array, at: number): Outs {
    const earlier = this.#ballots.of(type, from);
    if (earlier !== NO_VOTE) {
      if (this.#candidates.same(earlier, bytes, at)) return NOTHING;
      return accuse(from, type === ECHO ? 'conflicting-echo' : 'conflicting-ready');
    }
    const candidate = this.#candidates.of(bytes, at);
    this.#count(type, from, candidate);
    return this.#advance(candidate);
  }

  /** Who is done said READY too: a member delivers no digest without having said READY for it. */
  #onDone(from: NodeId, bytes: Uint8Array, at: number): Outs {
    const said = this.#ballots.of(DONE, from);
    const ready = this.#ballots.of(READY, from);
    const earlier = said === NO_VOTE ? ready : said;
    if (earlier !== NO_VOTE && !this.#candidates.same(earlier, bytes, at))
      return accuse(from, 'conflicting-done');
    if (said !== NO_VOTE) return NOTHING;
    const candidate = this.#candidates.of(bytes, at);
    if (ready === NO_VOTE) this.#count(READY, from, candidate);
    this.#count(DONE, from, candidate);
    return this.#advance(candidate);
  }

  #onPull(from: NodeId, digest: Digest): Outs {
    const candidate = this.#candidates.find(digest);
    if (candidate?.body === undefined || this.#answered?.[from] === 1) return NOTHING;
    this.#answered ??= new Uint8Array(this.#options.committee.n);
    this.#answered[from] = 1;
    return [{ kind: 'send', to: from, message: { kind: 'payload', payload: candidate.body } }];
  }

  #onPayload(from: NodeId, payload: Uint8Array): Outs {
    const wanted = this.#wanted;
    // Unasked, late or repeated: honest members do that, so it is neither hashed nor a fault.
    if (wanted === undefined || wanted.body !== undefined || this.#pull?.expects(from) !== true)
      return NOTHING;
    const options = this.#options;
    const effects: Out[] = [];
    if (payload.length > options.payloadBytesMax || !bytesEqual(options.digestOf(payload), wanted.digest)) {
      this.#pull.distrust(from);
      effects.push({ kind: 'fault', accused: from, code: 'wrong-payload' });
      this.#askNext(effects);
      return effects;
    }
    wanted.body = retained(payload);
    this.#act(wanted, effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  #advance(candidate: Candidate): Outs {
    if (!this.#due(candidate)) return NOTHING;
    const effects: Out[] = [];
    this.#act(candidate, effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  /** Whether this candidate's counts call for anything not yet done. */
  #due(candidate: Candidate): boolean {
    if (this.#readied === undefined && this.#readyDue(candidate)) return true;
    if (this.#decided === undefined && this.#decisionDue(candidate)) return true;
    if (this.#echoed === undefined && this.#rules.echoesOnVotes && this.#readyDue(candidate)) return true;
    // The decided payload has come by itself, or somebody new can be asked for it.
    if (candidate.body !== undefined) return this.#decided === candidate;
    return this.#wanted === candidate && this.#pull?.outstanding !== true;
  }

  #act(candidate: Candidate, effects: Out[]): void {
    if (this.#echoed === undefined && this.#rules.echoesOnVotes && this.#readyDue(candidate)) {
      if (candidate.body !== undefined) this.#sayEcho(candidate, effects);
      else this.#wanted ??= candidate;
    }
    if (this.#readied === undefined && this.#readyDue(candidate)) {
      this.#readied = candidate;
      effects.push({ kind: 'broadcast', message: { kind: 'ready', digest: candidate.digest } });
    }
    if (this.#decided === undefined && this.#decisionDue(candidate)) this.#decided = candidate;
    if (this.#decided === candidate) {
      if (candidate.body !== undefined) this.#deliver(candidate, candidate.body, effects);
      else this.#wanted = candidate;
    }
    if (this.pulling && this.#pull?.outstanding !== true) this.#askNext(effects);
  }

  #readyDue(candidate: Candidate): boolean {
    if (candidate.assured) return true;
    const echoes = this.#rules.countsSenderEcho ? candidate.echoes : candidate.echoesOfOthers;
    return echoes >= this.#rules.echo || candidate.readies >= this.#rules.amplify;
  }

  #decisionDue(candidate: Candidate): boolean {
    const { deliver, adopt, deliverEarly } = this.#rules;
    if (candidate.readies >= deliver || candidate.dones >= adopt) return true;
    return (
      deliverEarly !== undefined && candidate.body !== undefined && candidate.echoesOfOthers >= deliverEarly
    );
  }

  #sayEcho(candidate: Candidate, effects: Out[]): void {
    this.#echoed = candidate;
    this.#keep(candidate, effects);
    effects.push({ kind: 'broadcast', message: { kind: 'echo', digest: candidate.digest } });
  }

  #keep(candidate: Candidate, effects: Out[]): void {
    if (this.#kept === candidate || candidate.body === undefined) return;
    this.#kept = candidate;
    effects.push({ kind: 'keep', digest: candidate.digest, payload: candidate.body });
  }

  #deliver(candidate: Candidate, payload: Uint8Array, effects: Out[]): void {
    assert(this.#readied !== undefined, 'nothing is delivered before READY');
    this.#delivered = true;
    this.#keep(candidate, effects);
    effects.push({ kind: 'output', output: { digest: candidate.digest, payload } });
    const { self, sender } = this.#options;
    // A correct member had this payload of the sender, which told this one another.
    if (this.#first !== undefined && this.#first !== candidate && !this.#initialClosed && sender !== self)
      effects.push(...equivocated(sender, this.#first.body, payload));
  }

  #askNext(effects: Out[]): void {
    const { committee, self } = this.#options;
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    this.#pull ??= new PullRotation(committee.n, self + 1);
    const holds = (id: NodeId): boolean =>
      id !== self &&
      (this.#ballots.of(ECHO, id) === wanted.index || this.#ballots.of(DONE, id) === wanted.index);
    const to = this.#pull.next(committee.ids.filter(holds));
    if (to !== undefined)
      effects.push({ kind: 'send', to, message: { kind: 'pull', digest: wanted.digest } });
  }

  #count(type: VoteType, from: NodeId, candidate: Candidate): void {
    this.#ballots.cast(type, from, candidate.index);
    candidate.count(type, from === this.#options.sender);
  }
}
