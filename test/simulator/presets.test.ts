import { expect, test } from 'vitest';
import { CAMPAIGNS, PRESETS } from '../../src/simulator/index.ts';
import { lab } from './lab.ts';

interface PresetLine {
  readonly name: string;
  readonly verdict: string;
  readonly found: string;
  readonly held?: number;
  readonly decisions?: number;
  readonly story?: readonly string[];
}

/** Decisions that a reader can follow. */
const DECISIONS_MAX = 25;

test('every preset comes out as it says, and what fails shrinks to a short story', {
  timeout: 240_000,
}, async () => {
  const lines = await lab<PresetLine>('presets');
  expect(lines.map(({ name }) => name)).toEqual(Object.keys(PRESETS));
  for (const { name, verdict, found, held, decisions, story } of lines) {
    expect(found, name).toBe(verdict);
    if (verdict === 'holds') expect(held, name).toBe(60);
    else {
      expect(decisions, name).toBeLessThanOrEqual(DECISIONS_MAX);
      expect(story?.[0], name).toMatch(/^p\d.* (?:is|are) faulty\.$/);
      expect(story?.at(-1), name).toContain(`${verdict} is violated: `);
    }
  }
});

test('no scenario has the name of another', () => {
  expect(Object.keys(PRESETS).filter((name) => Object.hasOwn(CAMPAIGNS, name))).toEqual([]);
});
