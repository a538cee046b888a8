import { assert } from '../../base/index.ts';
import { type Matrix, parityRows, recoveryRows } from './matrix.ts';
import { type GaloisProduct, portableProduct } from './portable.ts';

/** Most shards of a code: elements of the field. */
export const SHARDS_MAX = 256;

/** One shard and its number. */
export interface Shard {
  /** 0 to n-1; below k it is a part of the data itself. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

/**
 * A systematic Reed-Solomon code: k data shards, n in all, any k of which give back the others. The first k are the data
 * as they are. Holds one small matrix; the same object serves any data.
 */
export class ErasureCode {
  readonly k: number;
  readonly n: number;
  readonly #product: GaloisProduct;
  readonly #parity: Matrix;

  /** @throws RangeError unless 1 <= k <= n <= SHARDS_MAX. */
  constructor(k: number, n: number, product: GaloisProduct = portableProduct) {
    if (!Number.isInteger(k) || !Number.isInteger(n) || k < 1 || k > n || n > SHARDS_MAX) {
      throw new RangeError(`no code has k=${k} data shards of n=${n}: 1 <= k <= n <= ${SHARDS_MAX}`);
    }
    this.k = k;
    this.n = n;
    this.#product = product;
    this.#parity = parityRows(k, n);
  }

  /** Bytes of each shard of data of `length` bytes; the last data shard is filled up with zeros. */
  shardBytes(length: number): number {
    return Math.ceil(length / this.k);
  }

  /** All n shards of `data`, in order. Views into one or two arrays; those of the data may point into `data`. */
  encode(data: Uint8Array): Uint8Array[] {
    const { k, n } = this;
    const size = this.shardBytes(data.length);
    const filled = k * size === data.length ? data : padded(data, k * size);
    const parity = this.#product(this.#parity, n - k, k, filled, size);
    const shards: Uint8Array[] = [];
    for (let i = 0; i < k; i += 1) shards.push(filled.subarray(i * size, (i + 1) * size));
    for (let i = 0; i < n - k; i += 1) shards.push(parity.subarray(i * size, (i + 1) * size));
    return shards;
  }

  /**
   * The data of `length` bytes that k shards are made of: a new array. `shards`: exactly k, of different numbers, each of
   * `shardBytes(length)` bytes. Whatever their bytes, some data come out.
   */
  decode(shards: readonly Shard[], length: number): Uint8Array {
    const { k, n } = this;
    const size = this.shardBytes(length);
    const sorted = [...shards].sort((a, b) => a.index - b.index);
    assert(sorted.length === k, 'a code is decoded from k shards');
    const present = new Uint8Array(k * size);
    const data = new Uint8Array(k * size);
    for (const [row, { index, bytes }] of sorted.entries()) {
      assert(index < n && sorted[row + 1]?.index !== index, 'shards have numbers of their own');
      assert(bytes.length === size, 'shards of one code word are of one length');
      present.set(bytes, row * size);
      if (index < k) data.set(bytes, index * size);
    }
    const held = new Set(sorted.map(({ index }) => index));
    const missing = Array.from({ length: k }, (_, index) => index).filter((index) => !held.has(index));
    if (missing.length > 0) {
      const rows = recoveryRows(
        k,
        n,
        sorted.map(({ index }) => index),
        missing,
      );
      const found = this.#product(rows, missing.length, k, present, size);
      for (const [row, index] of missing.entries())
        data.set(found.subarray(row * size, (row + 1) * size), index * size);
    }
    return data.subarray(0, length);
  }
}

function padded(data: Uint8Array, length: number): Uint8Array {
  const filled = new Uint8Array(length);
  filled.set(data);
  return filled;
}
