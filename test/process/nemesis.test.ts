import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { jsonLines } from '../cli/harness.ts';

const MAIN = fileURLToPath(new URL('../nemesis/main.mjs', import.meta.url));

interface Run {
  readonly code: number | null;
  readonly lines: readonly Record<string, unknown>[];
  readonly stderr: string;
}

/** `onLine`: told of everything it says, with a way to interrupt it. */
function nemesis(
  args: readonly string[],
  onLine?: (text: string, interrupt: () => void) => void,
): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onLine?.(text, () => child.kill('SIGINT'));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, lines: jsonLines(stdout), stderr }));
  });
}

describe('the nemesis', () => {
  test('in short form: every kind of fault, honest and with a liar, and everything promised is kept', async () => {
    const { code, lines, stderr } = await nemesis(['--quick']);
    const verdict = lines.at(-1);
    expect(stderr).toBe('');
    expect(verdict).toMatchObject({ event: 'verdict', violations: [] });
    expect(code).toBe(0);
    expect(Object.keys(verdict?.['kinds'] as object).length).toBeGreaterThanOrEqual(8);
    expect(verdict?.['faults']).toBeGreaterThan(20);
    expect(verdict?.['messages']).toBeGreaterThan(100);
    expect(verdict?.['slowestStartMs']).toBeLessThan(10_000);
  }, 300_000);

  test('notices disks that lie about syncing', async () => {
    const { code, lines, stderr } = await nemesis([
      '--sabotage',
      '--minutes',
      '1',
      '--only',
      'kill',
      '--seed',
      '3',
    ]);
    expect(code).toBe(1);
    expect(String(lines.at(-1)?.['violations'])).toMatch(
      /ERR_STATE_ROLLED_BACK|ERR_STORAGE_CORRUPT|say-once|agreement|durability/,
    );
    expect(stderr).toMatch(/^keys, logs and traces are in /);
    expect(lines.at(-1)?.['replay']).toBe('npm run nemesis -- --seed 3 --minutes 1 --only kill --sabotage');
  });

  test('interrupted, it judges and tells what was done', async () => {
    const { code, lines, stderr } = await nemesis(['--seed', '5'], (text, interrupt) => {
      if (text.includes('"event":"fault"') && text.includes('"n":3,')) interrupt();
    });
    expect(stderr).toMatch(/^interrupted: /);
    expect(lines.at(-1)).toMatchObject({ event: 'verdict', seed: 5, violations: [] });
    expect(lines.at(-1)?.['faults']).toBeGreaterThan(0);
    expect(code).toBe(2);
  });

  test.each([[['--seed', 'x']], [['--only', 'earthquake']], [['--no-such']]])(
    'asked wrongly (%j), it says how to ask',
    async (args) => {
      const { code, stderr } = await nemesis(args);
      expect(code).toBe(2);
      expect(stderr).toMatch(/npm run nemesis -- \[options\]/);
    },
  );
});
