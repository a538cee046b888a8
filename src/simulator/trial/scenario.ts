import { Prng } from '../../base/index.ts';
import { faultyMax } from '../../committee/index.ts';
import { SCHEDULES, type ScheduleName } from '../world/index.ts';
import { TRIAL_LIARS, type TrialLiar } from './liars.ts';

/** All that a trial depends on, besides the code. */
export interface TrialScenario {
  readonly n: number;
  readonly f: number;
  readonly seed: number;
  readonly schedule: ScheduleName;
  /** Members that are faulty, by number. */
  readonly faulty: readonly number[];
  readonly liars: TrialLiar;
  /** Whether correct members crash and come back with what they said, and nothing else. */
  readonly restarts: boolean;
}

/** Sizes that trials draw from: 3f+1, 3f+2 and 3f+3, and the smallest with two liars. */
const SIZES = [4, 4, 5, 6, 7];

/** The scenario of a seed; what is given stands. */
export function drawTrial(seed: number, fixed: Partial<TrialScenario> = {}): TrialScenario {
  const prng = new Prng(seed);
  const n = fixed.n ?? prng.pick(SIZES);
  const f = fixed.f ?? faultyMax(n);
  const members = Array.from({ length: n }, (_, id) => id);
  const count = prng.chance(1, 8) ? prng.below(f + 1) : f;
  const drawn = Array.from({ length: count }, () => members.splice(prng.below(members.length), 1)[0] ?? 0);
  const faulty = fixed.faulty ?? drawn.toSorted((a, b) => a - b);
  const [schedule, liars, restarts] = [prng.pick(SCHEDULES), prng.pick(TRIAL_LIARS), prng.chance(1, 3)];
  return { schedule, liars, restarts, ...fixed, n, f, seed, faulty };
}
