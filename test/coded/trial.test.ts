import { expect, test } from 'vitest';
import { drawTrial, runTrial, TRIAL_LIARS } from '../../src/simulator/index.ts';
import { codedSubject } from './subject.ts';

const SEEDS = Array.from({ length: 1_500 }, (_, index) => index + 1);

test('coded broadcast holds under every liar, schedule and restart', () => {
  const seen = new Set<string>();
  for (const seed of SEEDS) {
    const scenario = drawTrial(seed);
    const { violated, ended } = runTrial(codedSubject(), { scenario });
    expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
    if (scenario.faulty.length > 0) seen.add(scenario.liars);
  }
  expect([...seen].toSorted()).toEqual([...TRIAL_LIARS].toSorted());
});
