import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Committee } from '../../src/committee/index.ts';
import { decodeBody, RECORD_KIND } from '../../src/node/store/record.ts';

const script = fileURLToPath(new URL('../../scripts/lab-fuzz.mjs', import.meta.url));

interface Outcome {
  readonly name: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly bad: readonly string[];
}

test('half a million inputs that are almost right are refused, or encode to themselves', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, '500000', '7']);
  const outcomes = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Outcome);
  expect(outcomes.map(({ name }) => name)).toEqual([
    'messages',
    'batches',
    'handshakes',
    'agreements',
    'records',
  ]);
  for (const { name, inputs, accepted, bad } of outcomes) {
    expect(bad, name).toEqual([]);
    // An input that is refused at the first byte proves little: a good part must get through.
    expect(accepted, name).toBeGreaterThan(inputs / 50);
  }
});

test('two keys in the log never become one: what is no UTF-8 is no record', () => {
  const committee = new Committee(4, 1);
  const body = (last: number): Uint8Array => Uint8Array.of(...new Uint8Array(7), 1, 0x61, last);
  expect(decodeBody(RECORD_KIND.cursor, body(0x62), committee)).toMatchObject({ consumer: 'ab', number: 1 });
  expect(decodeBody(RECORD_KIND.cursor, body(0xb1), committee)).toBeUndefined();
});
