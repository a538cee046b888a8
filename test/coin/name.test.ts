import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex } from '../../src/base/index.ts';
import { type CoinId, coinName, LocalCoin } from '../../src/coin/index.ts';
import { asDigest, type Digest, portableSha256 } from '../../src/crypto/index.ts';

const nameOf = (id: CoinId): string => toHex(coinName(portableSha256, id));

function digest(fill: number): Digest {
  const bytes = asDigest(new Uint8Array(32).fill(fill));
  if (bytes === undefined) throw new Error('32 bytes are a digest');
  return bytes;
}

const ids = fc.record({
  cluster: fc.integer({ min: 0, max: 3 }).map(digest),
  epoch: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.maxSafeNat()),
  instance: fc.uint8Array({ maxLength: 3 }),
  round: fc.integer({ min: 0, max: 3 }),
});

test('tosses of different cluster, epoch, instance or round have different names', () => {
  const text = (id: CoinId): string => [toHex(id.cluster), id.epoch, toHex(id.instance), id.round].join(' ');
  fc.assert(
    fc.property(ids, ids, (a, b) => {
      expect(nameOf(a) === nameOf(b)).toBe(text(a) === text(b));
    }),
  );
});

test.each([
  ['cluster', { cluster: digest(2) }],
  ['epoch', { epoch: 8 }],
  ['epoch, beyond 32 bits', { epoch: 7 + 2 ** 32 }],
  ['instance', { instance: Uint8Array.of(1, 2, 4) }],
  ['round', { round: 2 }],
])('the name binds the %s', (_, other) => {
  const id = { cluster: digest(1), epoch: 7, instance: Uint8Array.of(1, 2, 3), round: 1 };
  expect(nameOf({ ...id, ...other })).not.toBe(nameOf(id));
});

test('the name of a toss is this', () => {
  const id = { cluster: digest(1), epoch: 7, instance: Uint8Array.of(1, 2, 3), round: 1 };
  expect(nameOf(id)).toMatchInlineSnapshot(
    `"03296f233e8134571fda5602959248dfabd4121d37325a9704a4159e8f9cd16a"`,
  );
});

test('a local coin is not common, needs no shares, and keeps its value', () => {
  const tosses = [1, 0] as const;
  let next = 0;
  const coin = new LocalCoin(() => tosses[next++ % 2] ?? 0);
  expect(coin.common).toBe(false);
  const toss = coin.toss();
  expect(toss.share()).toBeUndefined();
  expect([toss.value(), toss.value(), coin.toss().value()]).toEqual([1, 1, 0]);
});
