import { expect, test } from 'vitest';
import { type AgreementScenario, drawAgreement, runAgreement } from '../../src/simulator/index.ts';
import { MAKER } from './subject.ts';

const FOUR = {
  n: 4,
  faulty: [3],
  staggered: false,
  late: undefined,
  restarts: false,
  silent: false,
} as const;

// To be read: what the adversary has in mind stands in `src/simulator/agreement/plan.ts`.
test.each<[string, number, Partial<AgreementScenario>]>([
  ['one-mind', 1, { ...FOUR, plan: 'uniform', silent: true, inputs: [1, 1, 1, 1] }],
  ['split', 3, { ...FOUR, plan: 'split', inputs: [0, 0, 1, 0] }],
  ['steer', 2, { ...FOUR, plan: 'steer', inputs: [0, 1, 1, 0] }],
  ['late', 5, { ...FOUR, plan: 'uniform', silent: false, late: 0, inputs: [0, 1, 0, 1] }],
])('%s', async (name, seed, fixed) => {
  const story: string[] = [];
  const { violated } = runAgreement(MAKER, drawAgreement(seed, fixed), (line) => story.push(line()));
  expect(violated).toBeUndefined();
  await expect(`${story.join('\n')}\n`).toMatchFileSnapshot(`transcripts/${name}.txt`);
});
