import { expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { NO_STATE, StateTable } from '../../src/simulator/explorer/state-table.ts';

/** States of this many words, each word one of a few, so that most come again and some are zeros only. */
function drawn(prng: Prng, width: number, count: number): Uint32Array {
  return Uint32Array.from({ length: width * count }, () =>
    prng.pick([0, 0, 1, 0x8000_0000, 0xffff_ffff, 7, 8, 9]),
  );
}

test.each([1, 2, 5])('states of %i words are held once, numbered as they came', (width) => {
  const prng = new Prng(width);
  const table = new StateTable(width);
  const known = new Map<string, number>();
  const first: (readonly [name: string, parent: number])[] = [];
  for (let round = 0; round < 400; round += 1) {
    const count = prng.below(40);
    const states = drawn(prng, width, count);
    const parent = known.size - 1;
    table.addAll(states, count, parent);
    for (let i = 0; i < count; i += 1) {
      const name = states.slice(i * width, (i + 1) * width).join();
      if (known.has(name)) continue;
      known.set(name, known.size);
      first.push([name, parent]);
    }
  }
  expect(table.size).toBe(known.size);
  const state = new Uint32Array(width);
  for (const [index, [name, parent]] of first.entries()) {
    table.read(index, state);
    expect(state.join()).toBe(name);
    expect(table.add(state, NO_STATE)).toBe(false);
    const [last, before] = table.chain(index).reverse();
    expect([last?.join(), before?.join()]).toEqual([name, first[parent]?.[0]]);
  }
});
