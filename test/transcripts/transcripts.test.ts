import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run } from './commands.ts';
import { parseScript, printScript } from './script.ts';
import type { Stage } from './stage.ts';

// Each file is a scenario with what every step printed. `REWRITE=1 npx vitest run test/transcripts` writes down what
// is printed now: commit the difference only if you can say why it is right.

const folder = new URL('./', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test.each(files)('%s', (name) => {
  const url = new URL(name, folder);
  const text = readFileSync(url, 'utf8');
  let stage: Stage | undefined;
  const steps = parseScript(text).map((step) => {
    if (step.command === '') return { ...step, actual: '' };
    try {
      stage = run(stage, step.command);
    } catch (error) {
      throw new Error(`${name}:${step.line}: ${step.command}`, { cause: error });
    }
    return { ...step, actual: stage.take() };
  });
  const played = printScript(steps);
  if (process.env['REWRITE'] !== undefined) writeFileSync(url, played);
  else expect(played).toBe(text);
});

test('there are transcripts', () => {
  expect(files.length).toBeGreaterThan(10);
});
