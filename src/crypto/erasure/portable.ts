import { multiply } from './field.ts';
import type { Matrix } from './matrix.ts';

/**
 * A matrix times shards over the field of 256 elements: `rows` new shards of `length` bytes, one after another in a new
 * array. `matrix` has `columns` elements a row; `shards` holds `columns` shards of `length` bytes, one after another.
 * What all of the coding work is; a node passes in a fast one, `portableProduct` runs anywhere.
 */
export type GaloisProduct = (
  matrix: Matrix,
  rows: number,
  columns: number,
  shards: Uint8Array,
  length: number,
) => Uint8Array;

/** Rows whose bytes share one word: one look into a table multiplies for all of them. */
const LANES = 4;
/** Bytes of a shard at a time: what is written again and again stays in the fast part of the memory. */
const BLOCK_BYTES = 4_096;

/** In plain JavaScript: some tens of times slower than `fastProduct`. */
export const portableProduct: GaloisProduct = (matrix, rows, columns, shards, length) => {
  const product = new Uint8Array(rows * length);
  const words = new Uint32Array(Math.min(BLOCK_BYTES, length));
  for (let row = 0; row < rows; row += LANES) {
    const lanes = Math.min(LANES, rows - row);
    const tables = Array.from({ length: columns }, (_, column) =>
      tableOf(matrix, columns, row, lanes, column),
    );
    for (let from = 0; from < length; from += BLOCK_BYTES) {
      const size = Math.min(BLOCK_BYTES, length - from);
      words.fill(0);
      for (const [column, table] of tables.entries())
        accumulate(words, table, shards, column * length + from, size);
      for (let lane = 0; lane < lanes; lane += 1)
        spread(product, (row + lane) * length + from, words, lane * 8, size);
    }
  }
  return product;
};

/** By byte, its products with the elements of one column in up to four rows, a byte of the word each. */
function tableOf(matrix: Matrix, columns: number, row: number, lanes: number, column: number): Uint32Array {
  const table = new Uint32Array(256);
  for (let lane = 0; lane < lanes; lane += 1) {
    const factor = matrix[(row + lane) * columns + column] as number;
    for (let byte = 1; byte < 256; byte += 1) {
      table[byte] = ((table[byte] as number) | (multiply(factor, byte) << (8 * lane))) >>> 0;
    }
  }
  return table;
}

function accumulate(words: Uint32Array, table: Uint32Array, shards: Uint8Array, at: number, size: number) {
  for (let i = 0; i < size; i += 1)
    words[i] = (words[i] as number) ^ (table[shards[at + i] as number] as number);
}

function spread(product: Uint8Array, at: number, words: Uint32Array, shift: number, size: number): void {
  for (let i = 0; i < size; i += 1) product[at + i] = (words[i] as number) >>> shift;
}
