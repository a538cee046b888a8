import { assert } from '../../base/index.ts';
import { inverse, multiply } from './field.ts';

/** Row by row, one byte an element. */
export type Matrix = Uint8Array;

/**
 * The rows that make parity shards out of `k` data shards: `n - k` rows of the Cauchy matrix 1 / (x_i + y_j) over the
 * distinct elements x_i = k + i and y_j = j. Every square part of a Cauchy matrix can be inverted, so any k of the n
 * shards determine the others. [Bloemer et al., An XOR-Based Erasure-Resilient Coding Scheme, 1995]
 */
export function parityRows(k: number, n: number): Matrix {
  const rows = new Uint8Array((n - k) * k);
  for (let i = 0; i < n - k; i += 1) {
    for (let j = 0; j < k; j += 1) rows[i * k + j] = inverse((k + i) ^ j);
  }
  return rows;
}

/**
 * The rows that give the data shards `missing` out of the `k` shards `present`: rows of the inverse of what made those.
 * Both are lists of shard numbers in ascending order.
 */
export function recoveryRows(
  k: number,
  n: number,
  present: readonly number[],
  missing: readonly number[],
): Matrix {
  const parity = parityRows(k, n);
  const made = new Uint8Array(k * k);
  for (const [row, shard] of present.entries()) {
    if (shard < k) made[row * k + shard] = 1;
    else made.set(parity.subarray((shard - k) * k, (shard - k + 1) * k), row * k);
  }
  const inverted = invert(made, k);
  const rows = new Uint8Array(missing.length * k);
  for (const [row, shard] of missing.entries()) {
    rows.set(inverted.subarray(shard * k, (shard + 1) * k), row * k);
  }
  return rows;
}

/** Gauss and Jordan. Takes the matrix apart. */
function invert(matrix: Matrix, size: number): Matrix {
  const result = new Uint8Array(size * size);
  for (let i = 0; i < size; i += 1) result[i * size + i] = 1;
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    while (pivot < size && matrix[pivot * size + column] === 0) pivot += 1;
    assert(pivot < size, 'the rows of any k shards can be inverted');
    if (pivot !== column) {
      swapRows(matrix, size, pivot, column);
      swapRows(result, size, pivot, column);
    }
    const factor = inverse(matrix[column * size + column] as number);
    scaleRow(matrix, size, column, factor);
    scaleRow(result, size, column, factor);
    for (let row = 0; row < size; row += 1) {
      const times = matrix[row * size + column] as number;
      if (row === column || times === 0) continue;
      addRow(matrix, size, row, column, times);
      addRow(result, size, row, column, times);
    }
  }
  return result;
}

function swapRows(matrix: Matrix, size: number, a: number, b: number): void {
  const row = matrix.slice(a * size, (a + 1) * size);
  matrix.copyWithin(a * size, b * size, (b + 1) * size);
  matrix.set(row, b * size);
}

function scaleRow(matrix: Matrix, size: number, row: number, factor: number): void {
  for (let at = row * size; at < (row + 1) * size; at += 1)
    matrix[at] = multiply(matrix[at] as number, factor);
}

/** Adds `times` the row `from` to the row `to`. */
function addRow(matrix: Matrix, size: number, to: number, from: number, times: number): void {
  for (let column = 0; column < size; column += 1) {
    const at = to * size + column;
    matrix[at] = (matrix[at] as number) ^ multiply(matrix[from * size + column] as number, times);
  }
}
