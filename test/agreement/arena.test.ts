import { describe, expect, test } from 'vitest';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import {
  AGREEMENT_PLANS,
  type AgreementPlan,
  type AgreementResult,
  type AgreementScenario,
  drawAgreement,
  runAgreement,
} from '../../src/simulator/index.ts';
import { PredictableCoin } from '../../src/testing/index.ts';
import { MAKER, SCOPE } from './subject.ts';

const SIZES = [4, 5, 6, 7, 10];
const CALM = { staggered: false, late: undefined, restarts: false, silent: false } as const;

/** Runs so many seeds; a violation ends the test with the seed that shows it. */
function campaign(runs: number, fixed: Partial<AgreementScenario>, maker = MAKER): AgreementResult[] {
  return Array.from({ length: runs }, (_, index) => {
    const scenario = drawAgreement(index + 1, fixed);
    const result = runAgreement(maker, scenario);
    expect(result.violated, JSON.stringify(scenario)).toBeUndefined();
    return result;
  });
}

/** How often, as a share of the runs. */
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe.each(SIZES)('n=%d', (n) => {
  test.each(AGREEMENT_PLANS)('plan %s: every run decides, and all halt', (plan) => {
    campaign(n === 10 ? 60 : 200, { n, plan });
  });
});

test.each([
  [4, 0],
  [7, 1],
  [8, 1],
  [9, 2],
])('n=%d with f=%d, fewer than could be', (n, f) => {
  campaign(150, { n, f });
});

test('members begin one after another, and f are silent', () => {
  campaign(500, { silent: true, staggered: true, late: undefined });
});

test('a member that heard nothing decides after all others have halted', () => {
  for (const n of SIZES) campaign(60, { n, late: 0, faulty: faulty(n), silent: false });
});

test('a member far behind loses nothing when the others need it', () => {
  // Eight rounds without it, more than it has room for; then the liars fall silent.
  for (const n of SIZES) {
    const results = campaign(60, {
      n,
      plan: 'foresee',
      late: 0,
      faulty: faulty(n),
      restarts: false,
      silent: false,
    });
    expect(Math.max(...results.map(({ lastRound }) => lastRound))).toBeGreaterThan(8);
  }
});

test('questions for dropped rounds may overtake each other', () => {
  // Answered in rising order only, these stood still.
  for (const [seed, n, plan] of [
    [3, 4, 'foresee'],
    [44, 6, 'split'],
    [16, 10, 'split'],
  ] as const)
    expect(runAgreement(MAKER, drawAgreement(seed, { n, plan })).violated).toBeUndefined();
});

describe('the number of rounds', () => {
  const close = (actual: number, expected: number): void => {
    expect(actual).toBeGreaterThan(expected * 0.9);
    expect(actual).toBeLessThan(expected * 1.1);
  };
  const firsts = (results: readonly AgreementResult[]): number[] =>
    results.map(({ firstRound }) => firstRound);

  test('members of one mind decide in the first round whose coin shows it, two rounds in the mean', () => {
    const results: number[] = [];
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const value = seed % 2 === 0 ? 0 : 1;
      const n = SIZES[seed % 4] ?? 4;
      const scenario = drawAgreement(seed, { n, inputs: Array.from({ length: n }, () => value), ...CALM });
      const { violated, firstRound } = runAgreement(MAKER, scenario);
      expect(violated).toBeUndefined();
      let first = 1;
      while (MAKER.peek(committee(n), seed, first) !== value) first += 1;
      expect(firstRound).toBe(first);
      results.push(firstRound);
    }
    close(mean(results), 2);
  });

  /** What the analysis says of a run: from the round on in which all are of one mind, two more. */
  const expected = ({ firstRound, alignedAfter }: AgreementResult): number =>
    alignedAfter === undefined ? firstRound : alignedAfter + 2;

  test.each<[AgreementPlan, number]>([
    ['uniform', 4],
    ['latest', 7],
    ['split', 4],
    ['hold', 4],
    ['hold', 7],
    ['steer', 4],
    ['steer', 7],
  ])('plan %s, n=%d: two from the round on in which all are of one mind, four at most', (plan, n) => {
    const results = campaign(1_000, { n, plan, ...CALM });
    close(mean(firsts(results)), mean(results.map(expected)));
    expect(mean(firsts(results))).toBeLessThan(4.2);
  });

  test('the worst that an adversary can do to divided members is four', () => {
    const inputs = [0, 1, 0, 1] as const;
    const results = campaign(1_000, { n: 4, plan: 'hold', ...CALM, faulty: [3], inputs: [...inputs] });
    close(mean(firsts(results)), 4);
  });

  test('somebody who knows the coins prevents every decision as long as the plan goes', () => {
    const inputs = [0, 1, 0, 1] as const;
    const results = campaign(100, {
      n: 4,
      plan: 'foresee',
      foreseen: 30,
      ...CALM,
      faulty: [3],
      inputs: [...inputs],
    });
    expect(Math.min(...firsts(results))).toBeGreaterThanOrEqual(30);
  });

  test('the coins of another epoch are worth nothing', () => {
    const other = { ...MAKER, peek: peekOf(2) };
    const results = campaign(300, { n: 4, plan: 'foresee', foreseen: 60, ...CALM }, other);
    expect(mean(firsts(results))).toBeLessThan(3.2);
  });
});

function peekOf(epoch: number): typeof MAKER.peek {
  return (committee, seed, round) =>
    new PredictableCoin({ committee, self: committee.member(0), seed }).peek({ ...SCOPE, epoch, round });
}

function faulty(n: number): number[] {
  return Array.from({ length: faultyMax(n) }, (_, index) => n - 1 - index);
}

function committee(n: number): Committee {
  return new Committee(n, faultyMax(n));
}
