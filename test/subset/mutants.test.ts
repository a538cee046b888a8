import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { copyMutant, mutate } from '../../src/cli/sim/mutant.ts';
import * as own from '../../src/subset/index.ts';
import { CAMPAIGNS } from './campaigns.ts';
import { SUBSET_MUTANTS } from './mutants.ts';
import type { SubsetCode } from './played.ts';

/** `HUNT=1` looks for the first seed that tells a mutant, and prints it. */
const HUNT_SEEDS = process.env['HUNT'] === undefined ? 0 : 200;

test('every mutant changes one place of the built core', () => {
  expect(new Set(SUBSET_MUTANTS.map(({ name }) => name)).size).toBe(SUBSET_MUTANTS.length);
  for (const mutant of SUBSET_MUTANTS) {
    const text = readFileSync(new URL(`../../dist/${mutant.file}`, import.meta.url), 'utf8');
    expect(mutate(text, mutant), mutant.name).not.toBe(text);
  }
});

test.each(SUBSET_MUTANTS)('$name: $wrong', async (mutant) => {
  const [campaign, seed] = mutant.killedBy;
  const run = CAMPAIGNS[campaign];
  const copy = copyMutant(mutant);
  try {
    const code: SubsetCode = await import(new URL('../subset/index.js', copy.url).href);
    for (let hunted = 1; hunted <= HUNT_SEEDS; hunted += 1) {
      const found = run(code, hunted);
      if (found !== undefined || hunted === HUNT_SEEDS) console.log(mutant.name, campaign, hunted, found);
      if (found !== undefined) break;
    }
    expect(run(code, seed), 'with the bug').toBeDefined();
  } finally {
    copy.remove();
  }
  expect(run(own, seed), 'without it').toBeUndefined();
});
