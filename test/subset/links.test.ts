import { expect, test } from 'vitest';
import { AGREEMENT_SUBJECTS } from '../../scripts/agreement-subjects.mjs';
import { runTrial } from '../../src/simulator/index.ts';

const { subset } = AGREEMENT_SUBJECTS;

// A question from before a restart that arrives over the new link uses up the one answer of that link, and the answer comes to a
// member that has not asked yet. No link of a node does that: what was under way on the old one is lost with it.
test.each([
  { n: 4, seed: 4_000_809, schedule: 'byzantine-first', liars: 'withholds', faulty: [2] },
  { n: 4, seed: 4_000_739, schedule: 'uniform', liars: 'withholds', faulty: [1] },
  { n: 4, seed: 4_003_613, schedule: 'byzantine-first', liars: 'stops', faulty: [0] },
  { n: 5, seed: 5_003_189, schedule: 'starve-type', liars: 'withholds', faulty: [1] },
] as const)('a member that comes back gets its payload where links break with it: seed $seed', (drawn) => {
  const scenario = { ...drawn, f: 1, restarts: true };
  expect(runTrial(subset, { scenario })).toMatchObject({ violated: undefined, ended: true });
  const kept = runTrial({ ...subset, linksBreak: false }, { scenario });
  expect(kept.violated?.property).toBe('termination');
});
