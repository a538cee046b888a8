import { assert, type Bit, UsageError } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { type Effect, type Effects, lift, NOTHING, type Protocol } from '../../protocol/index.ts';
import type { Decision } from '../output.ts';
import { Gate } from './gate.ts';
import { Ledger } from './ledger.ts';
import type { Bracha87Message, StepBroadcastFactory } from './message.ts';
import { Phases } from './phases.ts';
import {
  afterStep1,
  afterStep2,
  afterStep3,
  bitOf,
  type Counts,
  type Step,
  type StepValue,
} from './steps.ts';
import type { Bracha87View } from './view.ts';

type Out<Body> = Effect<Bracha87Message<Body>, Decision>;
type Outs<Body> = Effects<Bracha87Message<Body>, Decision>;

/** What one agreement needs to know. */
export interface Bracha87Options<Body> {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly broadcast: StepBroadcastFactory<Body>;
  /** A fair bit that nobody else can know: asked at most once a phase. */
  readonly toss: (phase: number) => Bit;
  /** Phases beyond the own one of which something is kept. An integer >= 1; default 3. */
  readonly phasesAhead?: number;
  /** The last phase that is begun: the same at every member. An integer >= 1; default 256. */
  readonly phasesMax?: number;
}

/** Default of `phasesAhead`. */
export const PHASES_AHEAD = 3;
/** Default of `phasesMax`. */
export const PHASES_MAX = 256;

/**
 * One binary agreement: all correct members decide the same bit, one that a correct member proposed, with probability 1
 * and whatever the timing. [Bracha 1987, Figure 4; `docs/protocols/bracha-consensus.md`]
 *
 * Phases of three steps. In each step every member broadcasts a value reliably and acts on the first n-f *valid* ones, so
 * that a liar can only say what a correct member might have said. A coin of one's own breaks ties. What is decided is
 * told in DECIDE, which ends the agreement.
 *
 * Holds the state of 3n broadcasts for each phase up to `phasesAhead` beyond the own one, and at most `phasesMax`.
 */
export class Bracha87<Body> implements Protocol<Bit, Bracha87Message<Body>, Decision> {
  readonly #committee: Committee;
  readonly #self: NodeId;
  readonly #toss: (phase: number) => Bit;
  readonly #phasesAhead: number;
  readonly #phasesMax: number;
  readonly #ledger: Ledger;
  readonly #phases: Phases<Body>;
  readonly #gate: Gate;
  /** By member: its first DECIDE, or `NONE`. */
  readonly #decides: Int8Array;
  readonly #decideCounts: [number, number] = [0, 0];
  /** Where this member stands: the step whose messages it waits for. Phase 0: it has not begun. */
  #phase = 0;
  #step: Step = 1;
  #value: StepValue = 0;
  #decision: Decision | undefined;
  /** Nothing is begun after this phase: everybody decides in it at the latest. */
  #lastPhase: number;
  /** The last phase that may be begun is over. */
  #parked = false;
  #ended = false;

  constructor(options: Bracha87Options<Body>) {
    const { committee, self, broadcast, toss, phasesAhead = PHASES_AHEAD, phasesMax = PHASES_MAX } = options;
    assert(Number.isInteger(phasesAhead) && phasesAhead >= 1, 'phasesAhead is an integer >= 1');
    assert(Number.isInteger(phasesMax) && phasesMax >= 1, 'phasesMax is an integer >= 1');
    this.#committee = committee;
    this.#self = self;
    this.#toss = toss;
    this.#phasesAhead = phasesAhead;
    this.#phasesMax = phasesMax;
    this.#lastPhase = phasesMax;
    this.#ledger = new Ledger(committee);
    this.#phases = new Phases(committee.n, broadcast);
    this.#gate = new Gate(committee.n);
    this.#decides = new Int8Array(committee.n).fill(NONE);
  }

  /** Set when n-f members have said that they decided: the others will learn it from those that are correct. */
  get terminated(): boolean {
    return this.#ended;
  }

  /** What was decided; undefined while nothing is. */
  get decision(): Decision | undefined {
    return this.#decision;
  }

  /** Whether this member has its value here, in a former life too. */
  get proposed(): boolean {
    return this.#phase > 0;
  }

  /** Takes part with this value. Without it this member helps the others and decides with them. @throws UsageError the second time. */
  propose(value: Bit): Outs<Body> {
    if (this.#phase > 0) throw new UsageError('this agreement has a value of this member already');
    if (this.#ended) return NOTHING;
    const effects: Out<Body>[] = [];
    this.#begin(1, 1, value, effects);
    this.#advance(effects);
    return effects;
  }

  handle(from: NodeId, message: Bracha87Message<Body>): Outs<Body> {
    if (this.#ended) return NOTHING;
    switch (message.kind) {
      case 'step':
        return this.#onStep(from, message.phase, message.step, message.sender, message.body);
      case 'decide':
        return this.#onDecide(from, message.value);
      case 'again':
        return this.#onAgain(from, message.phase);
    }
  }

  /** `said`: what this member broadcast, in order. The output is repeated if it had decided. */
  restore(said: readonly Bracha87Message<Body>[]): Outs<Body> {
    assert(this.#phase === 0 && this.#phases.size === 0, 'restore comes before any other call');
    const effects: Out<Body>[] = [];
    for (const { phase, step, sender, broadcast, due } of this.#phases.restore(said)) {
      const { proposed } = broadcast;
      if (sender === this.#self && proposed !== undefined && this.#isBefore(phase, step))
        this.#stand(phase, step, asStepValue(proposed));
      this.#carry(phase, step, sender, due, effects);
    }
    for (const message of said) if (message.kind === 'decide') this.#repeat(message.value, effects);
    this.#advance(effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  /** Time has passed: for broadcasts that ask again. */
  retry(): Outs<Body> {
    if (this.#ended) return NOTHING;
    const effects: Out<Body>[] = [];
    for (const { phase, step, sender, broadcast } of this.#phases) {
      const due = broadcast.retry?.() ?? NOTHING;
      if (due.length > 0) this.#carry(phase, step, sender, due, effects);
    }
    if (effects.length > 0) this.#advance(effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The link to `peer` is new: what was asked or answered over the old one may be lost. */
  linkReset(peer: NodeId): void {
    this.#gate.linkReset(peer);
    for (const { broadcast } of this.#phases) broadcast.linkReset?.(peer);
  }

  /** All that this member said that binds, for a peer that may have lost it. Of an agreement that has ended, its DECIDE. */
  said(): readonly Bracha87Message<Body>[] {
    const said: Bracha87Message<Body>[] = [];
    if (!this.#ended)
      for (const { phase, step, sender, broadcast } of this.#phases)
        for (const body of broadcast.said()) said.push({ kind: 'step', phase, step, sender, body });
    if (this.#decision !== undefined) said.push({ kind: 'decide', value: this.#decision.value });
    return said;
  }

  /** Broadcasts of which something is held. */
  get size(): number {
    return this.#phases.size;
  }

  /** What is known here, for people. Copies; safe to keep. */
  inspect(): Bracha87View {
    const begun = this.#phase > 0;
    return {
      ...{ phase: this.#phase, step: this.#step, decision: this.#decision },
      value: begun ? this.#value : undefined,
      exhausted: this.#parked && this.#decision === undefined,
      ended: this.#ended,
      needed: this.#committee.quorums.correct,
      waiting: this.#ledger.inspect(Math.max(this.#phase, 1), this.#step),
      decides: this.#committee.ids.flatMap((member) => {
        const value = this.#decides[member] ?? NONE;
        return value === NONE ? [] : [{ member, value: asBit(value) }];
      }),
    };
  }

  #onStep(from: NodeId, phase: number, step: Step, sender: NodeId, body: Body): Outs<Body> {
    if (phase < 1 || phase > this.#phasesMax)
      return [{ kind: 'fault', accused: from, code: 'malformed-message' }];
    if (phase > this.#horizon) {
      this.#gate.miss(from, phase);
      return NOTHING;
    }
    const due = this.#phases.at(phase, step, sender).handle(from, body);
    if (due.length === 0) return NOTHING;
    const effects: Out<Body>[] = [];
    this.#carry(phase, step, sender, due, effects);
    this.#advance(effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  #onDecide(from: NodeId, value: Bit): Outs<Body> {
    const earlier = this.#decides[from] ?? NONE;
    if (earlier !== NONE)
      return earlier === value ? NOTHING : [{ kind: 'fault', accused: from, code: 'conflicting-decide' }];
    const effects: Out<Body>[] = [];
    this.#count(from, value, effects);
    return effects.length === 0 ? NOTHING : effects;
  }

  #count(from: NodeId, value: Bit, effects: Out<Body>[]): void {
    this.#decides[from] = value;
    this.#decideCounts[value] += 1;
    const { support, correct } = this.#committee.quorums;
    if (this.#decideCounts[value] >= support) this.#decide(value, effects);
    if (this.#decision?.value !== value || this.#decideCounts[value] < correct) return;
    this.#ended = true;
    this.#phases.clear();
  }

  /** Answered once for each peer, phase and link. */
  #onAgain(from: NodeId, phase: number): Outs<Body> {
    if (!this.#phases.has(phase) || !this.#gate.answers(from, phase)) return NOTHING;
    const effects: Out<Body>[] = [];
    for (const { step, sender, broadcast } of this.#phases.of(phase))
      for (const body of broadcast.said())
        effects.push({ kind: 'send', to: from, message: { kind: 'step', phase, step, sender, body } });
    return effects.length === 0 ? NOTHING : effects;
  }

  /** The last phase of which anything is kept. */
  get #horizon(): number {
    return Math.max(this.#phase, 1) + this.#phasesAhead;
  }

  /** Goes from step to step as far as the valid messages allow. */
  #advance(effects: Out<Body>[]): void {
    while (this.#phase > 0 && !this.#parked) {
      const counts = this.#ledger.quorum(this.#phase, this.#step);
      if (counts === undefined) return;
      this.#leave(counts, effects);
    }
  }

  /** Acts on the first n-f valid messages of the present step. */
  #leave(counts: Counts, effects: Out<Body>[]): void {
    const committee = this.#committee;
    if (this.#step === 1) this.#begin(this.#phase, 2, afterStep1(counts), effects);
    else if (this.#step === 2)
      this.#begin(this.#phase, 3, afterStep2(committee, counts, bitOf(this.#value)), effects);
    else {
      const verdict = afterStep3(committee, counts);
      if (verdict.kind === 'decide') {
        this.#decide(verdict.value, effects);
        // Everybody adopts this value, and so decides it in the next phase.
        this.#lastPhase = Math.min(this.#lastPhase, this.#phase + 1);
      }
      if (this.#phase >= this.#lastPhase) this.#parked = true;
      else {
        const value = verdict.kind === 'toss' ? this.#toss(this.#phase) : verdict.value;
        this.#begin(this.#phase + 1, 1, value, effects);
      }
    }
  }

  #begin(phase: number, step: Step, value: StepValue, effects: Out<Body>[]): void {
    const entered = phase !== this.#phase;
    this.#stand(phase, step, value);
    if (entered)
      for (const { peer, phase: missed } of this.#gate.due(this.#horizon))
        effects.push({ kind: 'send', to: peer, message: { kind: 'again', phase: missed } });
    this.#carry(phase, step, this.#self, this.#phases.at(phase, step, this.#self).propose(value), effects);
  }

  #stand(phase: number, step: Step, value: StepValue): void {
    this.#phase = phase;
    this.#step = step;
    this.#value = value;
  }

  #isBefore(phase: number, step: Step): boolean {
    return this.#phase < phase || (this.#phase === phase && this.#step < step);
  }

  #decide(value: Bit, effects: Out<Body>[]): void {
    if (this.#decision !== undefined) return;
    this.#decision = { value, round: this.#phase };
    effects.push({ kind: 'output', output: this.#decision });
    effects.push({ kind: 'broadcast', message: { kind: 'decide', value } });
  }

  /** It decided in a former life, and told the others. */
  #repeat(value: Bit, effects: Out<Body>[]): void {
    if (this.#decision !== undefined) return;
    this.#decision = { value, round: this.#phase };
    effects.push({ kind: 'output', output: this.#decision });
    this.#count(this.#self, value, effects);
  }

  #carry(phase: number, step: Step, sender: NodeId, due: Effects<Body, number>, effects: Out<Body>[]): void {
    const wrap = (body: Body): Bracha87Message<Body> => ({ kind: 'step', phase, step, sender, body });
    const lifted = lift<Body, number, Bracha87Message<Body>, Decision>(due, wrap, (output) => {
      this.#ledger.accept(phase, step, sender, asStepValue(output));
      return NOTHING;
    });
    effects.push(...lifted);
  }
}

function asBit(value: number): Bit {
  return value === 0 ? 0 : 1;
}

function asStepValue(value: number): StepValue {
  assert(value === 0 || value === 1 || value === 2 || value === 3, 'a broadcast carries a value of its step');
  return value;
}

/** Nothing has come. */
const NONE = -1;
