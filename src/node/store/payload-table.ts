import { randomInt } from 'node:crypto';
import { assert } from '../../base/index.ts';
import { copyDigest, DIGEST_BYTES, type Digest } from '../../crypto/index.ts';
import { Column } from './columns.ts';

/** Where a record stands in the log. */
export interface Location {
  /** Number of the segment, in the order of the log, from 0 at opening. */
  readonly segment: number;
  /** Byte offset of the record's head in the segment, and the record's whole length; 0 if it is nowhere yet. */
  readonly offset: number;
  readonly length: number;
}

/** Of an instance that is not delivered, whether anything was said in it or not. */
export const OPEN = 1;
/** Of a delivered instance that is kept. */
export const DELIVERED = 2;
type Want = typeof OPEN | typeof DELIVERED;

/**
 * Which payloads are held, and where: rows counted from 0, found by digest. About 53 bytes a row: 32 of digest,
 * 12 of location, 8 of hash table, 1 that says why it is held. The oldest rows can be dropped; the others keep their numbers.
 */
export class PayloadTable {
  #digests = new Uint8Array(64 * DIGEST_BYTES);
  /** The row whose digest stands first in `#digests`. */
  #digestsFrom = 0;
  /** Row + 1 - `#slotBase` by the digest's first bytes, open addressing, at most half full; 0 is free. */
  #slots = new Uint32Array(128);
  #slotBase = 0;
  /** Unknown to senders, so that none can choose payloads whose digests crowd one place of the table. */
  readonly #salt = randomInt(0x8000_0000) * 2 + 1;
  /** The row that was asked for last, which finds its digest: records about one payload come one after another. */
  #last = -1;
  /** How often a digest got another row: a row that was found before may be another since. */
  #moves = 0;
  readonly #segment = Column.narrow();
  readonly #offset = Column.narrow();
  readonly #length = Column.narrow();
  /** Why the row is wanted: `OPEN`, `DELIVERED`, both or neither. */
  readonly #wants = Column.byte();

  /** One more than the highest row so far. */
  get rows(): number {
    return this.#segment.length;
  }

  /** The lowest row that is held. */
  get firstRow(): number {
    return this.#segment.first;
  }

  /** Changes when any digest gets another row: until then a row that was found stays the right one. */
  get moves(): number {
    return this.#moves;
  }

  /** The row of this digest; -1 if it is not held. */
  row(digest: Uint8Array): number {
    const last = this.#last;
    if (last >= this.firstRow && this.#equals(last, digest, 0)) return last;
    const slot = this.#slots[this.#slotOf(digest)] ?? 0;
    if (slot === 0) return -1;
    this.#last = slot - 1 + this.#slotBase;
    return this.#last;
  }

  /** Adds a digest that is not held yet, of an instance that is not delivered; its row. Its location is to be set by `place`. */
  add(digest: Digest): number {
    const row = this.#push(digest);
    this.want(row, OPEN);
    this.#slots[this.#slotOf(digest)] = row + 1 - this.#slotBase;
    this.#last = row;
    return row;
  }

  /** Gives a digest that is held a new row, for the payload is written again. Its old row finds nobody any more. */
  readd(digest: Digest): number {
    const row = this.#push(digest);
    this.#moves += 1;
    const slot = this.#slotOf(digest);
    const held = this.#slots[slot] ?? 0;
    assert(held !== 0, 'payload table: nothing to write again');
    const before = held - 1 + this.#slotBase;
    this.#wants.set(row, Math.max(0, this.#wants.at(before)));
    this.#wants.set(before, 0);
    this.#slots[slot] = row + 1 - this.#slotBase;
    this.#last = row;
    return row;
  }

  /** Sets where the payload's record stands. Offsets and lengths are below 2^32. */
  place(row: number, segment: number, offset: number, length: number): void {
    this.#segment.set(row, segment);
    this.#offset.set(row, offset);
    this.#length.set(row, length);
  }

  /** Whether anybody may still want the payload of this row, or for this reason. */
  isWanted(row: number, why: Want | undefined = undefined): boolean {
    return (Math.max(0, this.#wants.at(row)) & (why ?? OPEN | DELIVERED)) !== 0;
  }

  want(row: number, why: Want): void {
    this.#wants.set(row, Math.max(0, this.#wants.at(row)) | why);
  }

  unwant(row: number, why: Want): void {
    this.#wants.set(row, Math.max(0, this.#wants.at(row)) & ~why);
  }

  /** Where the payload's record stands; a negative segment if the row is dropped. */
  location(row: number): Location {
    return { segment: this.#segment.at(row), offset: this.#offset.at(row), length: this.#length.at(row) };
  }

  /** A copy of the row's digest. */
  digest(row: number): Digest {
    assert(row >= this.firstRow && row < this.rows, 'payload table: a row that is not there');
    return copyDigest(this.#digests, this.#at(row));
  }

  /** Lets go of the rows below this one. */
  dropBelow(row: number): void {
    const until = Math.min(row, this.rows);
    for (let gone = this.firstRow; gone < until; gone += 1) this.#remove(gone);
    for (const column of [this.#segment, this.#offset, this.#length, this.#wants]) column.dropBelow(until);
    const held = this.rows - this.firstRow;
    if (this.firstRow - this.#digestsFrom > held && this.firstRow - this.#digestsFrom > 1_024) {
      this.#rebuild(Math.max(64, held + (held >>> 1)));
    }
  }

  #push(digest: Digest): number {
    const row = this.rows;
    const held = row - this.firstRow;
    // Rows that were given again keep no slot, so this is an upper bound.
    if ((held + 1) * 2 > this.#slots.length || row + 1 - this.#slotBase >= 0xffff_ffff) {
      this.#rebuild(Math.max(64, held * 2));
    } else if ((row - this.#digestsFrom + 1) * DIGEST_BYTES > this.#digests.length) {
      const digests = new Uint8Array(Math.max(64, held * 2) * DIGEST_BYTES);
      digests.set(this.#rowBytes(this.firstRow, row));
      this.#digests = digests;
      this.#digestsFrom = this.firstRow;
    }
    this.#digests.set(digest, (row - this.#digestsFrom) * DIGEST_BYTES);
    this.#segment.push(0);
    this.#offset.push(0);
    this.#length.push(0);
    this.#wants.push(0);
    return row;
  }

  /** Where the digest of a row stands in `#digests`. */
  #at(row: number): number {
    return (row - this.#digestsFrom) * DIGEST_BYTES;
  }

  /** The digests of rows `from <= row < until`. */
  #rowBytes(from: number, until: number): Uint8Array {
    const base = this.#digestsFrom;
    return this.#digests.subarray((from - base) * DIGEST_BYTES, (until - base) * DIGEST_BYTES);
  }

  #home(bytes: Uint8Array, at: number): number {
    const a = bytes[at] as number;
    const b = bytes[at + 1] as number;
    const c = bytes[at + 2] as number;
    const d = bytes[at + 3] as number;
    const mixed = Math.imul(a | (b << 8) | (c << 16) | (d << 24), this.#salt);
    return (mixed ^ (mixed >>> 15)) & (this.#slots.length - 1);
  }

  /** The slot that holds the digest in `bytes` at `at`, or the free one where it belongs. */
  #slotOf(bytes: Uint8Array, at = 0): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#home(bytes, at); ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot] ?? 0;
      if (held === 0 || this.#equals(held - 1 + this.#slotBase, bytes, at)) return slot;
    }
  }

  #equals(row: number, bytes: Uint8Array, at: number): boolean {
    const digests = this.#digests;
    const from = this.#at(row);
    for (let i = 0; i < DIGEST_BYTES; i += 1) if (digests[from + i] !== bytes[at + i]) return false;
    return true;
  }

  /** Frees the row's slot and moves up those that stood behind it for want of room. */
  #remove(row: number): void {
    const mask = this.#slots.length - 1;
    let free = this.#slotOf(this.#digests, this.#at(row));
    if (this.#slots[free] !== row + 1 - this.#slotBase) return;
    for (let slot = (free + 1) & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const held = this.#slots[slot] ?? 0;
      const home = this.#home(this.#digests, this.#at(held - 1 + this.#slotBase));
      // It may move only if its home does not lie behind the free slot.
      if (((slot - home) & mask) < ((slot - free) & mask)) continue;
      this.#slots[free] = held;
      free = slot;
    }
    this.#slots[free] = 0;
  }

  /** Room for `capacity` rows, and slots for as many, from the lowest row that is held. */
  #rebuild(capacity: number): void {
    const { firstRow, rows } = this;
    const live: number[] = [];
    for (let row = firstRow; row < rows; row += 1) {
      const slot = this.#slotOf(this.#digests, this.#at(row));
      if (this.#slots[slot] === row + 1 - this.#slotBase) live.push(row);
    }
    const digests = new Uint8Array(capacity * DIGEST_BYTES);
    digests.set(this.#rowBytes(firstRow, rows));
    this.#digests = digests;
    this.#digestsFrom = firstRow;
    this.#slotBase = firstRow;
    let slots = 128;
    while (slots < capacity * 2) slots *= 2;
    this.#slots = new Uint32Array(slots);
    for (const row of live) this.#slots[this.#slotOf(this.#digests, this.#at(row))] = row + 1 - firstRow;
  }
}
