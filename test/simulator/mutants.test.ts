import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mutate } from '../../src/cli/sim/mutant.ts';
import { KILLS, MUTANTS } from '../../src/simulator/index.ts';
import { lab } from './lab.ts';

interface KillLine {
  readonly name: string;
  readonly equivalent?: string;
  readonly property?: string;
  readonly found?: string;
  readonly correct?: string;
}

const document = readFileSync(new URL('../../docs/laboratory.md', import.meta.url), 'utf8');

test('there are at least sixty mutants, each with a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(60);
});

test('every mutant is killed or argued to be equivalent, and not both', () => {
  for (const { name, equivalent } of MUTANTS) {
    expect(Object.hasOwn(KILLS, name), name).toBe(equivalent === undefined);
    if (equivalent !== undefined) expect(document, name).toContain(`\`${name}\``);
  }
});

test('every mutant changes one place of the built core', () => {
  for (const mutant of MUTANTS) {
    const text = readFileSync(new URL(`../../dist/${mutant.file}`, import.meta.url), 'utf8');
    expect(mutate(text, mutant), mutant.name).not.toBe(text);
  }
});

test('a mutant whose place is gone is an error and no survivor', () => {
  const mutant = { name: 'gone', file: 'x.js', find: 'not there', replace: '', wrong: '' };
  expect(() => mutate('text', mutant)).toThrow('occurs 0 times');
});

test('the recorded seed kills every mutant, and the correct code passes it', {
  timeout: 240_000,
}, async () => {
  const lines = (await lab<KillLine>('kills')).filter(({ equivalent }) => equivalent === undefined);
  const wrong = lines.filter(({ property, found, correct }) => found !== property || correct !== 'holds');
  expect(wrong, 'run `node scripts/kills.mjs` and review the difference').toEqual([]);
  expect(lines.length).toBe(Object.keys(KILLS).length);
});

test('the run that kills a mutant of a threshold is shortened to a few decisions', {
  timeout: 240_000,
}, async () => {
  const lines = await lab<KillLine & { readonly decisions: number }>('shrinks');
  expect(lines.length).toBeGreaterThanOrEqual(14);
  for (const { name, property, found, decisions } of lines) {
    expect(found, name).toBe(property);
    expect(decisions, name).toBeLessThanOrEqual(25);
  }
});
