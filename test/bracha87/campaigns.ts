import { Prng } from '../../src/base/index.ts';
import { Committee } from '../../src/committee/index.ts';
import { idealSteps } from '../../src/simulator/agreement/index.ts';
import { drawTrial, runTrial, type TrialScenario } from '../../src/simulator/index.ts';
import { farBehind } from './far-behind.ts';
import { type InStepOptions, playInStep } from './phases.ts';
import { disagreement, type Validation } from './sets.ts';
import { arbitrary, bracha87Subject, type Code, type Inputs, randomBit } from './subject.ts';

/** Built code as a whole: what campaigns need of it. */
export interface WholeCode extends Code {
  readonly validation: Validation;
}

const trial =
  (inputs: Inputs, fixed: Partial<TrialScenario> = {}) =>
  (code: WholeCode, seed: number): string | undefined => {
    const { violated, ended } = runTrial(bracha87Subject({ inputs, code }), {
      scenario: drawTrial(seed, fixed),
    });
    return violated?.property ?? (ended ? undefined : 'no end');
  };

/** Step after step among `n` members, the liars saying whatever a step has values for. */
const stepwise =
  (inputs: Inputs, liars: (f: number) => number, more: Partial<InStepOptions> = {}) =>
  (code: WholeCode, seed: number): string | undefined => {
    const [n, f] = new Prng(seed).pick([
      [4, 1],
      [5, 1],
      [6, 1],
      [7, 2],
      [10, 3],
    ] as const);
    const played = playInStep(code, { n, f, seed, liars: liars(f), inputs, ...more });
    const decisions = played.map(({ decision }) => decision);
    const values = new Set(decisions.map((decision) => decision?.value));
    if (values.has(undefined)) return 'termination';
    if (values.size > 1) return 'agreement';
    const late = inputs !== 'random' && decisions.some((decision) => decision?.round !== 1);
    if (more.decides === true && liars(f) === 0 && played.some(({ ended }) => !ended)) return 'no end';
    return late ? 'unanimity' : undefined;
  };

/** A member that comes back with what it said, and hears nothing more: all others have ended. */
function comeBack(code: WholeCode, seed: number): string | undefined {
  const played = playInStep(code, { n: 4, f: 1, seed, liars: 0, inputs: 'random', decides: true });
  const committee = new code.committee.Committee(4, 1);
  for (const [id, { said, decision }] of played.entries()) {
    const self = committee.member(id);
    const toss = (): 0 | 1 => 0;
    const machine = new code.agreement.Bracha87({ committee, self, broadcast: idealSteps(), toss });
    machine.restore(said);
    if (machine.decision?.value !== decision?.value) return 'a decision is forgotten';
  }
  return undefined;
}

/** What tells a bug from the correct code: gives what is wrong, or undefined. */
export const CAMPAIGNS = {
  /** Committees, schedules, liars, restarts and inputs as the seed has it. */
  mixed: trial('random'),
  /** All correct members propose 1, all proposing 0. */
  ones: trial('ones', { restarts: false }),
  zeros: trial('zeros', { restarts: false }),
  /** n-f is even: ties. */
  ties: trial('random', { n: 5, f: 1, restarts: false }),
  /** Correct members alone, step after step, without DECIDEs: thresholds. */
  'in-step': stepwise('random', () => 0),
  /** The same with liars that say whatever a step has values for: validation. */
  'contrary-ones': stepwise('ones', (f) => f),
  'contrary-zeros': stepwise('zeros', (f) => f),
  contrary: stepwise('random', (f) => f),
  /** Liars that fall silent after a phase: all correct members are needed, those that decided too. */
  'needed-later': stepwise('random', (f) => f, { lyingPhases: 1, decides: true }),
  /** The same, and each that decides is told by the liars that they did too. */
  accomplices: stepwise('random', (f) => f, { lyingPhases: 1, decides: true, accomplices: true }),
  /** Correct members alone, to the end of the agreement. */
  'to-the-end': stepwise('random', () => 0, { decides: true }),
  'come-back': comeBack,
  /** Validation against looking at all sets of messages. No chance in it. */
  'closed-forms': ({ validation, committee }: WholeCode): string | undefined => {
    for (let n = 4; n <= 9; n += 1)
      for (let f = 0; 3 * f < n; f += 1) {
        const wrong = disagreement(new committee.Committee(n, f), validation);
        if (wrong !== undefined) return wrong;
      }
    return undefined;
  },
  /** One member amid arbitrary messages of any phase. */
  memory: ({ agreement, committee }: WholeCode, seed: number): string | undefined => {
    const prng = new Prng(seed);
    const all = new committee.Committee(4, 1);
    const self = new Committee(4, 1).member(0);
    const toss = (): 0 | 1 => randomBit(prng);
    const broadcast = agreement.shortSteps(all, self);
    const machine = new agreement.Bracha87({ committee: all, self, broadcast, toss, phasesAhead: 1 });
    for (let i = 0; i < 5_000; i += 1) machine.handle(prng.pick(all.ids), arbitrary(prng, all));
    return machine.size > 3 * 4 * 6 ? `${machine.size} broadcasts` : undefined;
  },
  /** A member hears nothing until the others are some phases ahead. */
  'far-behind': (code: WholeCode, seed: number): string | undefined =>
    farBehind(code, seed).undecided.length === 0 ? undefined : 'termination',
} as const satisfies Record<string, (code: WholeCode, seed: number) => string | undefined>;

/** One of `CAMPAIGNS`. */
export type CampaignName = keyof typeof CAMPAIGNS;
