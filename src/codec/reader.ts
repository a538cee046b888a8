/** Why bytes were refused: a closed set, counted by the node. */
export type DecodeError =
  | 'truncated'
  | 'trailing-bytes'
  | 'unknown-version'
  | 'unknown-kind'
  | 'out-of-range'
  | 'too-large'
  | 'not-canonical';

/** The outcome of decoding bytes that somebody else made. Never an exception. */
export type Decoded<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: DecodeError };

/** A refusal. */
export function refuse(error: DecodeError): { readonly ok: false; readonly error: DecodeError } {
  return { ok: false, error };
}

/**
 * Reads big-endian fields from bytes it does not trust. The first field that does not fit sets `error`, and
 * everything read from then on is zero or empty: check `error` once, before using what was read.
 */
export class Reader {
  #bytes: Uint8Array;
  #at: number;
  #end: number;
  #error: DecodeError | undefined;

  /** Reads `bytes` from `at` to `end`. Keeps the reference; `view` results point into it. */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** The same on other bytes, as if it were new. */
  begin(bytes: Uint8Array, at = 0, end = bytes.length): this {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
    this.#error = undefined;
    return this;
  }

  /** What it reads. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Where the next field stands in it. */
  get at(): number {
    return this.#at;
  }

  /** The first thing that was wrong; undefined while all is well. */
  get error(): DecodeError | undefined {
    return this.#error;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Records that something is wrong, unless something was already. */
  fail(error: DecodeError): void {
    this.#error ??= error;
  }

  u8(): number {
    const at = this.#claim(1);
    return at < 0 ? 0 : byte(this.#bytes, at);
  }

  u16(): number {
    const at = this.#claim(2);
    return at < 0 ? 0 : byte(this.#bytes, at) * 0x100 + byte(this.#bytes, at + 1);
  }

  u32(): number {
    const at = this.#claim(4);
    return at < 0 ? 0 : u32(this.#bytes, at);
  }

  /** Eight bytes as an integer; above 2^53 - 1 it is `out-of-range`. */
  u64(): number {
    const at = this.#claim(8);
    if (at < 0) return 0;
    const high = u32(this.#bytes, at);
    if (high > 0x1f_ffff) {
      this.fail('out-of-range');
      return 0;
    }
    return high * 0x1_0000_0000 + u32(this.#bytes, at + 4);
  }

  /** The next `count` bytes, as a view: valid as long as the buffer that was handed in. */
  view(count: number): Uint8Array {
    const at = this.#claim(count);
    return at < 0 ? EMPTY : this.#bytes.subarray(at, at + count);
  }

  /** The next `count` bytes, as a copy: nothing of the buffer is kept. What is short costs less so than as a view. */
  copy(count: number): Uint8Array {
    const at = this.#claim(count);
    if (at < 0) return EMPTY;
    const bytes = this.#bytes;
    const copy = new Uint8Array(count);
    if (count > SHORT_BYTES) copy.set(bytes.subarray(at, at + count));
    else for (let i = 0; i < count; i += 1) copy[i] = byte(bytes, at + i);
    return copy;
  }

  /** Passes over the next `count` bytes. */
  skip(count: number): void {
    this.#claim(count);
  }

  /** Ends the reading: what is left over makes it `trailing-bytes`. */
  end(): DecodeError | undefined {
    if (this.#at !== this.#end) this.fail('trailing-bytes');
    return this.#error;
  }

  #claim(count: number): number {
    if (this.#error !== undefined) return -1;
    if (count > this.#end - this.#at) {
      this.#error = 'truncated';
      return -1;
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }
}

// Composed from bytes: a DataView for every reader costs more than all that is read through it, and drags the buffer
// of a small array out of the heap.
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function u32(bytes: Uint8Array, at: number): number {
  const low = (byte(bytes, at + 1) << 16) | (byte(bytes, at + 2) << 8) | byte(bytes, at + 3);
  return byte(bytes, at) * 0x100_0000 + low;
}

const EMPTY = new Uint8Array(0);
const SHORT_BYTES = 128;
