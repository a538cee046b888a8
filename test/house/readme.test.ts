import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MUTANTS, PROPERTIES, STRATEGIES } from '../../src/simulator/index.ts';
import { ROOT } from './rules/tree.ts';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8').replaceAll('\n', ' ');
const WORDS = ['six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

test('README.md counts the ways to lie, the checkers and the bugs as they are', () => {
  expect(readme).toContain(`${Object.keys(STRATEGIES).length} ways to lie`);
  expect(readme).toContain(`judged by ${WORDS[PROPERTIES.length - 6]} checkers`);
  const same = MUTANTS.filter(({ equivalent }) => equivalent !== undefined).length;
  expect(readme).toContain(`${MUTANTS.length} bugs put into the built code on purpose`);
  expect(readme).toContain(
    `${MUTANTS.length - same} are told from the correct code by a seed that is kept, ${same} change nothing`,
  );
});
