import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultyMax } from '../../src/committee/index.ts';
import { playCluster } from './cluster.ts';

/** Windows and budgets so small that members run into them all the time. */
const scenarios = fc
  .record({
    n: fc.integer({ min: 4, max: 10 }),
    below: fc.nat({ max: 1 }),
    form: fc.constantFrom('early' as const, 'classic' as const),
    adversary: fc.constantFrom(
      'chaos' as const,
      'equivocate' as const,
      'withhold' as const,
      'silent' as const,
    ),
    limits: fc.record({
      window: fc.integer({ min: 4, max: 10 }),
      payloadBytes: fc.constant(60),
      bytesPerSender: fc.integer({ min: 10, max: 400 }),
      messagesPerInstance: fc.integer({ min: 1, max: 4 }),
    }),
    seed: fc.nat(),
  })
  .map(({ below, ...rest }) => ({ ...rest, f: Math.max(0, faultyMax(rest.n) - below), rounds: 60 }));

describe('streams of whole members, with f of them faulty', () => {
  test('all correct members deliver the same in the same order, and all of it once the trouble is over', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        expect(playCluster(scenario)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  }, 120_000);

  test.each([1, 2, 3])('%d members that trust each other', (n) => {
    for (let seed = 0; seed < 10; seed += 1) {
      const limits = { window: 4, payloadBytes: 60, bytesPerSender: 150, messagesPerInstance: 3 };
      expect(playCluster({ n, f: 0, form: 'early', limits, adversary: 'silent', rounds: 60, seed })).toEqual(
        [],
      );
    }
  });
});
