import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { jsonLines } from '../cli/harness.ts';

const MAIN = fileURLToPath(new URL('../nemesis/flood-main.mjs', import.meta.url));

/** Under which counter each has to be found; 'evidence' says of whom. The attacker has the key of p0. */
const COUNTED: Readonly<Record<string, string>> = {
  votes: 'evidence',
  initials: 'evidence',
  pulls: 'limited p0',
  statuses: 'limited p0',
  elements: 'malformed-frame',
  giant: 'frame-too-large',
  idle: 'too-many-connections',
  babble: 'tls-failed',
};

function flood(attack: string): Promise<Record<string, unknown>> {
  const child = spawn(process.execPath, [MAIN, '--json', '--seconds', '2', '--attack', attack]);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once('close', () => {
      const [result] = jsonLines(stdout);
      if (result === undefined) reject(new Error(stderr));
      else resolve(result);
    });
  });
}

// How fast is for `npm run flood` to say, on a machine of its own.
test.each(Object.entries(COUNTED))(
  'flooded with %s, members stay within their bound, count it, and go on delivering',
  async (attack, counter) => {
    const result = await flood(attack);
    expect(result['growthBytes']).toBeLessThan(Number(result['boundBytes']));
    expect(Object(result['counted'])[counter]).toBeGreaterThan(0);
    expect(result['p50Ms']).toBeGreaterThan(0);
  },
);
