import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import {
  ErasureCode,
  fastProduct,
  type GaloisProduct,
  portableProduct,
  type Shard,
  type WebAssemblyLike,
} from '../../src/crypto/index.ts';

const engine = (globalThis as { readonly WebAssembly?: WebAssemblyLike }).WebAssembly;

/** The kernel of this engine, which every Node that is supported has. */
function kernel(): GaloisProduct {
  const product = engine && fastProduct(engine);
  if (product === undefined) throw new Error('this engine has no SIMD');
  return product;
}

const PRODUCTS = { portable: portableProduct, fast: kernel() };

/** The product of two elements by definition: shift, add, reduce. */
function times(a: number, b: number): number {
  let sum = 0;
  for (let bit = 0, shifted = a; bit < 8; bit += 1) {
    if ((b >> bit) & 1) sum ^= shifted;
    shifted <<= 1;
    if (shifted > 0xff) shifted ^= 0x11d;
  }
  return sum;
}

function random(seed: number, length: number): Uint8Array {
  const prng = new Prng(seed);
  return Uint8Array.from({ length }, () => prng.below(256));
}

/** Byte by byte, with nothing but the definition. */
const slowProduct: GaloisProduct = (matrix, rows, columns, shards, length) => {
  const product = new Uint8Array(rows * length);
  for (let row = 0; row < rows; row += 1) {
    for (let at = 0; at < length; at += 1) {
      let sum = 0;
      for (let column = 0; column < columns; column += 1)
        sum ^= times(matrix[row * columns + column] ?? 0, shards[column * length + at] ?? 0);
      product[row * length + at] = sum;
    }
  }
  return product;
};

/** The shard of this number by the definition of the code: the data itself, or a row of the Cauchy matrix times it. */
function shardByDefinition(data: Uint8Array, k: number, index: number): Uint8Array {
  const size = Math.ceil(data.length / k);
  const part = (j: number, at: number): number => data[j * size + at] ?? 0;
  const inverse = (a: number): number => Array.from({ length: 256 }, (_, b) => times(a, b)).indexOf(1);
  return Uint8Array.from({ length: size }, (_, at) => {
    if (index < k) return part(index, at);
    let sum = 0;
    for (let j = 0; j < k; j += 1) sum ^= times(inverse(index ^ j), part(j, at));
    return sum;
  });
}

/** How many shards of the data, and in all. */
const sizes = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 60 }))
  .map(([k, more]) => ({ k, n: k + more }));

describe.each(Object.entries(PRODUCTS))('the %s product', (_name, product) => {
  test('is what the definition says, for all sizes', () => {
    const shape = fc.record({
      rows: fc.integer({ min: 0, max: 9 }),
      columns: fc.integer({ min: 1, max: 9 }),
      length: fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(4_095, 4_096, 4_097)),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(shape, ({ rows, columns, length, seed }) => {
        const matrix = random(seed, rows * columns);
        const shards = random(seed + 1, columns * length);
        const given = [matrix, rows, columns, shards, length] as const;
        expect(product(...given)).toEqual(slowProduct(...given));
      }),
      { numRuns: 60 },
    );
  });

  test('multiplies every byte with every factor', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const expected = slowProduct(all, 256, 1, all, 256);
    expect(product(all, 256, 1, all, 256)).toEqual(expected);
  });

  test('works through shards longer than its memory', () => {
    const [rows, columns, length] = [3, 40, 50_001];
    const matrix = random(1, rows * columns);
    const shards = random(2, columns * length);
    const other = product === portableProduct ? kernel() : portableProduct;
    expect(product(matrix, rows, columns, shards, length)).toEqual(
      other(matrix, rows, columns, shards, length),
    );
  });

  test('any k of n shards give the data back', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 300 }), fc.nat(), ({ k, n }, length, seed) => {
        const code = new ErasureCode(k, n, product);
        const data = random(seed, length);
        const shards = code.encode(data).map((bytes, index): Shard => ({ index, bytes }));
        expect(shards.length).toBe(n);
        const prng = new Prng(seed);
        const some = Array.from({ length: k }, () => shards.splice(prng.below(shards.length), 1)[0]);
        const chosen = some.flatMap((shard) => shard ?? []);
        expect(code.decode(chosen, length)).toEqual(data);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the code', () => {
  test('is the one of the definition', () => {
    for (const [k, n, length] of [
      [1, 1, 5],
      [1, 4, 3],
      [2, 4, 7],
      [3, 7, 9],
      [22, 64, 50],
      [86, 256, 200],
    ] as const) {
      const data = random(n, length);
      const shards = new ErasureCode(k, n).encode(data);
      expect(shards).toEqual(Array.from({ length: n }, (_, index) => shardByDefinition(data, k, index)));
    }
  });

  test('every choice of k shards serves, for the committees of one and two liars', () => {
    for (const [k, n] of [
      [2, 4],
      [3, 5],
      [3, 6],
      [3, 7],
    ] as const) {
      const code = new ErasureCode(k, n);
      const data = random(7, 20);
      const shards = code.encode(data).map((bytes, index): Shard => ({ index, bytes }));
      for (let choice = 0; choice < 2 ** n; choice += 1) {
        const chosen = shards.filter(({ index }) => (choice >> index) & 1);
        if (chosen.length === k) expect(code.decode(chosen.reverse(), 20)).toEqual(data);
      }
    }
  });

  test('with no parity it is the data in parts', () => {
    expect(new ErasureCode(3, 3).encode(Uint8Array.of(1, 2, 3, 4, 5))).toEqual([
      Uint8Array.of(1, 2),
      Uint8Array.of(3, 4),
      Uint8Array.of(5, 0),
    ]);
  });

  test.each([
    [0, 4],
    [5, 4],
    [1.5, 4],
    [2, 257],
    [2, Number.NaN],
  ])('there is none of k=%s, n=%s, and it says so', (k, n) => {
    expect(() => new ErasureCode(k, n)).toThrow(RangeError);
    expect(() => new ErasureCode(k, n)).toThrow(`k=${k} data shards of n=${n}`);
  });
});

describe('the kernel', () => {
  test('is left out where the engine has no SIMD, or refuses the module', () => {
    if (engine === undefined) throw new Error('this engine has no WebAssembly');
    const { Module, Instance } = engine;
    expect(fastProduct({ Module, Instance, validate: () => false })).toBeUndefined();
  });

  test('gives the same bytes with relaxed and with plain instructions', () => {
    if (engine === undefined) throw new Error('this engine has no WebAssembly');
    const { Module, Instance } = engine;
    const asked: Uint8Array[] = [];
    const plain = fastProduct({
      Module,
      Instance,
      validate: (bytes) => {
        asked.push(bytes);
        return asked.length === 2;
      },
    });
    expect(asked.map((bytes) => engine.validate(bytes)).at(-1)).toBe(true);
    const [matrix, shards] = [random(3, 5 * 4), random(4, 4 * 1_000)];
    expect(plain?.(matrix, 5, 4, shards, 1_000)).toEqual(portableProduct(matrix, 5, 4, shards, 1_000));
  });
});
