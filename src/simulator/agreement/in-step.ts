import {
  afterStep1,
  afterStep2,
  afterStep3,
  Bracha87,
  type Bracha87Message,
  type Bracha87Options,
  bitOf,
  type Decision,
  STEPS,
  type StepValue,
  valuesOf,
} from '../../agreement/index.ts';
import { type Bit, Prng } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Effects } from '../../protocol/index.ts';
import { type IdealMessage, idealSteps } from './ideal-steps.ts';

/** How many members decided in phase 1, 2, ...: index 0 is phase 1. */
export type PhaseHistogram = readonly number[];

/** Runs with seeds from this one on. */
export interface SeededRuns {
  readonly seed: number;
  readonly runs: number;
}

/** What happens in step. */
export interface InStepOptions {
  readonly committee: Committee;
  readonly seed: number;
  /** The last so many members say anything that the step has a value for. */
  readonly liars: number;
  /** What correct members propose. */
  readonly inputOf: (prng: Prng) => Bit;
  /** The liars fall silent after this phase. Default: never. */
  readonly lyingPhases?: number;
  /** Whether members learn of each other's decisions. */
  readonly decides?: boolean;
  /** Whether the liars confirm to each member what it decided, and to nobody else. */
  readonly accomplices?: boolean;
  /** Makes the machine of a member: of other code, for instance. Default: `Bracha87`. */
  readonly machine?: (options: Bracha87Options<IdealMessage>) => Bracha87<IdealMessage>;
}

/** One correct member in the end. */
export interface PlayedInStep {
  readonly decision: Decision | undefined;
  readonly ended: boolean;
  /** All that it said. */
  readonly said: readonly Bracha87Message<IdealMessage>[];
}

interface StepLetter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Bracha87Message<IdealMessage>;
}

/** Rounds after which somebody who has not decided will not. */
const ROUNDS_MAX = 400;

/**
 * Bracha's agreement as its analysis has it: ideal broadcasts, step after step, the messages of a step in random order at each
 * member, random inputs, and nobody learns the decision of another.
 */
export function inStep(
  committee: Committee,
  { seed, runs }: SeededRuns,
): { readonly histogram: PhaseHistogram; readonly deliveries: number } {
  const histogram: number[] = [];
  let deliveries = 0;
  for (let run = 0; run < runs; run += 1) {
    const play = new Play({ committee, seed: seed + run, liars: 0, inputOf: randomBit });
    for (const { decision } of play.run()) if (decision !== undefined) add(histogram, decision.round);
    deliveries += play.deliveries;
  }
  return { histogram, deliveries };
}

/** What each correct member comes to. */
export function playInStep(options: InStepOptions): readonly PlayedInStep[] {
  return new Play(options).run();
}

class Play {
  readonly #options: InStepOptions;
  readonly #prng: Prng;
  readonly #correct: readonly NodeId[];
  readonly #liars: readonly NodeId[];
  readonly #machines: readonly Bracha87<IdealMessage>[];
  readonly #said: Bracha87Message<IdealMessage>[][];
  #step: StepLetter[] = [];
  deliveries = 0;

  constructor(options: InStepOptions) {
    const { committee, seed, liars, machine = (its) => new Bracha87(its) } = options;
    const prng = new Prng(seed);
    this.#options = options;
    this.#prng = prng;
    this.#correct = committee.ids.slice(0, committee.n - liars);
    this.#liars = committee.ids.slice(committee.n - liars);
    this.#machines = this.#correct.map((self) =>
      machine({ committee, self, broadcast: idealSteps(), toss: () => randomBit(prng) }),
    );
    this.#said = this.#correct.map(() => []);
  }

  run(): readonly PlayedInStep[] {
    const { inputOf } = this.#options;
    for (const id of this.#correct) this.#carry(id, this.#machines[id]?.propose(inputOf(this.#prng)) ?? []);
    for (let round = 0; this.#step.length > 0 && round < ROUNDS_MAX; round += 1) {
      this.#lie(round);
      const letters = this.#step;
      this.#step = [];
      while (letters.length > 0) {
        const [letter] = letters.splice(this.#prng.below(letters.length), 1);
        if (letter === undefined) break;
        this.deliveries += 1;
        this.#carry(letter.to, this.#machines[letter.to]?.handle(letter.from, letter.message) ?? []);
      }
    }
    return this.#machines.map((machine, id) => ({
      decision: machine.decision,
      ended: machine.terminated,
      said: this.#said[id] ?? [],
    }));
  }

  #carry(self: NodeId, effects: Effects<Bracha87Message<IdealMessage>, Decision>): void {
    const { accomplices = false, decides = false } = this.#options;
    for (const effect of effects) {
      if (effect.kind === 'broadcast') this.#said[self]?.push(effect.message);
      if (effect.kind === 'output' && accomplices)
        for (const from of this.#liars)
          this.#step.push({ from, to: self, message: { kind: 'decide', value: effect.output.value } });
      if (effect.kind !== 'broadcast' || (effect.message.kind === 'decide' && !decides)) continue;
      for (const to of this.#correct) this.#step.push({ from: self, to, message: effect.message });
    }
  }

  #lie(round: number): void {
    const [phase, at] = [1 + Math.floor(round / STEPS.length), STEPS[round % STEPS.length] ?? 1];
    if (phase > (this.#options.lyingPhases ?? ROUNDS_MAX)) return;
    for (const sender of this.#liars) {
      const body = { kind: 'ideal' as const, value: this.#prng.below(valuesOf(at)) };
      for (const to of this.#correct)
        this.#step.push({ from: sender, to, message: { kind: 'step', phase, step: at, sender, body } });
    }
  }
}

/** The analysis: in every step each member acts on n-f messages, any of them, independently of all others. */
export function modelled(committee: Committee, { seed, runs }: SeededRuns): PhaseHistogram {
  const histogram: number[] = [];
  const prng = new Prng(seed);
  const { n, quorums } = committee;
  const act = (values: readonly StepValue[]): [number, number, number, number] => {
    const counts: [number, number, number, number] = [0, 0, 0, 0];
    const left = [...values];
    for (let i = 0; i < quorums.correct; i += 1) counts[left.splice(prng.below(left.length), 1)[0] ?? 0] += 1;
    return counts;
  };
  for (let run = 0; run < runs; run += 1) {
    let values: StepValue[] = Array.from({ length: n }, () => randomBit(prng));
    const decided = new Set<number>();
    for (let phase = 1; decided.size < n; phase += 1) {
      const first = values.map((): StepValue => afterStep1(act(values)));
      const second = first.map((own) => afterStep2(committee, act(first), bitOf(own)));
      values = second.map((_, member): Bit => {
        const verdict = afterStep3(committee, act(second));
        if (verdict.kind === 'decide' && !decided.has(member)) {
          decided.add(member);
          add(histogram, phase);
        }
        return verdict.kind === 'toss' ? randomBit(prng) : verdict.value;
      });
    }
  }
  return histogram;
}

function randomBit(prng: Prng): Bit {
  return prng.below(2) === 0 ? 0 : 1;
}

function add(histogram: number[], phase: number): void {
  while (histogram.length < phase) histogram.push(0);
  histogram[phase - 1] = (histogram[phase - 1] ?? 0) + 1;
}
