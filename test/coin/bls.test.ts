import { bls12_381 } from '@noble/curves/bls12-381.js';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/base/index.ts';
import { BlsCoin, blsDeal } from '../../src/bls/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { portableSha256 } from '../../src/crypto/index.ts';
import { id, randomOf } from './kit.ts';

function coinsOf(committee: Committee, seed = 1): BlsCoin[] {
  const { secrets, keys } = blsDeal(committee.n, committee.quorums.coin, randomOf(seed));
  return committee.ids.map((self) => {
    const secret = secrets[self] ?? new Uint8Array(0);
    return new BlsCoin({ committee, self, sha256: portableSha256, secret, keys });
  });
}

test.each([
  [1, 0],
  [4, 1],
  [5, 1],
  [7, 2],
])('n=%d, f=%d: any f+1 shares show the same value, f show nothing', (n, f) => {
  const committee = new Committee(n, f);
  const coins = coinsOf(committee);
  const shares = coins.map((coin) => coin.toss(id(1)).share() ?? new Uint8Array(0));
  const values = [0, n - 1].map((self) => {
    const toss = coins[self]?.toss(id(1));
    for (let step = 0; step <= f; step += 1) {
      expect(toss?.value()).toBeUndefined();
      const from = committee.member((self + step + 1) % n);
      expect(toss?.add(from, shares[from] ?? new Uint8Array(0))).toBe('counted');
      expect(toss?.add(from, new Uint8Array(1))).toBe('surplus');
    }
    return toss?.value();
  });
  expect(values[0]).toBeDefined();
  expect(values[0]).toBe(values[1]);
});

test('the coins of some names are these', () => {
  // Frozen: members of different versions have to see the same.
  const committee = new Committee(1, 0);
  const [coin] = coinsOf(committee);
  const shown = Array.from({ length: 8 }, (_, round) => {
    const toss = coin?.toss(id(round + 1));
    toss?.add(committee.member(0), toss.share() ?? new Uint8Array(0));
    return toss?.value();
  });
  expect(shown.join('')).toMatchInlineSnapshot(`"10101001"`);
});

describe('a wrong share is told', () => {
  const committee = new Committee(4, 1);
  const coins = coinsOf(committee);
  const shareOf = (member: number, round = 1) => coins[member]?.toss(id(round)).share() ?? new Uint8Array(0);
  const share = shareOf(1);
  /** The right share plus a point outside the group: it satisfies the pairing equation, and is not the share. */
  const twisted = (): Uint8Array => {
    const { Point } = bls12_381.G1;
    const { Fp } = bls12_381.fields;
    for (let x = 1n; x < 100n; x += 1n) {
      let y = 0n;
      try {
        y = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), 4n));
      } catch {
        continue;
      }
      const outside = Point.fromAffine({ x, y });
      if (outside.isTorsionFree()) continue;
      // The order of the group times it leaves what is outside alone.
      const torsion = outside.multiplyUnsafe(bls12_381.fields.Fr.ORDER - 1n).add(outside);
      const sum = Point.fromBytes(share).add(torsion).toAffine();
      const bytes = Fp.toBytes(sum.x);
      // Compressed, and whether y is the greater of the two.
      bytes[0] = (bytes[0] ?? 0) | 0x80 | (sum.y > Fp.neg(sum.y) ? 0x20 : 0);
      return bytes;
    }
    throw new Error('half of all x have a y');
  };

  test.each<[string, () => Uint8Array]>([
    ['of another coin', () => shareOf(1, 2)],
    ['of another member', () => shareOf(2)],
    ['of another dealing', () => coinsOf(committee, 2)[1]?.toss(id(1)).share() ?? share],
    ['no point', () => Uint8Array.from(share, (byte, at) => (at === 20 ? byte ^ 1 : byte))],
    ['the point at infinity', () => Uint8Array.from({ length: 48 }, (_, at) => (at === 0 ? 0xc0 : 0))],
    ['too short', () => share.subarray(1)],
    ['outside the group', twisted],
  ])('%s', (_, wrong) => {
    const toss = coins[0]?.toss(id(1));
    expect(toss?.add(committee.member(1), wrong())).toBe('invalid');
    expect(toss?.add(committee.member(1), share)).toBe('counted');
  });
});

describe.each([
  [7, 2],
  [8, 2],
  [9, 2],
])('n=%d, f=%d: shares that are verified together', (n, f) => {
  const committee = new Committee(n, f);
  const coins = coinsOf(committee);
  const [p1, p2, p3, p4, p5] = committee.ids.slice(1);
  if (p1 === undefined || p2 === undefined || p3 === undefined || p4 === undefined || p5 === undefined)
    throw new Error('six members');
  const shareOf = (member: NodeId, round = 1) => coins[member]?.toss(id(round)).share() ?? new Uint8Array(0);
  const toss = () => {
    const [coin] = coins;
    if (coin === undefined) throw new Error('a coin for each member');
    const made = coin.toss(id(1));
    return {
      add: (from: NodeId, round = 1) => [made.add(from, shareOf(from, round)), made.exposed?.()],
      value: () => made.value(),
    };
  };
  const right = toss();
  for (const from of [p3, p4, p5]) right.add(from);
  const value = right.value();

  test('wrong ones are told when enough are there, and count no more', () => {
    const { add, value: shown } = toss();
    expect(add(p1, 2)).toEqual(['counted', []]);
    expect(add(p2, 2)).toEqual(['counted', []]);
    expect(add(p3)).toEqual(['counted', [p1, p2]]);
    expect(shown()).toBeUndefined();
    expect(add(p4)).toEqual(['counted', []]);
    expect(add(p1, 2)).toEqual(['invalid', []]);
    expect(add(p5)).toEqual(['counted', []]);
    expect(shown()).toBe(value);
  });

  test('the last one is told at once', () => {
    const { add, value: shown } = toss();
    for (const from of [committee.member(0), p2]) expect(add(from)).toEqual(['counted', []]);
    expect(add(p1, 2)).toEqual(['invalid', []]);
    expect(shown()).toBeUndefined();
    expect(add(p3)).toEqual(['counted', []]);
    expect(shown()).toBe(value);
  });
});

test('keys that do not belong together are refused, and it is said how', () => {
  const committee = new Committee(4, 1);
  const { secrets, keys } = blsDeal(4, 2, randomOf(1));
  const self = committee.member(0);
  const make = (secret: Uint8Array | undefined, of: readonly Uint8Array[]) => () =>
    new BlsCoin({ committee, self, sha256: portableSha256, secret: secret ?? new Uint8Array(0), keys: of });
  expect(make(secrets[0], keys)).not.toThrow();
  expect(make(secrets[1], keys)).toThrow(UsageError);
  expect(make(new Uint8Array(32), keys)).toThrow(UsageError);
  expect(make(new Uint8Array(31), keys)).toThrow(UsageError);
  expect(make(secrets[0], keys.slice(1))).toThrow(/3 public keys/);
  expect(make(secrets[0], keys.with(2, new Uint8Array(96)))).toThrow(/member 2 is damaged/);
});
