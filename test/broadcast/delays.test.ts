import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deliveryTimes, firstAndLast, table } from '../../bench/delays.mjs';
import { Prng } from '../../src/base/index.ts';
import { Committee, faultyMax } from '../../src/committee/index.ts';

const MEMBERS = [4, 5, 6, 7, 8, 9, 10, 16];

describe.each(MEMBERS)('message delays, n=%d', (n) => {
  test('early delivery takes two, the classic form three', () => {
    expect(firstAndLast(deliveryTimes(n))).toEqual({ first: 2, last: 2 });
    expect(firstAndLast(deliveryTimes(n, { form: 'classic' }))).toEqual({ first: 3, last: 3 });
  });

  test('with f members silent both take three; early delivery two where the others are enough', () => {
    const { deliverEarly } = new Committee(n, faultyMax(n)).quorums;
    const early = n - 1 - faultyMax(n) >= deliverEarly ? 2 : 3;
    expect(early).toBe(n >= 5 * faultyMax(n) - 1 ? 2 : 3);
    expect(firstAndLast(deliveryTimes(n, { faulty: 'silent' }))).toEqual({ first: early, last: early });
    expect(firstAndLast(deliveryTimes(n, { form: 'classic', faulty: 'silent' }))).toEqual({
      first: 3,
      last: 3,
    });
  });

  test('a lying sender makes it four, and two more for who lacks the payload', () => {
    const slowest = n < 7 ? { early: [2, 5], classic: [3, 5] } : { early: [4, 6], classic: [4, 6] };
    for (const form of ['early', 'classic'] as const) {
      const times = deliveryTimes(n, { form, faulty: 'sender' });
      expect(times.filter((time) => time !== undefined)).toHaveLength(n - faultyMax(n));
      const { first, last } = firstAndLast(times);
      expect([first, last]).toEqual(slowest[form]);
    }
  });
});

test('over links of different lengths each member delivers when the ECHO that completes its threshold is there', () => {
  const prng = new Prng(14);
  for (const n of MEMBERS) {
    const links = Array.from({ length: n * n }, () => 1 + prng.below(200));
    const takes = (from: number, to: number): number => (from === to ? 0 : (links[from * n + to] ?? 0));
    const { deliverEarly } = new Committee(n, faultyMax(n)).quorums;
    const expected = Array.from({ length: n }, (_, self) => {
      const echoes = Array.from({ length: n - 1 }, (_, i) => takes(0, i + 1) + takes(i + 1, self));
      const last = echoes.sort((a, b) => a - b)[deliverEarly - 1] ?? 0;
      return Math.max(last, takes(0, self));
    });
    const times = deliveryTimes(n, { takes });
    // READYs may be there earlier: a quorum of near members that are far from nobody.
    for (const [self, time] of times.entries()) expect(time).toBeLessThanOrEqual(expected[self] ?? 0);
    expect(times.filter((time, self) => time === expected[self]).length).toBeGreaterThan(n / 2);
  }
});

test('the table in the documentation is what is measured', () => {
  const page = readFileSync(new URL('../../docs/performance/README.md', import.meta.url), 'utf8');
  expect(page).toContain(table());
});
