import {
  afterStep1,
  afterStep2,
  afterStep3,
  bitOf,
  STEPS,
  type StepValue,
  valuesOf,
} from '../../src/agreement/bracha87/steps.ts';
import type { Bracha87Message, Decision } from '../../src/agreement/index.ts';
import { type Bit, Prng } from '../../src/base/index.ts';
import type { Committee, NodeId } from '../../src/committee/index.ts';
import type { Effects } from '../../src/protocol/index.ts';
import { drawTrial, runTrial } from '../../src/simulator/index.ts';
import { type IdealMessage, idealSteps } from './ideal-steps.ts';
import { bracha87Subject, type Code, type Inputs, OWN, randomBit } from './subject.ts';

/** How many members decided in phase 1, 2, ...: index 0 is phase 1. */
export type Histogram = number[];

export function mean(histogram: Histogram): number {
  const members = histogram.reduce((sum, count) => sum + count, 0);
  return histogram.reduce((sum, count, index) => sum + count * (index + 1), 0) / members;
}

function add(histogram: Histogram, phase: number): void {
  while (histogram.length < phase) histogram.push(0);
  histogram[phase - 1] = (histogram[phase - 1] ?? 0) + 1;
}

/** The protocol over real broadcasts: nobody is faulty, inputs are random, messages arrive in random order. */
export function measured({ n, f }: Committee, seeds: number): Histogram {
  const histogram: Histogram = [];
  const subject = bracha87Subject();
  const heard = {
    ...subject,
    properties: {
      ...subject.properties,
      heard: ({ outputs, ended }: Parameters<NonNullable<(typeof subject.properties)[string]>>[0]) => {
        if (ended)
          for (const [decision] of outputs) if (decision !== undefined) add(histogram, decision.round);
        return undefined;
      },
    },
  };
  for (let seed = 1; seed <= seeds; seed += 1)
    runTrial(heard, {
      scenario: drawTrial(seed, { n, f, faulty: [], schedule: 'uniform', restarts: false }),
    });
  return histogram;
}

/**
 * The protocol as the analysis has it: ideal broadcasts, step after step, the messages of a step in random order at each
 * member, and nobody learns the decision of another.
 */
export function inStep({ n, f }: Committee, runs: number): Histogram {
  const histogram: Histogram = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const decisions = playInStep(OWN, { n, f, seed, liars: 0, inputs: 'random' });
    for (const { decision } of decisions) if (decision !== undefined) add(histogram, decision.round);
  }
  return histogram;
}

/** What happens in step. */
export interface InStepOptions {
  readonly n: number;
  readonly f: number;
  readonly seed: number;
  /** The last so many members say anything that the step has a value for. */
  readonly liars: number;
  readonly inputs: Inputs;
  /** The liars fall silent after this phase. Default: never. */
  readonly lyingPhases?: number;
  /** Whether members learn of each other's decisions. */
  readonly decides?: boolean;
  /** Whether the liars confirm to each member what it decided, and to nobody else. */
  readonly accomplices?: boolean;
}

/** One correct member in the end. */
export interface Played {
  readonly decision: Decision | undefined;
  readonly ended: boolean;
  /** All that it said. */
  readonly said: readonly Bracha87Message<IdealMessage>[];
}

/** Rounds after which somebody who has not decided will not. */
const ROUNDS_MAX = 400;

/** What each correct member decides. */
export function playInStep(
  { agreement, committee: { Committee: Of } }: Code,
  {
    n,
    f,
    seed,
    liars,
    inputs,
    lyingPhases = ROUNDS_MAX,
    decides = false,
    accomplices = false,
  }: InStepOptions,
): readonly Played[] {
  const prng = new Prng(seed);
  const committee = new Of(n, f);
  const correct = committee.ids.slice(0, n - liars);
  let step: {
    readonly from: NodeId;
    readonly to: NodeId;
    readonly message: Bracha87Message<IdealMessage>;
  }[] = [];
  const toss = (): Bit => randomBit(prng);
  const machines = correct.map(
    (self) => new agreement.Bracha87({ committee, self, broadcast: idealSteps(), toss }),
  );
  const said: Bracha87Message<IdealMessage>[][] = correct.map(() => []);
  const carry = (self: NodeId, effects: Effects<Bracha87Message<IdealMessage>, Decision>): void => {
    for (const effect of effects) {
      if (effect.kind === 'broadcast') said[self]?.push(effect.message);
      if (effect.kind === 'output' && accomplices)
        for (const from of committee.ids.slice(n - liars))
          step.push({ from, to: self, message: { kind: 'decide', value: effect.output.value } });
      if (effect.kind !== 'broadcast' || (effect.message.kind === 'decide' && !decides)) continue;
      for (const to of correct) step.push({ from: self, to, message: effect.message });
    }
  };
  const lie = (round: number): void => {
    const [phase, at] = [1 + Math.floor(round / 3), STEPS[round % 3] ?? 1];
    if (phase > lyingPhases) return;
    for (const sender of committee.ids.slice(n - liars)) {
      const body = { kind: 'ideal' as const, value: prng.below(valuesOf(at)) };
      for (const to of correct)
        step.push({ from: sender, to, message: { kind: 'step', phase, step: at, sender, body } });
    }
  };
  for (const id of correct)
    carry(id, machines[id]?.propose(inputs === 'random' ? randomBit(prng) : inputs === 'ones' ? 1 : 0) ?? []);
  for (let round = 0; step.length > 0 && round < ROUNDS_MAX; round += 1) {
    lie(round);
    const letters = step;
    step = [];
    while (letters.length > 0) {
      const [letter] = letters.splice(prng.below(letters.length), 1);
      if (letter === undefined) break;
      carry(letter.to, machines[letter.to]?.handle(letter.from, letter.message) ?? []);
    }
  }
  return machines.map((machine, id) => ({
    decision: machine.decision,
    ended: machine.terminated,
    said: said[id] ?? [],
  }));
}

/** The analysis: in every step each member acts on n-f messages, any of them, independently of all others. */
export function modelled(committee: Committee, runs: number): Histogram {
  const histogram: Histogram = [];
  const prng = new Prng(1);
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
