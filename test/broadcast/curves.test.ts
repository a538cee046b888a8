import { describe, expect, test } from 'vitest';
import { AT_ONCE, CURVE_MEMBERS, costOf } from '../../bench/curves.mjs';
import { encodeBatch } from '../../src/codec/index.ts';

describe.each(CURVE_MEMBERS.filter((n) => n <= 31))('a broadcast among %i members', (n) => {
  const size = 100;
  const votes = 2 * n * (n - 1);

  test.each([1, AT_ONCE])('takes 2n² − n − 1 messages, %i at a time', (atOnce) => {
    expect(costOf(n, { atOnce, size, rounds: 2 }).messages).toBe(2 * n * n - n - 1);
  });

  test('takes the payload once to each peer, and little more than a digest a vote where many go together', () => {
    const payload = encodeBatch([new Uint8Array(size)]).length;
    const alone = costOf(n, { atOnce: 1, size, rounds: 2 }).bytes;
    // At most a frame each. Some go together: INITIAL and the sender's ECHO, an ECHO and the READY that it allows.
    const least = (n - 1) * (15 + payload) + 44 * votes;
    expect(alone).toBeGreaterThan(least);
    expect(alone).toBeLessThanOrEqual(least + 12 * votes);
    const together = costOf(n, { atOnce: AT_ONCE, size, rounds: 2 }).bytes;
    // The payloads share a signature, and bear five hashes and two numbers for it; votes share heads and frames.
    const shared = (n - 1) * (15 + payload + 5 * 32 + 4) + 32 * votes;
    expect(together).toBeGreaterThan(shared);
    expect(together).toBeLessThan(1.05 * shared);
  });
});
