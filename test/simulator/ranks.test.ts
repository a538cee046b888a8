import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Ranks, removeAt } from '../../src/simulator/world/ranks.ts';

type Step =
  | { readonly kind: 'add' | 'set'; readonly rank: number; readonly place: number }
  | { readonly kind: 'remove' | 'least'; readonly place: number };

const place = fc.nat(1_000);
// Few ranks, so that many are equal: the first of them is the one.
const rank = fc.integer({ min: -3, max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), rank, place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('least' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('set' as const), rank, place }) },
);

it('names the first place of the lowest rank, as looking at all of them does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const ranks = new Ranks();
      const all: number[] = [];
      for (const each of steps) {
        const at = all.length === 0 ? 0 : each.place % all.length;
        if (each.kind === 'add') {
          ranks.add(each.rank);
          all.push(each.rank);
        } else if (all.length === 0) continue;
        else if (each.kind === 'remove') {
          // As often as not the one that a schedule would take.
          const taken = each.place % 2 === 0 ? ranks.least() : at;
          ranks.remove(taken);
          removeAt(all, taken);
        } else if (each.kind === 'set') {
          ranks.set(at, each.rank);
          all[at] = each.rank;
        } else expect(ranks.least()).toBe(all.indexOf(Math.min(...all)));
      }
      expect(ranks.size).toBe(all.length);
      expect(all.map((_, index) => ranks.at(index))).toEqual(all);
      if (all.length > 0) expect(ranks.least()).toBe(all.indexOf(Math.min(...all)));
    }),
    { numRuns: 1_000, seed: 1 },
  );
});
