import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { portableSha256 } from '../../src/crypto/index.ts';
import { run, scenario } from '../../src/simulator/index.ts';
import { halfReady } from './own-strategy.ts';

test('a strategy of ten lines runs, and breaks nothing', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const options = { scenario: scenario({ seed, faulty: [3], adversary: 'mine' }), sha256: portableSha256 };
    const { violated, quiescent } = run({ ...options, mind: halfReady });
    expect({ violated, quiescent }).toEqual({ violated: undefined, quiescent: true });
  }
});

test('the document shows it as it stands', () => {
  const body = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const example = /export const halfReady[\s\S]*\n {2}\}\);\n/.exec(body('./own-strategy.ts'))?.[0] ?? 'none';
  expect(body('../../docs/laboratory.md')).toContain(example);
});
