import { describe, expect, test } from 'vitest';
import { faultyMax, quorums } from '../../src/committee/index.ts';

/** Every n up to 40 with every f it tolerates. */
const COMMITTEES: readonly (readonly [n: number, f: number])[] = Array.from(
  { length: 40 },
  (_, i) => i + 1,
).flatMap((n) => Array.from({ length: faultyMax(n) + 1 }, (_, f) => [n, f] as const));

const FAULTY = Array.from({ length: faultyMax(40) + 1 }, (_, f) => f);

/** The smallest number from 0 on that satisfies `holds`. */
function smallest(holds: (q: number) => boolean): number {
  let q = 0;
  while (!holds(q)) q += 1;
  return q;
}

/** How few members two sets of `q` out of `n` can share: the second takes outsiders as long as there are any. */
function leastShared(q: number, n: number): number {
  let shared = 0;
  let outsiders = n - q;
  for (let taken = 0; taken < q; taken += 1) {
    if (outsiders > 0) outsiders -= 1;
    else shared += 1;
  }
  return shared;
}

/** How few correct ones are among `q` members of whom up to `liars` lie. */
const leastCorrect = (q: number, liars: number): number => Math.max(0, q - liars);

describe('each threshold is the smallest number that serves its purpose', () => {
  const withF = (faulty: number) => COMMITTEES.filter(([, f]) => f === faulty);

  test.each(FAULTY)('1987 form, f=%d', (faulty) => {
    for (const [n, f] of withF(faulty)) {
      const q = quorums(n, f);
      // Two sets of ECHOs share a correct member, which echoed one digest only: they are for one digest.
      expect(q.echo).toBe(smallest((size) => leastShared(size, n) > f));
      // One READY at least is a correct member's.
      expect(q.amplify).toBe(smallest((size) => leastCorrect(size, f) >= 1));
      expect(q.adopt).toBe(q.amplify);
      // So many correct READYs that everybody is amplified.
      expect(q.deliver).toBe(smallest((size) => leastCorrect(size, f) >= q.amplify));
      // The liars keep silent and it still works.
      expect(q.correct).toBe(n - f);
      expect(q.echo).toBeLessThanOrEqual(q.correct);
      expect(q.deliver).toBeLessThanOrEqual(q.correct);
      // Whoever is asked for the payload: enough correct members vouched for it.
      expect(leastCorrect(q.echo, f)).toBeGreaterThanOrEqual(f + 1);
    }
  });

  test.each(FAULTY)('agreement, f=%d', (faulty) => {
    for (const [n, f] of withF(faulty)) {
      const q = quorums(n, f);
      expect(q.support).toBe(smallest((size) => leastCorrect(size, f) >= 1));
      expect(q.coin).toBe(smallest((size) => leastCorrect(size, f) >= 1));
      expect(q.accept).toBe(smallest((size) => leastCorrect(size, f) >= q.support));
      // Two sets that decide a round share a correct member, which said one thing.
      expect(leastCorrect(leastShared(q.correct, n), f)).toBeGreaterThanOrEqual(1);
      // Whoever halts leaves enough correct ones behind for everybody to adopt, and waits for no liar.
      expect(leastCorrect(q.correct, f)).toBeGreaterThanOrEqual(q.support);
      // What n-f values are in the majority, ties to 0: one of the two is reached, and never both.
      for (let ones = 0; ones <= n - f; ones += 1) {
        const [one, zero] = [ones >= q.majorityOne, n - f - ones >= q.majorityZero];
        expect([one, zero]).toEqual([2 * ones > n - f, 2 * ones <= n - f]);
      }
      expect(q.moreThanHalf).toBe(smallest((size) => 2 * size > n));
    }
  });

  test.each(FAULTY.slice(1))('early form, f=%d', (faulty) => {
    for (const [n, f] of withF(faulty)) {
      const q = quorums(n, f);
      const others = n - 1;
      // A lying sender leaves f-1 liars among the others; a correct one leaves f, who must not carry a forgery.
      expect(q.echoEarly).toBe(smallest((size) => leastShared(size, others) > f - 1 && size > f));
      // Whatever the liars told this member, all others reach `echoEarly` by the correct ones alone.
      expect(q.deliverEarly).toBe(smallest((size) => leastCorrect(size, f - 1) >= q.echoEarly));
      expect(q.deliverEarly).toBeGreaterThanOrEqual(q.echoEarly);
      expect(q.echoEarly).toBeLessThanOrEqual(others - f);
      // Two correct members never deliver different digests early: the rest is too few for another READY.
      expect(others - q.echoEarly).toBeLessThan(q.echoEarly);
      expect(leastCorrect(q.echoEarly, f - 1)).toBeGreaterThanOrEqual(f + 1);
    }
  });
});

describe('shards of the coded form', () => {
  test.each(FAULTY)('f=%d', (faulty) => {
    for (const [n, f] of COMMITTEES.filter(([, tolerated]) => tolerated === faulty)) {
      const q = quorums(n, f);
      // The most that correct members are sure to hold when the first correct one is READY and the sender lies.
      if (n > 2) expect(q.dataShards).toBe(leastCorrect(q.echo, f));
      if (f > 0) expect(q.dataShards).toBe(leastCorrect(q.echoEarly, f - 1));
      expect(q.dataShards).toBeGreaterThanOrEqual(1);
      if (n < 2) continue;
      // A correct sender's shards reach all others, who have enough among themselves though f of them keep silent.
      expect(n - 1 - f).toBeGreaterThanOrEqual(q.dataShards);
      if (n < 3) continue;
      // Who gets a shard of so many others has enough with its own, though f of them keep silent.
      expect(1 + q.shardReach - f).toBe(q.dataShards);
      expect(q.shardReach).toBeLessThanOrEqual(n - 2);
    }
  });

  test('what a sender uploads for one payload is less than three of them where f is as large as it may be', () => {
    for (const [n, f] of COMMITTEES.filter(([n, f]) => f === faultyMax(n)))
      expect((n - 1) / quorums(n, f).dataShards).toBeLessThan(3);
  });
});

function setsOf(size: number, n: number): number[] {
  return Array.from({ length: 2 ** n }, (_, set) => set).filter((set) => bits(set) === size);
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

test.each(COMMITTEES.filter(([n]) => n <= 9))('n=%d f=%d: set by set', (n, f) => {
  const { echo, echoEarly } = quorums(n, f);
  const anyShares = (size: number, of: number, least: number): boolean => {
    const sets = setsOf(size, of);
    return sets.every((a) => sets.every((b) => bits(a & b) >= least));
  };
  expect(anyShares(echo, n, f + 1)).toBe(true);
  expect(anyShares(echo - 1, n, f + 1)).toBe(false);
  if (f > 0) expect(anyShares(echoEarly, n - 1, f)).toBe(true);
});

test('2f+1 ECHOs are the right number at n = 3f+1 and at no other n', () => {
  for (const [n, f] of COMMITTEES.filter(([, f]) => f > 0)) {
    expect(quorums(n, f).echo === 2 * f + 1, `n=${n} f=${f}`).toBe(n === 3 * f + 1);
  }
});

test.each([
  [4, 1, { echo: 3, deliver: 3, echoEarly: 2, deliverEarly: 2 }],
  [5, 1, { echo: 4, deliver: 3, echoEarly: 3, deliverEarly: 3 }],
  [6, 1, { echo: 4, deliver: 3, echoEarly: 3, deliverEarly: 3 }],
  [7, 2, { echo: 5, deliver: 5, echoEarly: 4, deliverEarly: 5 }],
  [8, 2, { echo: 6, deliver: 5, echoEarly: 5, deliverEarly: 6 }],
  [9, 2, { echo: 6, deliver: 5, echoEarly: 5, deliverEarly: 6 }],
  [10, 3, { echo: 7, deliver: 7, echoEarly: 6, deliverEarly: 8 }],
  [16, 5, { echo: 11, deliver: 11, echoEarly: 10, deliverEarly: 14 }],
  [31, 10, { echo: 21, deliver: 21, echoEarly: 20, deliverEarly: 29 }],
  [100, 33, { echo: 67, deliver: 67, echoEarly: 66, deliverEarly: 98 }],
])('n=%d f=%d as tabled in docs/protocols/bracha.md', (n, f, expected) => {
  expect(quorums(n, f)).toMatchObject(expected);
});

test.each([
  [0, 0, /n=0/],
  [2.5, 0, /n=2\.5/],
  [4, -1, /f=-1/],
  [4, 0.5, /f=0\.5/],
  [3, 1, /3f\+1 = 4.*Use f=0 or add 1 member$/],
  [6, 2, /Use f=1 or add 1 member$/],
  [5, 2, /Use f=1 or add 2 members$/],
])('n=%d f=%d is refused with the arithmetic', (n, f, message) => {
  expect(() => quorums(n, f)).toThrow(message);
});
