import { assert } from '../base/index.ts';

/** Writes big-endian fields into one growing buffer. Values out of a field's range are our own mistake. */
export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** What is written to: another array once it is full. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xff, 'writer: u8 out of range');
    const at = this.#claim(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff, 'writer: u16 out of range');
    const at = this.#claim(2);
    this.#setU16(at, value);
    return this;
  }

  u32(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, 'writer: u32 out of range');
    const at = this.#claim(4);
    this.#setU32(at, value);
    return this;
  }

  /** An integer, 0 <= value <= 2^53 - 1, in eight bytes. */
  u64(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, 'writer: u64 out of range');
    const at = this.#claim(8);
    this.#setU32(at, Math.floor(value / 0x1_0000_0000));
    this.#setU32(at + 4, value);
    return this;
  }

  /** The bytes as they are, without a length. */
  raw(bytes: Uint8Array): this {
    const { length } = bytes;
    const at = this.#claim(length);
    const into = this.#bytes;
    if (length > SHORT_BYTES) into.set(bytes, at);
    else for (let i = 0; i < length; i += 1) into[at + i] = bytes[i] as number;
    return this;
  }

  /** Overwrites the u32 at `at`, for lengths known only afterwards. */
  patchU32(at: number, value: number): this {
    assert(at + 4 <= this.#length, 'writer: patch outside what is written');
    this.#setU32(at, value);
    return this;
  }

  /** Overwrites the u8 at `at`. */
  patchU8(at: number, value: number): this {
    assert(at < this.#length && value <= 0xff, 'writer: patch outside what is written');
    this.#bytes[at] = value;
    return this;
  }

  /** Overwrites the u16 at `at`. */
  patchU16(at: number, value: number): this {
    assert(at + 2 <= this.#length && value <= 0xffff, 'writer: patch outside what is written');
    this.#setU16(at, value);
    return this;
  }

  /** A copy of what was written; the writer is empty afterwards and keeps its buffer. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return bytes;
  }

  /** As `take`, but copies to `target` from `at` on. */
  takeInto(target: Uint8Array, at: number): void {
    const bytes = this.#bytes;
    const length = this.#length;
    // What is short is copied faster than a view of it is made.
    if (length > SHORT_BYTES) target.set(bytes.subarray(0, length), at);
    else for (let i = 0; i < length; i += 1) target[at + i] = bytes[i] as number;
    this.#length = 0;
  }

  /** As `take`, but hands over the buffer itself when it is exactly full. */
  takeWhole(): Uint8Array {
    if (this.#length !== this.#bytes.length) return this.take();
    const bytes = this.#bytes;
    this.#bytes = EMPTY;
    this.#length = 0;
    return bytes;
  }

  // An array of bytes keeps the low eight bits of what is put into it.
  #setU16(at: number, value: number): void {
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  #setU32(at: number, value: number): void {
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
  }

  /** May replace the buffer: to be called before it is named. */
  #claim(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2, 64));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }
}

const EMPTY = new Uint8Array(0);
const SHORT_BYTES = 128;
