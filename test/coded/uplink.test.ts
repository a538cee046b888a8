import { describe, expect, test } from 'vitest';
import { uplinks } from '../../bench/uplink.mjs';
import { faultyMax } from '../../src/committee/index.ts';

const MEMBERS = [4, 5, 6, 7, 8, 9, 10, 16, 31, 64, 100];

describe('what the sender of a large payload uploads', () => {
  test.each(MEMBERS)('n=%d: less than five payloads in shards, n-1 whole', (n) => {
    expect(uplinks(n, { coded: false }).sender).toBeGreaterThan(n - 1);
    const { sender, other, delays } = uplinks(n);
    expect(sender).toBeLessThan(5);
    expect(other).toBeLessThan(3);
    expect(delays).toBe(2);
  });

  test.each(MEMBERS)('n=%d: and no more with f members silent', (n) => {
    const { sender, other } = uplinks(n, { silent: faultyMax(n) });
    expect(sender).toBeLessThan(5);
    expect(other).toBeLessThan(3);
  });
});
