import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionError } from '../../src/base/index.ts';
import { Ring } from '../../src/stream/ring.ts';

const PLACES_MIN = 16;

describe('values by instance', () => {
  test('two that would lie in one place are told apart, and both are kept', () => {
    const ring = new Ring<string>();
    ring.set(5, 'five');
    const other = 5 + PLACES_MIN;
    expect([ring.get(other), ring.has(other)]).toEqual([undefined, false]);
    ring.delete(other);
    expect([ring.get(5), ring.size]).toEqual(['five', 1]);
    ring.set(other, 'twenty-one');
    expect([ring.get(5), ring.get(other), ring.size]).toEqual(['five', 'twenty-one', 2]);
  });

  test('instances that lie too far apart for any window end it, instead of all memory', () => {
    const ring = new Ring<string>();
    ring.set(5, 'five');
    ring.set(5 + 2 ** 19, 'far');
    expect([ring.get(5), ring.get(5 + 2 ** 19)]).toEqual(['five', 'far']);
    const further = new AssertionError('the instances of a window lie close together');
    expect(() => ring.set(5 + 2 ** 20, 'further')).toThrow(further);
  });

  test('one that is set again is replaced, and one that is deleted leaves its place to another', () => {
    const ring = new Ring<string>();
    ring.set(5, 'five');
    ring.set(5, 'cinq');
    expect([ring.get(5), ring.size]).toEqual(['cinq', 1]);
    ring.delete(5);
    ring.delete(5);
    expect([ring.get(5), ring.has(5), ring.size]).toEqual([undefined, false, 0]);
    ring.set(5 + PLACES_MIN, 'twenty-one');
    expect([ring.get(5), [...ring], ring.size]).toEqual([undefined, [[21, 'twenty-one']], 1]);
  });

  test('they come in the order of their instances, as they were when somebody began to look', () => {
    const ring = new Ring<string>();
    for (const instance of [20, 17, 15, 16]) ring.set(instance, `${instance}`);
    const seen: number[] = [];
    for (const [instance] of ring) {
      seen.push(instance);
      ring.delete(instance);
      ring.set(instance + 10, 'later');
    }
    expect(seen).toEqual([15, 16, 17, 20]);
  });

  test('as a map does, for any window of instances, however far the stream has come', () => {
    const doing = fc.record({ does: fc.constantFrom('set', 'set', 'delete', 'move'), at: fc.nat(299) });
    const start = fc.constantFrom(1, 2 ** 31 - 100, 2 ** 32 - 100, 2 ** 40);
    fc.assert(
      fc.property(start, fc.array(doing, { maxLength: 400 }), (first, all) => {
        const ring = new Ring<number>();
        const map = new Map<number, number>();
        let base = first;
        for (const [step, { does, at }] of all.entries()) {
          if (does === 'move') {
            // The window moves on: what is below it is let go of.
            base += at;
            for (const held of [ring, map]) for (const [low] of [...held]) if (low < base) held.delete(low);
          } else if (does === 'set') for (const held of [ring, map]) held.set(base + at, step);
          else for (const held of [ring, map]) held.delete(base + at);
          expect([ring.size, ring.get(base + at)]).toEqual([map.size, map.get(base + at)]);
        }
        expect([...ring]).toEqual([...map].sort(([a], [b]) => a - b));
      }),
    );
  });
});
