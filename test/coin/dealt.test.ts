import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/base/index.ts';
import {
  DealtCoin,
  dealCoins,
  dealDigest,
  decodePurse,
  encodePurse,
  type Purse,
} from '../../src/coin/index.ts';
import { Committee } from '../../src/committee/index.ts';
import { portableSha256, shamirCombine, shamirDeal } from '../../src/crypto/index.ts';
import { COMMITTEES, id, randomOf } from './kit.ts';

const sha256 = portableSha256;

function deal(committee: Committee, rounds: number, seed = 1): readonly Purse[] {
  const ids = Array.from({ length: rounds }, (_, index) => id(index + 1));
  return dealCoins({ committee, sha256, ids, random: randomOf(seed) });
}

function coinsOf(committee: Committee, rounds: number, seed = 1): DealtCoin[] {
  return deal(committee, rounds, seed).map(
    (purse, self) => new DealtCoin({ committee, self: committee.member(self), sha256, purse }),
  );
}

test('any f+1 shares show the same value, at every member; f show nothing', () => {
  for (const committee of COMMITTEES) {
    const coins = coinsOf(committee, 2);
    for (const round of [1, 2]) {
      const shares = coins.map((coin) => coin.toss(id(round)).share() ?? new Uint8Array(0));
      const values = committee.ids.map((self) => {
        const toss = coins[self]?.toss(id(round));
        if (toss === undefined) throw new Error('a coin for each');
        for (let step = 0; step <= committee.f; step += 1) {
          expect(toss.value()).toBeUndefined();
          const from = committee.member((self + step) % committee.n);
          expect(toss.add(from, shares[from] ?? new Uint8Array(0))).toBe('counted');
        }
        for (const from of committee.ids) expect(toss.add(from, new Uint8Array(3))).toBe('surplus');
        return toss.value();
      });
      expect(values[0]).toBeDefined();
      expect(new Set(values).size).toBe(1);
    }
  }
});

test('both values are as likely', () => {
  const committee = new Committee(1, 0);
  const [coin] = coinsOf(committee, 1_000);
  let ones = 0;
  for (let round = 1; round <= 1_000; round += 1) {
    const toss = coin?.toss(id(round));
    toss?.add(committee.member(0), toss.share() ?? new Uint8Array(0));
    ones += toss?.value() ?? 0;
  }
  // Five standard deviations.
  expect(Math.abs(ones - 500)).toBeLessThan(80);
});

describe('a wrong share is told', () => {
  const committee = new Committee(4, 1);
  const coins = coinsOf(committee, 2);
  const other = coinsOf(committee, 2, 2);
  const [, one] = coins;
  const share = one?.toss(id(1)).share() ?? new Uint8Array(0);
  const toss = () => coins[0]?.toss(id(1));
  const p1 = committee.member(1);

  test.each<[string, Uint8Array]>([
    ['of another coin', one?.toss(id(2)).share() ?? share],
    ['of another dealing', other[1]?.toss(id(1)).share() ?? share],
    ['of another member', coins[2]?.toss(id(1)).share() ?? share],
    ['changed in one bit', Uint8Array.from(share, (byte, at) => (at === 31 ? byte ^ 1 : byte))],
    ['too short', share.subarray(0, 31)],
    ['too long', Uint8Array.of(...share, 0)],
    ['empty', new Uint8Array(0)],
  ])('%s', (_, wrong) => {
    expect(toss()?.add(p1, wrong)).toBe('invalid');
    expect(toss()?.add(p1, share)).toBe('counted');
  });
});

test('a coin that was not dealt never shows, and nothing takes its place', () => {
  const committee = new Committee(4, 1);
  const toss = coinsOf(committee, 2)[0]?.toss(id(3));
  expect(toss?.share()).toBeUndefined();
  for (const from of committee.ids) expect(toss?.add(from, new Uint8Array(32))).toBe('surplus');
  expect(toss?.value()).toBeUndefined();
  expect(coinsOf(committee, 2)[0]?.toss(id(1, 2)).share()).toBeUndefined();
});

test('a purse of another member or committee, or a damaged one, is refused', () => {
  const committee = new Committee(4, 1);
  const [purse] = deal(committee, 1);
  if (purse === undefined) throw new Error('a purse for each');
  const make =
    (changed: Partial<Purse>, to = committee, self = 0) =>
    () =>
      new DealtCoin({ committee: to, self: to.member(self), sha256, purse: { ...purse, ...changed } });
  expect(make({})).not.toThrow();
  expect(make({}, committee, 1)).toThrow(UsageError);
  expect(make({}, new Committee(5, 1))).toThrow(UsageError);
  const coins = purse.coins.map((coin) => ({ ...coin, share: new Uint8Array(32) }));
  expect(make({ coins })).toThrow(/damaged/);
});

test('the digest of a dealing is the same in every purse, and another for another dealing', () => {
  const committee = new Committee(4, 1);
  const digests = deal(committee, 3).map((purse) => String(dealDigest(sha256, purse)));
  expect(new Set(digests).size).toBe(1);
  const [other] = deal(committee, 3, 2);
  if (other === undefined) throw new Error('a purse for each');
  expect(String(dealDigest(sha256, other))).not.toBe(digests[0]);
});

test('a purse survives as bytes; any others are refused without a throw', () => {
  for (const purse of deal(new Committee(5, 1), 3)) {
    expect(decodePurse(encodePurse(purse))).toEqual({ ok: true, value: purse });
  }
  const [purse] = deal(new Committee(4, 1), 2);
  if (purse === undefined) throw new Error('a purse for each');
  const bytes = encodePurse(purse);
  for (let length = 0; length < bytes.length; length += 1)
    expect(decodePurse(bytes.subarray(0, length)).ok).toBe(false);
  expect(decodePurse(Uint8Array.of(...bytes, 0))).toEqual({ ok: false, error: 'trailing-bytes' });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodePurse(bytes)));
});

test('any threshold of the shares of a secret gives it, in any order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (n, seed) => {
      const threshold = 1 + (seed % n);
      const shares = shamirDeal(n, threshold, randomOf(seed)).map((share, member) => ({ member, share }));
      const secret = String(shamirCombine(shares.slice(0, threshold)));
      expect(String(shamirCombine(shares.slice(n - threshold)))).toBe(secret);
      expect(String(shamirCombine(shares.toReversed()))).toBe(secret);
    }),
    { numRuns: 40 },
  );
});
