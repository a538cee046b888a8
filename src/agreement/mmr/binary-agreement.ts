import { assert, type Bit, UsageError } from '../../base/index.ts';
import type { AgreementMessage, Bits } from '../../codec/index.ts';
import type { Toss } from '../../coin/index.ts';
import type { NodeId, Quorums } from '../../committee/index.ts';
import { type Effect, type Effects, type FaultCode, NOTHING, type Protocol } from '../../protocol/index.ts';
import type { Decision } from '../output.ts';
import { AHEAD_ROUNDS, LookAhead } from './look-ahead.ts';
import type { BinaryAgreementOptions } from './options.ts';
import { only, Round } from './round.ts';
import { type AgreementView, viewOf } from './view.ts';

type Out = Effect<AgreementMessage, Decision>;
type Outs = Effects<AgreementMessage, Decision>;
type Decide = { readonly value: Bit; readonly round: number };
type Vote = Exclude<AgreementMessage, { readonly kind: 'decide' | 'again' }>;

/**
 * One agreement on a bit. [Mostéfaoui, Moumen, Raynal PODC 2014, with the CONF step of Cobalt and a way to halt;
 * `docs/protocols/binary-agreement.md`]
 *
 * Each round: BVAL finds the values that a correct member may have proposed, AUX and CONF bind the round to one of
 * them before anybody can know the coin, and the coin decides. Nothing is said before this member has proposed, so
 * that after a restart what it said tells its estimates. The vote that crosses no threshold allocates nothing.
 *
 * Holds n bytes and one toss for each round that it entered and `AHEAD_ROUNDS` more.
 */
export class BinaryAgreement implements Protocol<Bit, AgreementMessage, Decision> {
  readonly #options: BinaryAgreementOptions;
  readonly #quorums: Quorums;
  readonly #rounds = new Map<number, Round>();
  readonly #lookAhead: LookAhead;
  /** By member: the first DECIDE of each. */
  readonly #deciders: (Decide | undefined)[];
  readonly #decides: [number, number] = [0, 0];
  #current = 1;
  #proposed = false;
  /** It entered round 1. Who adopts a decision before never does. */
  #active = false;
  /** Set before DECIDE leaves, and never cleared. */
  #decision: Decision | undefined;
  #halted = false;

  /** @throws UsageError for a coin that members see differently: agreement would not hold. */
  constructor(options: BinaryAgreementOptions) {
    if (!options.coin.common)
      throw new UsageError(
        'binary agreement needs a common coin: with local ones members decide differently',
      );
    this.#options = options;
    this.#quorums = options.committee.quorums;
    this.#lookAhead = new LookAhead(options.committee.n);
    this.#deciders = options.committee.ids.map(() => undefined);
  }

  /** Set when n-f members have said DECIDE: whoever lags adopts the decision from them. */
  get terminated(): boolean {
    return this.#halted;
  }

  /** What was decided; undefined while nothing is. */
  get decision(): Decision | undefined {
    return this.#decision;
  }

  /** @throws UsageError if called twice. */
  propose(value: Bit): Outs {
    if (this.#proposed) throw new UsageError('this agreement has its value already');
    this.#proposed = true;
    if (this.#decision !== undefined) return NOTHING;
    const effects: Out[] = [];
    this.#active = true;
    this.#enter(1, value, effects);
    this.#act(this.#round(1), effects);
    return effects;
  }

  handle(from: NodeId, message: AgreementMessage): Outs {
    if (this.#halted) return NOTHING;
    switch (message.kind) {
      case 'decide':
        return this.#onDecide(from, message);
      case 'again':
        return this.#onAgain(from, message.round);
      default:
        return this.#onVote(from, message);
    }
  }

  /** `said`: what this member broadcast, in that order. The first BVAL of a round tells its estimate there. */
  restore(said: readonly AgreementMessage[]): Outs {
    assert(!this.#proposed && this.#rounds.size === 0, 'restore comes before any other call');
    for (const message of said) this.#remember(message);
    const current = this.#rounds.get(this.#current);
    const share = current?.released ? this.#toss(current).share() : undefined;
    if (current !== undefined && share !== undefined) this.#toss(current).add(this.#options.self, share);
    const effects: Out[] = [];
    if (this.#decision !== undefined) effects.push({ kind: 'output', output: this.#decision });
    this.#actOnAll(effects);
    this.#haltIfDue();
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The link to `peer` is new: what was asked or answered over the old one may be lost. */
  linkReset(peer: NodeId): void {
    for (const round of this.#rounds.values()) round.forgetAnswer(peer);
  }

  /**
   * What this member said and `peer` may still need, also after the end: all of it until the peer said DECIDE, then
   * this member's own DECIDE. Idempotent to repeat.
   */
  owedTo(peer: NodeId): readonly AgreementMessage[] {
    const decide: AgreementMessage[] =
      this.#decision === undefined ? [] : [{ kind: 'decide', ...this.#decision }];
    if (this.#deciders[peer] !== undefined || this.#halted) return decide;
    const numbers = [...this.#rounds.keys()].filter((number) => number <= this.#current);
    return [...numbers.toSorted((a, b) => a - b).flatMap((number) => this.#saidIn(number)), ...decide];
  }

  /** What is known here, for people. A copy. */
  inspect(): AgreementView {
    const round = this.#rounds.get(this.#current);
    const { committee, coin } = this.#options;
    return viewOf({
      ids: committee.ids,
      number: this.#current,
      round: this.#active ? round : undefined,
      decided: (id) => this.#deciders[id] !== undefined,
      decision: this.#decision,
      terminated: this.#halted,
      exhausted: () => coin.shareBytesMax > 0 && this.#freshToss(this.#current).share() === undefined,
    });
  }

  /** All that decides what this machine will say and decide, as text: equal texts, equal futures. */
  fingerprint(): string {
    const rounds = [...this.#rounds].toSorted(([a], [b]) => a - b);
    const deciders = this.#deciders.map((decide) => `${decide?.value}@${decide?.round}`);
    const own = [this.#current, this.#proposed, this.#active, this.#decision?.value, this.#halted];
    return [own.join(), deciders.join(), ...rounds.map(([, round]) => round.fingerprint())].join('|');
  }

  #onVote(from: NodeId, message: Vote): Outs {
    if (message.round > this.#current + AHEAD_ROUNDS) {
      this.#lookAhead.drop(from, message.round);
      return NOTHING;
    }
    if (message.round < 1) return NOTHING;
    const round = this.#round(message.round);
    if (message.kind === 'share') return this.#onShare(from, round, message.share);
    if (message.kind === 'bval') {
      return round.castBval(from, message.value) === 'counted' ? this.#advance(round) : NOTHING;
    }
    const cast =
      message.kind === 'aux' ? round.castAux(from, message.value) : round.castConf(from, message.values);
    if (cast === 'counted') return this.#advance(round);
    if (cast === 'repeated') return NOTHING;
    return accuse(from, message.kind === 'aux' ? 'conflicting-aux' : 'conflicting-conf');
  }

  #onShare(from: NodeId, round: Round, share: Uint8Array): Outs {
    const needed = round.number >= this.#current && this.#decision === undefined;
    if (!needed || !round.castShare(from)) return NOTHING;
    const toss = this.#toss(round);
    const verdict = toss.add(from, share);
    // Some coins find out later, when enough shares are there.
    const exposed = toss.exposed?.() ?? [];
    const accused = verdict === 'invalid' ? [...exposed, from] : exposed;
    const due = verdict === 'counted' ? this.#advance(round) : NOTHING;
    if (accused.length === 0) return due;
    return [...accused.flatMap((member) => accuse(member, 'bad-coin-share')), ...due];
  }

  #onDecide(from: NodeId, { value, round }: Decide): Outs {
    const earlier = this.#deciders[from];
    if (earlier !== undefined) {
      const same = earlier.value === value && earlier.round === round;
      return same ? NOTHING : accuse(from, 'conflicting-decide');
    }
    this.#countDecide(from, { value, round });
    const effects: Out[] = [];
    if (this.#decision === undefined && this.#decides[value] >= this.#quorums.support)
      this.#decide(value, this.#active ? this.#current : 0, effects);
    this.#actOnAll(effects);
    this.#haltIfDue();
    return effects.length === 0 ? NOTHING : effects;
  }

  #countDecide(from: NodeId, decide: Decide): void {
    this.#deciders[from] = { value: decide.value, round: decide.round };
    this.#decides[decide.value] += 1;
    for (const round of this.#rounds.values()) {
      if (round.number > decide.round) round.castDecided(from, decide.value);
    }
  }

  #onAgain(from: NodeId, number: number): Outs {
    const round = this.#rounds.get(number);
    if (!this.#active || round === undefined || number > this.#current) return NOTHING;
    if (from === this.#options.self || !round.answer(from)) return NOTHING;
    return this.#saidIn(number).map((message): Out => ({ kind: 'send', to: from, message }));
  }

  #advance(round: Round): Outs {
    if (!this.#due(round)) return NOTHING;
    const effects: Out[] = [];
    this.#act(round, effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  /** Whether what came calls for anything. Rounds that were left still owe their relays: others may be in them. */
  #due(round: Round): boolean {
    if (!this.#active || round.number > this.#current) return false;
    return this.#relayDue(round, 0) || this.#relayDue(round, 1) || this.#stepDue(round);
  }

  #relayDue(round: Round, value: Bit): boolean {
    return (round.saidBvals & only(value)) === 0 && round.bvals[value] >= this.#quorums.support;
  }

  #stepDue(round: Round): boolean {
    if (round.number !== this.#current) return false;
    const { accept, correct } = this.#quorums;
    const bin = round.bin(accept);
    if (round.saidAux === undefined) return bin !== 0;
    if (round.saidConf === undefined) return round.auxesIn(bin) >= correct;
    if (round.outcome === 0) return round.confsIn(bin) >= correct;
    return this.#decision === undefined && round.toss?.value() !== undefined;
  }

  #act(round: Round, effects: Out[]): void {
    this.#relay(round, effects);
    let now = round;
    while (this.#active && this.#stepDue(now)) {
      this.#step(now, effects);
      if (now.number === this.#current) continue;
      now = this.#round(this.#current);
      this.#relay(now, effects);
    }
  }

  #actOnAll(effects: Out[]): void {
    if (!this.#active) return;
    for (const round of [...this.#rounds.values()]) {
      if (round.number <= this.#current) this.#act(round, effects);
    }
  }

  #relay(round: Round, effects: Out[]): void {
    if (!this.#active || round.number > this.#current) return;
    if (this.#relayDue(round, 0)) this.#sayBval(round, 0, effects);
    if (this.#relayDue(round, 1)) this.#sayBval(round, 1, effects);
  }

  #step(round: Round, effects: Out[]): void {
    const { accept } = this.#quorums;
    const bin = round.bin(accept);
    if (round.saidAux === undefined) {
      const preferred = round.estimate !== undefined && (bin & only(round.estimate)) !== 0;
      round.saidAux = preferred ? round.estimate : bin === 1 ? 0 : 1;
      this.#say(effects, { kind: 'aux', round: round.number, value: round.saidAux ?? 0 });
    } else if (round.saidConf === undefined) {
      const values = round.auxValues(bin);
      assert(values !== 0, 'n-f AUXs carry a value');
      round.saidConf = values;
      this.#say(effects, { kind: 'conf', round: round.number, values });
    } else if (round.outcome === 0) this.#release(round, effects);
    else this.#conclude(round, effects);
  }

  /**
   * Only now: n-f members have said CONF, so at most one value can come out of any such set, and the coin is still
   * unknown. A share that leaves earlier, or an outcome taken from this member's own AUXs, lets the adversary look at
   * the coin first and then choose who is left with the other value.
   */
  #release(round: Round, effects: Out[]): void {
    const { correct } = this.#quorums;
    round.outcome = round.confsOf(1) >= correct ? 1 : round.confsOf(2) >= correct ? 2 : 3;
    const share = this.#toss(round).share();
    if (share !== undefined && !round.released)
      this.#say(effects, { kind: 'share', round: round.number, share });
    round.released = true;
  }

  #conclude(round: Round, effects: Out[]): void {
    const coin = round.toss?.value();
    assert(coin !== undefined, 'a round ends with its coin');
    if (round.outcome === only(coin)) this.#decide(coin, round.number, effects);
    else this.#enter(round.number + 1, round.outcome === 3 ? coin : coin === 0 ? 1 : 0, effects);
  }

  #enter(number: number, estimate: Bit, effects: Out[]): void {
    const left = this.#rounds.get(number - 1);
    if (left !== undefined) left.toss = undefined;
    this.#current = number;
    this.#sayBval(this.#round(number), estimate, effects);
    const placed = number + AHEAD_ROUNDS;
    for (const peer of this.#options.committee.ids) {
      if (this.#lookAhead.ask(peer, placed))
        effects.push({ kind: 'send', to: peer, message: { kind: 'again', round: placed } });
    }
  }

  /** Finishes the round it is in, and begins no other. */
  #decide(value: Bit, round: number, effects: Out[]): void {
    this.#decision = { value, round };
    this.#say(effects, { kind: 'decide', round, value });
    effects.push({ kind: 'output', output: this.#decision });
  }

  #haltIfDue(): void {
    if (this.#decision === undefined) return;
    this.#halted = this.#decides[this.#decision.value] >= this.#quorums.correct;
  }

  #sayBval(round: Round, value: Bit, effects: Out[]): void {
    round.saidBvals = (round.saidBvals | only(value)) as Bits;
    round.estimate ??= value;
    this.#say(effects, { kind: 'bval', round: round.number, value });
  }

  #say(effects: Out[], message: AgreementMessage): void {
    effects.push({ kind: 'broadcast', message });
  }

  /** A statement of this member from before its restart. */
  #remember(message: AgreementMessage): void {
    const { self } = this.#options;
    if (message.kind === 'again') return;
    if (message.kind === 'decide') {
      this.#decision = { value: message.value, round: message.round };
      this.#countDecide(self, message);
      return;
    }
    const round = this.#round(message.round);
    this.#proposed = this.#active = true;
    this.#current = Math.max(this.#current, message.round);
    if (message.kind === 'bval') {
      round.saidBvals = (round.saidBvals | only(message.value)) as Bits;
      round.estimate ??= message.value;
      round.castBval(self, message.value);
    } else if (message.kind === 'aux') {
      round.saidAux = message.value;
      round.castAux(self, message.value);
    } else if (message.kind === 'conf') {
      round.saidConf = message.values;
      round.castConf(self, message.values);
    } else {
      round.released = true;
      round.castShare(self);
    }
  }

  #saidIn(number: number): AgreementMessage[] {
    const round = this.#rounds.get(number);
    if (round === undefined) return [];
    const said = round.said();
    const share = round.released ? this.#freshToss(number).share() : undefined;
    if (share !== undefined) said.push({ kind: 'share', round: number, share });
    return said;
  }

  #round(number: number): Round {
    const known = this.#rounds.get(number);
    if (known !== undefined) return known;
    const round = new Round(number, this.#options.committee.n);
    this.#rounds.set(number, round);
    this.#options.committee.ids.forEach((id) => {
      const decide = this.#deciders[id];
      if (decide !== undefined && decide.round < number) round.castDecided(id, decide.value);
    });
    return round;
  }

  #toss(round: Round): Toss {
    round.toss ??= this.#freshToss(round.number);
    return round.toss;
  }

  #freshToss(round: number): Toss {
    return this.#options.coin.toss({ ...this.#options.scope, round });
  }
}

function accuse(accused: NodeId, code: FaultCode): Outs {
  return [{ kind: 'fault', accused, code }];
}
