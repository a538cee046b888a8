import { bytesEqual, toHex } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import { type Effect, type Effects, NOTHING, type Protocol } from '../protocol/index.ts';
import type { CommonSubsetOptions } from './common-subset.ts';
import type { ValueMessage } from './message.ts';
import { MultiValuedAgreement } from './multi-valued.ts';

/** What an agreement on a value ends with: at most once, the same value at every correct member. */
export interface ValueDecision {
  readonly value: Uint8Array;
  /** The latest round of the agreements on proposals at this member; 0 if it was told by others. Differs among members. */
  readonly round: number;
}

/** Where an agreement on a value stands, for people. */
export interface ValueView {
  readonly decision: ValueDecision | undefined;
  readonly ended: boolean;
  /** Members that have to say that they decided, so that it ends. */
  readonly needed: number;
  /** Those that did. */
  readonly decides: readonly NodeId[];
  /** By proposer: whether its proposal is here, and whether it is in. Empty once it has ended. */
  readonly proposals: ReturnType<MultiValuedAgreement<unknown, unknown>['inspect']>;
}

type Out<B, A> = Effect<ValueMessage<B, A>, ValueDecision>;
type Outs<B, A> = Effects<ValueMessage<B, A>, ValueDecision>;

/**
 * A multi-valued agreement with an end: whoever decided says so, f+1 that say the same are believed, and n-f end it. From then on
 * nothing is held but the value, and whoever comes late is told it by f+1 correct members. [`docs/protocols/common-subset.md`]
 *
 * Any member that comes to hear of it helps; n-f have to propose. Holds n broadcasts, n agreements and n values.
 */
export class ValueAgreement<B, A> implements Protocol<Uint8Array, ValueMessage<B, A>, ValueDecision> {
  readonly #options: CommonSubsetOptions<B, A>;
  /** Undefined once it has ended. */
  #choice: MultiValuedAgreement<B, A> | undefined;
  /** By member: the value of its first `decided`. */
  readonly #decides = new Map<NodeId, string>();
  #decision: ValueDecision | undefined;

  constructor(options: CommonSubsetOptions<B, A>) {
    this.#options = options;
    this.#choice = new MultiValuedAgreement(options);
  }

  /** Set when n-f members have said that they decided: the others will learn it from those that are correct. */
  get terminated(): boolean {
    return this.#choice === undefined;
  }

  /** What was decided; undefined while nothing is. */
  get decision(): ValueDecision | undefined {
    return this.#decision;
  }

  /** @throws UsageError if called twice, or if the broadcast refuses the value. */
  propose(value: Uint8Array): Outs<B, A> {
    return this.#choice === undefined ? NOTHING : this.#carried(this.#choice, this.#choice.propose(value));
  }

  handle(from: NodeId, message: ValueMessage<B, A>): Outs<B, A> {
    if (this.#choice === undefined) return NOTHING;
    if (message.kind === 'decided') return this.#onDecided(from, message.value);
    // What tells of the end here is `decided`.
    if (message.kind === 'done') return NOTHING;
    return this.#carried(this.#choice, this.#choice.handle(from, message));
  }

  /** As `CommonSubset.restore`; the output is repeated if it had decided. */
  restore(said: readonly ValueMessage<B, A>[]): Outs<B, A> {
    const effects: Out<B, A>[] = [];
    for (const message of said) {
      if (message.kind !== 'decided' || this.#decision !== undefined) continue;
      this.#decision = { value: message.value, round: 0 };
      effects.push({ kind: 'output', output: this.#decision });
      this.#onDecided(this.#options.self, message.value);
    }
    const choice = this.#choice;
    if (choice !== undefined)
      effects.push(
        ...this.#carried(choice, choice.restore(said.filter((message) => message.kind !== 'decided'))),
      );
    return effects.length === 0 ? NOTHING : effects;
  }

  /** Time has passed, for broadcasts that ask again. */
  retry(): Outs<B, A> {
    return this.#choice === undefined ? NOTHING : this.#carried(this.#choice, this.#choice.retry());
  }

  /** The link to `peer` is new: what was asked or answered over the old one may be lost. */
  linkReset(peer: NodeId): void {
    this.#choice?.linkReset(peer);
  }

  /** What this member said and `peer` may still need, also after the end. Idempotent to repeat. */
  owedTo(peer: NodeId): readonly ValueMessage<B, A>[] {
    const owed: ValueMessage<B, A>[] = [];
    if (!this.#decides.has(peer))
      for (const message of this.#choice?.owedTo(peer) ?? []) if (message.kind !== 'done') owed.push(message);
    if (this.#decision !== undefined) owed.push({ kind: 'decided', value: this.#decision.value });
    return owed;
  }

  /** What is known here, for people. A copy. */
  inspect(): ValueView {
    return {
      decision: this.#decision,
      ended: this.terminated,
      needed: this.#options.committee.quorums.correct,
      decides: [...this.#decides.keys()].toSorted((a, b) => a - b),
      proposals: this.#choice?.inspect() ?? [],
    };
  }

  #onDecided(from: NodeId, value: Uint8Array): Outs<B, A> {
    const said = toHex(value);
    const earlier = this.#decides.get(from);
    if (earlier !== undefined)
      return earlier === said ? NOTHING : [{ kind: 'fault', accused: from, code: 'conflicting-decide' }];
    this.#decides.set(from, said);
    let count = 0;
    for (const other of this.#decides.values()) if (other === said) count += 1;
    const { support, correct } = this.#options.committee.quorums;
    const effects: Out<B, A>[] = [];
    if (count >= support) this.#decide({ value, round: 0 }, effects);
    const isOurs = this.#decision !== undefined && bytesEqual(this.#decision.value, value);
    if (isOurs && count >= correct) this.#choice = undefined;
    return effects.length === 0 ? NOTHING : effects;
  }

  #decide(decision: ValueDecision, effects: Out<B, A>[]): void {
    if (this.#decision !== undefined) return;
    this.#decision = decision;
    effects.push({ kind: 'output', output: decision });
    effects.push({ kind: 'broadcast', message: { kind: 'decided', value: decision.value } });
  }

  /** What the choice asks for, its output as a decision. Its `done` is not said. */
  #carried(
    choice: MultiValuedAgreement<B, A>,
    due: ReturnType<MultiValuedAgreement<B, A>['handle']>,
  ): Outs<B, A> {
    if (due.length === 0) return NOTHING;
    const effects: Out<B, A>[] = [];
    for (const effect of due) {
      if (effect.kind === 'output')
        this.#decide({ value: effect.output.value, round: choice.rounds }, effects);
      else if (effect.kind !== 'broadcast' || effect.message.kind !== 'done') effects.push(effect);
    }
    return effects.length === 0 ? NOTHING : effects;
  }
}
