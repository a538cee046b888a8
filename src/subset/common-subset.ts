import type { Decision } from '../agreement/index.ts';
import { type Bit, UsageError } from '../base/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import { type Effect, type Effects, lift, NOTHING, type Protocol } from '../protocol/index.ts';
import type { Child, ChildFactory } from './factory.ts';
import type { Proposal, SubsetMessage } from './message.ts';

/** What one common subset needs to know. `B` and `A` are the messages of its broadcasts and agreements. */
export interface CommonSubsetOptions<B, A> {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly broadcastOf: ChildFactory<Uint8Array, B, { readonly payload: Uint8Array }>;
  readonly agreementOf: ChildFactory<Bit, A, Decision>;
  /**
   * After a restart: the message that tells the broadcast of `proposer` of a payload that was kept, if it is one of its own by
   * what it said; else undefined.
   */
  readonly kept: (proposer: NodeId, payload: Uint8Array, said: readonly B[]) => B | undefined;
}

/** One proposer: its broadcast, the agreement on it, and what came of both. */
interface Seat<B, A> {
  readonly proposer: NodeId;
  readonly broadcast: Child<Uint8Array, B, { readonly payload: Uint8Array }>;
  readonly agreement: Child<Bit, A, Decision>;
  payload: Uint8Array | undefined;
  /** The agreement has its input. */
  asked: boolean;
  decided: Bit | undefined;
}

/**
 * All correct members come to the same set of at least n-f proposals. [Ben-Or, Kelmer, Rabin 1994; `docs/protocols/
 * common-subset.md`] Each member broadcasts its proposal; one agreement for each proposer decides whether it is in. Over any
 * reliable broadcast and any binary agreement.
 *
 * It answers questions for payloads until all members are done. `settled` says when the correct ones must be: from then on a
 * driver may keep the payloads itself and drop the machine.
 */
export class CommonSubset<B, A> implements Protocol<Uint8Array, SubsetMessage<B, A>, readonly Proposal[]> {
  readonly #options: CommonSubsetOptions<B, A>;
  readonly #seats: readonly Seat<B, A>[];
  readonly #done: Uint8Array;
  #dones = 0;
  #proposed = false;
  #output = false;
  #saidDone = false;
  #rounds = 0;

  constructor(options: CommonSubsetOptions<B, A>) {
    this.#options = options;
    this.#done = new Uint8Array(options.committee.n);
    this.#seats = options.committee.ids.map((proposer) => ({
      proposer,
      broadcast: options.broadcastOf(proposer),
      agreement: options.agreementOf(proposer),
      payload: undefined,
      asked: false,
      decided: undefined,
    }));
  }

  /** Set when all n members are done, which takes for ever if a faulty one is silent: see `settled`. */
  get terminated(): boolean {
    return this.#output && this.#dones === this.#options.committee.n && this.#agreed();
  }

  /** The set is here, and n-f members have theirs. */
  get settled(): boolean {
    return this.#output && this.#dones >= this.#options.committee.quorums.correct && this.#agreed();
  }

  /** The latest round in which one of the agreements was decided here, so far. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Broadcasts this member's proposal. @throws UsageError if called twice, or as the broadcast does. */
  propose(payload: Uint8Array): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    if (this.#proposed) throw new UsageError('this subset has its proposal already');
    const seat = this.#seats[this.#options.self];
    if (seat === undefined) return NOTHING;
    const effects = seat.broadcast.propose(payload);
    this.#proposed = true;
    return this.#ofBroadcast(seat, effects);
  }

  handle(from: NodeId, message: SubsetMessage<B, A>): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    if (this.terminated || message.kind === 'kept') return NOTHING;
    if (message.kind === 'done') return this.#onDone(from);
    const seat = this.#seats[message.proposer];
    if (seat === undefined) return NOTHING;
    return message.kind === 'broadcast'
      ? this.#ofBroadcast(seat, seat.broadcast.handle(from, message.body))
      : this.#ofAgreement(seat, seat.agreement.handle(from, message.body));
  }

  /** `said`: what this member broadcast, in that order, and each payload that it kept as a `kept` message before. */
  restore(said: readonly SubsetMessage<B, A>[]): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    this.#saidDone = said.some(({ kind }) => kind === 'done');
    if (this.#saidDone) this.#onDone(this.#options.self);
    // All children first: what one of them gives makes this member speak in others.
    const kept: Uint8Array[] = [];
    const broadcasts = this.#seats.map((): B[] => []);
    const agreements = this.#seats.map((): A[] => []);
    for (const message of said) {
      if (message.kind === 'broadcast') broadcasts[message.proposer]?.push(message.body);
      else if (message.kind === 'agreement') agreements[message.proposer]?.push(message.body);
      else if (message.kind === 'kept') kept.push(message.payload);
    }
    const restored = this.#seats.map((seat, at) =>
      this.#restoreSeat(seat, kept, broadcasts[at] ?? [], agreements[at] ?? []),
    );
    const effects: Effect<SubsetMessage<B, A>, readonly Proposal[]>[] = [];
    this.#seats.forEach((seat, at) => {
      const { broadcast = NOTHING, agreement = NOTHING } = restored[at] ?? {};
      effects.push(...this.#ofBroadcast(seat, broadcast), ...this.#ofAgreement(seat, agreement));
    });
    return effects.length === 0 ? NOTHING : effects;
  }

  #restoreSeat(
    seat: Seat<B, A>,
    payloads: readonly Uint8Array[],
    broadcasts: readonly B[],
    agreements: readonly A[],
  ) {
    const { proposer } = seat;
    if (proposer === this.#options.self && broadcasts.length > 0) this.#proposed = true;
    const kept = payloads.flatMap((payload) => this.#options.kept(proposer, payload, broadcasts) ?? []);
    const broadcast = broadcasts.length > 0 ? seat.broadcast.restore([...kept, ...broadcasts]) : NOTHING;
    const agreement = agreements.length > 0 ? seat.agreement.restore(agreements) : NOTHING;
    seat.asked = seat.agreement.proposed ?? agreements.length > 0;
    return { broadcast, agreement };
  }

  /** Time has passed, for broadcasts that ask again. */
  retry(): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    if (this.terminated) return NOTHING;
    const effects = this.#seats.flatMap((seat) => [
      ...this.#ofBroadcast(seat, seat.broadcast.retry?.() ?? NOTHING),
      ...this.#ofAgreement(seat, seat.agreement.retry?.() ?? NOTHING),
    ]);
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The link to `peer` is new: what was asked or answered over the old one may be lost. */
  linkReset(peer: NodeId): void {
    for (const { broadcast, agreement } of this.#seats) {
      broadcast.linkReset?.(peer);
      agreement.linkReset?.(peer);
    }
  }

  /** What this member said and `peer` may still need, also after the end. Idempotent to repeat. */
  owedTo(peer: NodeId): readonly SubsetMessage<B, A>[] {
    const owed = this.#seats.flatMap(({ proposer, broadcast, agreement }): SubsetMessage<B, A>[] => [
      ...(broadcast.owedTo?.(peer) ?? []).map((body) => ({ kind: 'broadcast' as const, proposer, body })),
      ...(agreement.owedTo?.(peer) ?? []).map((body) => ({ kind: 'agreement' as const, proposer, body })),
    ]);
    return this.#saidDone ? [...owed, { kind: 'done' }] : owed;
  }

  /** By proposer: whether its proposal is here, and whether it is in. For people. A copy. */
  inspect(): readonly {
    readonly proposer: NodeId;
    readonly here: boolean;
    readonly decided: Bit | undefined;
  }[] {
    return this.#seats.map(({ proposer, payload, decided }) => ({
      ...{ proposer, decided },
      here: payload !== undefined,
    }));
  }

  #ofBroadcast(
    seat: Seat<B, A>,
    effects: Effects<B, { readonly payload: Uint8Array }>,
  ): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    const { proposer } = seat;
    return lift(
      effects,
      (body): SubsetMessage<B, A> => ({ kind: 'broadcast', proposer, body }),
      ({ payload }) => {
        seat.payload = payload;
        return [...this.#ask(seat, 1), ...this.#finish()];
      },
    );
  }

  #ofAgreement(
    seat: Seat<B, A>,
    effects: Effects<A, Decision>,
  ): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    const { proposer } = seat;
    return lift(
      effects,
      (body): SubsetMessage<B, A> => ({ kind: 'agreement', proposer, body }),
      ({ value, round }) => {
        seat.decided = value;
        this.#rounds = Math.max(this.#rounds, round);
        return [...this.#excludeOthers(), ...this.#finish()];
      },
    );
  }

  #ask(seat: Seat<B, A>, value: Bit): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    if (seat.asked || seat.decided !== undefined) return NOTHING;
    seat.asked = true;
    return this.#ofAgreement(seat, seat.agreement.propose(value));
  }

  /** Only once n-f proposers are in, and not when n-f broadcasts have arrived: those may be left out elsewhere. */
  #excludeOthers(): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    const { correct } = this.#options.committee.quorums;
    if (this.#seats.filter(({ decided }) => decided === 1).length < correct) return NOTHING;
    return this.#seats.flatMap((seat) => this.#ask(seat, 0));
  }

  #finish(): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    if (this.#output || this.#seats.some(({ decided }) => decided === undefined)) return NOTHING;
    const proposals: Proposal[] = [];
    for (const { proposer, payload, decided } of this.#seats) {
      if (decided !== 1) continue;
      if (payload === undefined) return NOTHING;
      proposals.push({ proposer, payload });
    }
    this.#output = true;
    const said = this.#saidDone;
    this.#saidDone = true;
    const output = { kind: 'output', output: proposals } as const;
    return said ? [output] : [{ kind: 'broadcast', message: { kind: 'done' } }, output];
  }

  #onDone(from: NodeId): Effects<SubsetMessage<B, A>, readonly Proposal[]> {
    if (this.#done[from] === 0) {
      this.#done[from] = 1;
      this.#dones += 1;
    }
    return NOTHING;
  }

  #agreed(): boolean {
    return this.#seats.every(({ agreement }) => agreement.terminated);
  }
}
