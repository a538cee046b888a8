import { expect, test } from 'vitest';
import { BRACHA87_BYTES_MAX, decodeBracha87 } from '../../src/agreement/index.ts';
import { Prng } from '../../src/base/index.ts';
import { Committee } from '../../src/committee/index.ts';
import { arbitrary, decode, encode } from './subject.ts';

const committee = new Committee(7, 2);

test('every message is read as it was written, and has one encoding', () => {
  const prng = new Prng(1);
  for (let i = 0; i < 20_000; i += 1) {
    const message = arbitrary(prng, committee);
    const bytes = encode(message);
    expect(bytes.length).toBeLessThanOrEqual(BRACHA87_BYTES_MAX);
    expect(decode(bytes, committee)).toEqual(message);
  }
});

test('any bytes are a message that is written the same way, or refused', () => {
  const prng = new Prng(2);
  let read = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = Uint8Array.from({ length: prng.below(9) }, () => prng.below(prng.chance(1, 4) ? 256 : 8));
    const message = decode(bytes, committee);
    if (message === undefined) continue;
    read += 1;
    expect(encode(message)).toEqual(bytes);
  }
  expect(read).toBeGreaterThan(1_000);
});

test.each([
  ['no such kind', [9, 0, 1, 1, 0, 0, 0], 'unknown-kind'],
  ['phase 0', [1, 0, 0, 1, 0, 0, 0], 'out-of-range'],
  ['step 4', [1, 0, 1, 4, 0, 0, 0], 'out-of-range'],
  ['step 0', [1, 0, 1, 0, 0, 0, 0], 'out-of-range'],
  ['a member that there is not', [1, 0, 1, 1, 0, 7, 0], 'out-of-range'],
  ['a mark in step 2', [2, 0, 1, 2, 0, 0, 2], 'out-of-range'],
  ['a third bit', [4, 2], 'out-of-range'],
  ['nothing', [], 'truncated'],
  ['half a vote', [3, 0, 1], 'truncated'],
] as const)('%s is refused', (_, bytes, error) => {
  expect(decodeBracha87(Uint8Array.from(bytes), committee)).toEqual({ ok: false, error });
});
