import { assemble, type Code, op } from './assembler.ts';
import { multiply } from './field.ts';
import type { Matrix } from './matrix.ts';
import type { GaloisProduct } from './portable.ts';

/** As much of `WebAssembly` as is used: every engine has it, and the core does not know where from. */
export interface WebAssemblyLike {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** The function's local variables by number: first what it takes, then integers, then vectors of its own. */
const LOCAL = {
  pairs: 0,
  columns: 1,
  /** From one shard to the next, bytes: a multiple of `STEP`. */
  stride: 2,
  /** Addresses. */
  tables: 3,
  shards: 4,
  product: 5,
  at: 6,
  table: 7,
  shard: 8,
  left: 9,
  /** The lower halves of 16 bytes. */
  mask: 10,
  /** The halves of 32 bytes of a shard. */
  low0: 11,
  low1: 12,
  high0: 13,
  high1: 14,
  lookup: 15,
  /** What has come together of 32 bytes of either row. */
  a0: 16,
  a1: 17,
  b0: 18,
  b1: 19,
} as const;

/** Bytes of a shard that one step works on. */
const STEP = 32;
/** Two tables of 16 bytes for each of two rows. */
const PAIR_TABLE_BYTES = 64;
const PAGE_BYTES = 65_536;
/** Memory of an instance: 1 MiB, whatever is coded. */
const PAGES = 16;

/**
 * Two rows of a product at a time. The product of a byte with a constant is the sum of the products of its halves, so
 * two tables of sixteen bytes give it, and one instruction looks sixteen bytes up. [Plank, Greenan, Miller: Screaming
 * Fast Galois Field Arithmetic Using Intel SIMD Instructions, FAST 2013]
 */
export function kernelModule(relaxed: boolean): Uint8Array {
  const { pairs, columns, stride, tables, shards, product, at, table, left } = LOCAL;
  const { low0, low1, high0, high1, a0, a1, b0, b1 } = LOCAL;
  const column: Code = [
    ...halves(0, low0, high0),
    ...halves(16, low1, high1),
    ...addTo(a0, a1, relaxed, [0, low0, low1], [16, high0, high1]),
    ...addTo(b0, b1, relaxed, [32, low0, low1], [48, high0, high1]),
    ...advance(table, op.i32(PAIR_TABLE_BYTES)),
    ...advance(LOCAL.shard, op.get(stride)),
    ...countDown(left),
  ];
  const step: Code = [
    ...[a0, a1, b0, b1].flatMap((sum) => [...op.i32(0), ...op.splat, ...op.set(sum)]),
    ...[...op.get(tables), ...op.set(table), ...op.get(columns), ...op.set(left)],
    ...[...op.get(shards), ...op.get(at), ...op.add, ...op.set(LOCAL.shard)],
    ...op.repeat(column),
    ...[...op.get(product), ...op.get(at), ...op.add, ...op.set(left)],
    ...[
      ...store(0, a0),
      ...store(16, a1),
      ...advance(left, op.get(stride)),
      ...store(0, b0),
      ...store(16, b1),
    ],
    ...[...op.get(at), ...op.i32(STEP), ...op.add, ...op.tee(at), ...op.get(stride), ...op.less],
  ];
  const pair: Code = [
    ...[...op.i32(0), ...op.set(at)],
    ...op.repeat(step),
    ...[...op.get(columns), ...op.i32(6), ...op.shl, ...op.get(tables), ...op.add, ...op.set(tables)],
    ...advance(product, op.get(stride), op.i32(1), op.shl),
    ...countDown(pairs),
  ];
  const body = [...op.i32(0x0f), ...op.splat, ...op.set(LOCAL.mask), ...op.repeat(pair)];
  return assemble(PAGES, { parameters: 6, integers: 4, vectors: 10, body });
}

function advance(local: number, ...by: readonly Code[]): Code {
  return [...op.get(local), ...by.flat(), ...op.add, ...op.set(local)];
}

/** One less, left on the stack. */
function countDown(local: number): Code {
  return [...op.get(local), ...op.i32(1), ...op.sub, ...op.tee(local)];
}

/** Sixteen bytes of the present shard, taken into their lower and upper halves. */
function halves(offset: number, low: number, high: number): Code {
  return [
    ...[...op.get(LOCAL.shard), ...op.load(offset), ...op.tee(low)],
    ...[...op.i32(4), ...op.shiftPairs, ...op.get(LOCAL.mask), ...op.and, ...op.set(high)],
    ...[...op.get(low), ...op.get(LOCAL.mask), ...op.and, ...op.set(low)],
  ];
}

type Halves = readonly [table: number, of16: number, ofNext16: number];

/** Adds to both sums of a row what its tables give for these halves. */
function addTo(sum0: number, sum1: number, relaxed: boolean, ...parts: readonly Halves[]): Code {
  const lookUp = relaxed ? op.relaxedSwizzle : op.swizzle;
  const add = (sum: number, half: number): Code => [
    ...[...op.get(sum), ...op.get(LOCAL.lookup), ...op.get(half)],
    ...[...lookUp, ...op.xor, ...op.set(sum)],
  ];
  return parts.flatMap(([table, half0, half1]) => [
    ...[...op.get(LOCAL.table), ...op.load(table), ...op.set(LOCAL.lookup)],
    ...[...add(sum0, half0), ...add(sum1, half1)],
  ]);
}

function store(offset: number, vector: number): Code {
  return [...op.get(LOCAL.left), ...op.get(vector), ...op.store(offset)];
}

type Run = (
  pairs: number,
  columns: number,
  stride: number,
  tables: number,
  shards: number,
  product: number,
) => void;

/**
 * The product by SIMD instructions of WebAssembly; undefined where the engine has none. Works in 1 MiB of memory of its
 * own, a stretch of all shards at a time. Gives the same bytes as `portableProduct`.
 */
export function fastProduct(engine: WebAssemblyLike): GaloisProduct | undefined {
  const module = [true, false].map(kernelModule).find((bytes) => engine.validate(bytes));
  if (module === undefined) return undefined;
  const exports: Partial<Record<string, unknown>> = {
    ...new engine.Instance(new engine.Module(module)).exports,
  };
  const { run, memory } = exports as { readonly run: Run; readonly memory: { readonly buffer: ArrayBuffer } };
  return productWith(run, new Uint8Array(memory.buffer));
}

function productWith(run: Run, memory: Uint8Array): GaloisProduct {
  let known: Matrix | undefined;
  return (matrix, rows, columns, shards, length) => {
    const product = new Uint8Array(rows * length);
    if (rows === 0 || length === 0) return product;
    const pairs = Math.ceil(rows / 2);
    const tableBytes = pairs * columns * PAIR_TABLE_BYTES;
    if (known !== matrix) writeTables(memory, matrix, rows, columns);
    known = matrix;
    const room = Math.floor((PAGES * PAGE_BYTES - tableBytes) / (columns + 2 * pairs));
    const strideMax = Math.min(room - (room % STEP), BLOCK_BYTES_MAX);
    for (let from = 0; from < length; from += strideMax) {
      const size = Math.min(strideMax, length - from);
      const stride = Math.ceil(size / STEP) * STEP;
      for (let column = 0; column < columns; column += 1) {
        const at = column * length + from;
        memory.set(shards.subarray(at, at + size), tableBytes + column * stride);
      }
      const out = tableBytes + columns * stride;
      run(pairs, columns, stride, 0, tableBytes, out);
      for (let row = 0; row < rows; row += 1) {
        const at = out + row * stride;
        product.set(memory.subarray(at, at + size), row * length + from);
      }
    }
    return product;
  };
}

/** Bytes of a shard at a time: with few shards, all that is touched stays in the cache of one core. */
const BLOCK_BYTES_MAX = 16_384;

function writeTables(memory: Uint8Array, matrix: Matrix, rows: number, columns: number): void {
  for (let row = 0; row < rows + (rows % 2); row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const factor = row < rows ? (matrix[row * columns + column] as number) : 0;
      const at = ((row >> 1) * columns + column) * PAIR_TABLE_BYTES + (row % 2) * 32;
      for (let half = 0; half < 16; half += 1) {
        memory[at + half] = multiply(factor, half);
        memory[at + 16 + half] = multiply(factor, half << 4);
      }
    }
  }
}
