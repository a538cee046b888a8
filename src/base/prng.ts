import { assert } from './assert.ts';

/**
 * Seeded pseudo-random numbers: xoshiro128** seeded through SplitMix32 (Blackman and Vigna 2018).
 * The same seed gives the same numbers on every machine. Never for keys.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** `seed`: any integer; its low 32 bits count, with the next 32 mixed in. */
  constructor(seed: number) {
    let state = (seed ^ Math.floor(seed / 0x1_0000_0000)) >>> 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) >>> 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  /** An integer, 0 <= value < 2^32. */
  uint32(): number {
    const rotated = Math.imul(this.#b, 5);
    const result = Math.imul((rotated << 7) | (rotated >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** An integer, 0 <= value < `bound`; `bound` is an integer, 1 <= bound <= 2^32. */
  below(bound: number): number {
    assert(Number.isInteger(bound) && bound >= 1 && bound <= 0x1_0000_0000, 'prng: bound out of range');
    let value = this.uint32();
    if (bound === 0x1_0000_0000) return value;
    const size = bound >>> 0;
    // Rejection keeps small bounds exactly uniform. What is rejected is the last part of the range, shorter than the bound.
    while (value > 0xffff_ffff - size && value >= 0x1_0000_0000 - (0x1_0000_0000 % size))
      value = this.uint32();
    return (value >>> 0) % size;
  }

  /** True with probability `numerator / denominator`. */
  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  /** One item of a non-empty list. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    assert(item !== undefined, 'prng: pick from an empty list');
    return item;
  }
}
