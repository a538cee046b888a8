import { type Bit, Prng } from '../../base/index.ts';
import { faultyMax } from '../../committee/index.ts';

/**
 * Who orders the messages, and what the liars do with that.
 *
 * - `uniform`: any message next; the liars say anything.
 * - `latest`: mostly the last one that was sent; the liars say anything.
 * - `split`: tries to bind each round to a value of its choice at one member and to leave the others with the coin.
 * - `hold`: as `split`, but keeps that one member until the coin is known, and spoils the round if it shows the value.
 * - `foresee`: as `split`, by somebody who believes to know every coin beforehand, for `foreseen` rounds.
 * - `steer`: lets some members reveal the coin, and then steers those held back. The attack that HoneyBadgerBFT was told of.
 */
export const AGREEMENT_PLANS = ['uniform', 'latest', 'split', 'hold', 'foresee', 'steer'] as const;

/** One of `AGREEMENT_PLANS`. */
export type AgreementPlan = (typeof AGREEMENT_PLANS)[number];

/** All that a run of one agreement depends on, besides the code. */
export interface AgreementScenario {
  readonly n: number;
  readonly f: number;
  readonly seed: number;
  readonly plan: AgreementPlan;
  readonly faulty: readonly number[];
  /** Whether the faulty say nothing at all. */
  readonly silent: boolean;
  /** By member. */
  readonly inputs: readonly Bit[];
  /** Whether members begin one after another, at any time. */
  readonly staggered: boolean;
  /** The member that hears nothing until all others have ended or can go no further; undefined for none. */
  readonly late: number | undefined;
  /** After so many rounds `foresee` is at its end, and chance goes on. */
  readonly foreseen: number;
  /** Whether correct members crash and come back with what they said. */
  readonly restarts: boolean;
}

/** The scenario of a seed; what is given stands. */
export function drawAgreement(seed: number, fixed: Partial<AgreementScenario> = {}): AgreementScenario {
  const prng = new Prng(seed);
  const n = fixed.n ?? prng.pick([4, 5, 6, 7]);
  const f = fixed.f ?? faultyMax(n);
  const members = Array.from({ length: n }, (_, id) => id);
  const drawn = Array.from({ length: f }, () => members.splice(prng.below(members.length), 1)[0] ?? 0);
  const unanimous = prng.chance(1, 6);
  const first: Bit = prng.chance(1, 2) ? 1 : 0;
  const inputs = Array.from({ length: n }, (): Bit => (unanimous ? first : prng.chance(1, 2) ? 1 : 0));
  const plan = prng.pick(AGREEMENT_PLANS);
  const late = prng.chance(1, 3) ? prng.pick(members) : undefined;
  const silent = prng.chance(1, 6);
  const [staggered, restarts] = [prng.chance(1, 3), prng.chance(1, 5)];
  const faulty = drawn.toSorted((a, b) => a - b);
  return { plan, faulty, silent, inputs, staggered, late, restarts, foreseen: 8, ...fixed, n, f, seed };
}
