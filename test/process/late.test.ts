import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { jsonLines } from '../cli/harness.ts';

const MAIN = fileURLToPath(new URL('../nemesis/late-main.mjs', import.meta.url));
/** What a message costs on the wire beside its bytes, votes of all included, as a share of them. */
const OVERHEAD = 4;
const BYTES = 1_000;

// What the others lose by it is for `npm run late` to say, on a machine of its own.
test.each(['cut', 'one-way', 'throttled', 'killed'])(
  'a member that was %s catches up, says how far it is, and is sent little but what it missed',
  async (name) => {
    const child = spawn(process.execPath, [MAIN, '--json', '--seconds', '3', '--case', name]);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await new Promise((resolve) => child.once('close', resolve));
    expect(stderr).toBe('');
    const [result] = jsonLines(stdout);
    // The others' status says who it is that is late.
    expect(result?.['named']).toBe(true);
    const missed = Number(result?.['missed']);
    expect(missed).toBeGreaterThan(20);
    expect(result?.['receivedBytes']).toBeLessThan(OVERHEAD * BYTES * (missed + 200));
    // Nobody asked for more than a member needs.
    expect(result?.['limited']).toBe(0);
    expect(result?.['behind']).toSatisfy((behind: readonly number[]) => behind.at(-1) === 0);
  },
);
