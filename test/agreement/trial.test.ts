import { expect, test } from 'vitest';
import { drawTrial, runTrial, TRIAL_LIARS } from '../../src/simulator/index.ts';
import { agreementSubject } from './subject.ts';

const SEEDS = Array.from({ length: 250 }, (_, index) => index + 1);

test('binary agreement holds under every liar, schedule and restart', () => {
  const seen = new Set<string>();
  for (const seed of SEEDS) {
    const scenario = drawTrial(seed);
    const { violated, ended } = runTrial(agreementSubject(), { scenario });
    expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
    if (scenario.faulty.length > 0) seen.add(scenario.liars);
  }
  expect([...seen].toSorted()).toEqual([...TRIAL_LIARS].toSorted());
});
