import { randomInt } from 'node:crypto';
import { assert } from '../../base/index.ts';
import { asDigest, DIGEST_BYTES, type Digest } from '../../crypto/index.ts';
import { Column } from './columns.ts';

/** Where a record stands in the log. */
export interface Location {
  /** Index of the segment in opening order. */
  readonly segment: number;
  /** Byte offset of the record's head in the segment, and the record's whole length. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Which payloads are held, and where: rows counted from 0, found by digest. About 52 bytes a row: 32 of digest,
 * 12 of location, 8 of hash table.
 */
export class PayloadTable {
  #digests = new Uint8Array(64 * DIGEST_BYTES);
  /** Row + 1 by the digest's first bytes, open addressing, at most half full; 0 is free. */
  #slots = new Uint32Array(128);
  /** Unknown to senders, so that none can choose payloads whose digests crowd one place of the table. */
  readonly #salt = randomInt(0x8000_0000) * 2 + 1;
  readonly #segment = Column.narrow();
  readonly #offset = Column.narrow();
  readonly #length = Column.narrow();

  /** Rows so far. */
  get rows(): number {
    return this.#segment.length;
  }

  /** The row of this digest; -1 if it is not held. */
  row(digest: Uint8Array): number {
    return (this.#slots[this.#slotOf(digest)] ?? 0) - 1;
  }

  /** Adds a digest that is not held yet; its row. Its location is to be set by `place`. */
  add(digest: Digest): number {
    const row = this.rows;
    if ((row + 1) * 2 > this.#slots.length) this.#grow();
    this.#digests.set(digest, row * DIGEST_BYTES);
    this.#slots[this.#slotOf(digest)] = row + 1;
    this.#segment.push(0);
    this.#offset.push(0);
    this.#length.push(0);
    return row;
  }

  /** Sets where the payload's record stands. Offsets and lengths are below 2^32. */
  place(row: number, segment: number, offset: number, length: number): void {
    this.#segment.set(row, segment);
    this.#offset.set(row, offset);
    this.#length.set(row, length);
  }

  location(row: number): Location {
    return { segment: this.#segment.at(row), offset: this.#offset.at(row), length: this.#length.at(row) };
  }

  /** A copy of the row's digest. */
  digest(row: number): Digest {
    const digest = asDigest(this.#digests.slice(row * DIGEST_BYTES, (row + 1) * DIGEST_BYTES));
    assert(digest !== undefined, 'payload table: a row that is not there');
    return digest;
  }

  /** The slot that holds this digest, or the free one where it belongs. */
  #slotOf(digest: Uint8Array): number {
    const mask = this.#slots.length - 1;
    const [a = 0, b = 0, c = 0, d = 0] = digest;
    const mixed = Math.imul(a | (b << 8) | (c << 16) | (d << 24), this.#salt);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    for (;;) {
      const row = (this.#slots[slot] ?? 0) - 1;
      if (row < 0 || this.#equals(row, digest)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(row: number, digest: Uint8Array): boolean {
    const at = row * DIGEST_BYTES;
    for (let i = 0; i < DIGEST_BYTES; i += 1) if (this.#digests[at + i] !== digest[i]) return false;
    return true;
  }

  #grow(): void {
    const digests = new Uint8Array(this.#digests.length * 2);
    digests.set(this.#digests);
    this.#digests = digests;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let row = 0; row < this.rows; row += 1) {
      const digest = this.#digests.subarray(row * DIGEST_BYTES, (row + 1) * DIGEST_BYTES);
      this.#slots[this.#slotOf(digest)] = row + 1;
    }
  }
}
