import { FRAME_HEADER_BYTES, FRAME_KIND, HANDSHAKE_FRAME_BYTES_MAX, versionOf } from '../../codec/index.ts';
import type { FrameFault } from './reasons.ts';

/** Bytes of the length field; version and kind after it are part of what it counts. */
const LENGTH_BYTES = 4;
/** Least value of the length field: version and kind, and no body. */
const LENGTH_MIN = FRAME_HEADER_BYTES - LENGTH_BYTES;

const EMPTY = new Uint8Array(0);

/**
 * Cuts a stream of bytes into frames. Every length is judged before anything is allocated for it, and every body
 * is an array of its own, exactly as long as the body: what a small frame leaves behind never holds a large chunk.
 */
export class FrameReader {
  /** Longest `messages` or `agreement` frame, by its length field. Frames of other kinds stay under the handshake's bound. */
  frameBytesMax: number = HANDSHAKE_FRAME_BYTES_MAX;
  /** Frames completed so far. */
  frames = 0;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #body: Uint8Array = EMPTY;
  #bodyFilled = 0;

  /** Whether a frame has begun and is not complete. */
  get partial(): boolean {
    return this.#headerFilled > 0;
  }

  /** Length field of the frame that has begun; 0 as long as it is not known. */
  get partialBytes(): number {
    return this.#headerFilled < LENGTH_BYTES ? 0 : this.#length();
  }

  /**
   * Takes the next bytes of the stream; keeps no reference. `onFrame` owns the body, and says whether to go on.
   * Returns what is wrong with the stream: nothing after it has a meaning.
   */
  push(chunk: Uint8Array, onFrame: (kind: number, body: Uint8Array) => boolean): FrameFault | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerFilled < FRAME_HEADER_BYTES) {
        at += this.#fillHeader(chunk, at);
        const fault = this.#judge();
        if (fault !== undefined) return fault;
        if (this.#headerFilled < FRAME_HEADER_BYTES) return undefined;
        this.#body = unfilled(this.#length() - LENGTH_MIN);
        this.#bodyFilled = 0;
      }
      const missing = this.#body.length - this.#bodyFilled;
      const taken = Math.min(missing, chunk.length - at);
      this.#body.set(chunk.subarray(at, at + taken), this.#bodyFilled);
      this.#bodyFilled += taken;
      at += taken;
      if (taken === missing && !this.#complete(onFrame)) return undefined;
    }
    return undefined;
  }

  #fillHeader(chunk: Uint8Array, at: number): number {
    const taken = Math.min(FRAME_HEADER_BYTES - this.#headerFilled, chunk.length - at);
    for (let i = 0; i < taken; i += 1) this.#header[this.#headerFilled + i] = chunk[at + i] ?? 0;
    this.#headerFilled += taken;
    return taken;
  }

  /** Judges as much of the header as is there: a bad length is not waited upon. */
  #judge(): FrameFault | undefined {
    if (this.#headerFilled < LENGTH_BYTES) return undefined;
    const length = this.#length();
    if (length < LENGTH_MIN) return 'empty-frame';
    if (length > Math.max(this.frameBytesMax, HANDSHAKE_FRAME_BYTES_MAX)) return 'frame-too-large';
    if (this.#headerFilled < FRAME_HEADER_BYTES) return undefined;
    const [, , , , version = 0, kind = 0] = this.#header;
    if (version !== versionOf(kind)) return 'unknown-version';
    const isLong = kind >= FRAME_KIND.messages && kind <= FRAME_KIND.epoch;
    const max = isLong ? this.frameBytesMax : HANDSHAKE_FRAME_BYTES_MAX;
    return length > max ? 'frame-too-large' : undefined;
  }

  #complete(onFrame: (kind: number, body: Uint8Array) => boolean): boolean {
    const body = this.#body;
    this.#body = EMPTY;
    this.#headerFilled = 0;
    this.frames += 1;
    return onFrame(this.#header[5] ?? 0, body);
  }

  #length(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#header;
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }
}

/** Room for a body. What is long is not filled with zeros first: nobody sees it before it is complete. */
function unfilled(length: number): Uint8Array {
  return length < UNFILLED_BYTES_MIN
    ? new Uint8Array(length)
    : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

const UNFILLED_BYTES_MIN = 4_096;
