import { expect, test } from 'vitest';
import { CAMPAIGNS } from './campaigns.ts';
import { copyOf } from './mutant-code.ts';
import { BRACHA87_MUTANTS } from './mutants.ts';

test('every bug has a name of its own', () => {
  expect(new Set(BRACHA87_MUTANTS.map(({ name }) => name)).size).toBe(BRACHA87_MUTANTS.length);
});

test.each(BRACHA87_MUTANTS)('$name: $wrong', async (mutant) => {
  const [campaign, seed] = mutant.killedBy;
  const run = async (copied: typeof mutant | undefined): Promise<string | undefined> => {
    const { code, remove } = await copyOf(copied);
    try {
      return CAMPAIGNS[campaign](code, seed);
    } catch (error) {
      return `throws: ${error}`;
    } finally {
      remove();
    }
  };
  expect(await run(undefined), 'the correct code').toBeUndefined();
  expect(await run(mutant), 'with the bug').toBeDefined();
});
