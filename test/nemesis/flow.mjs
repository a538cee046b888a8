// One direction of one connection through a wire.
import { performance } from 'node:perf_hooks';

/** @import { Socket } from 'node:net' */
/** @import { Weather } from './types.ts' */

/** Bytes that wait in a flow before it stops reading, and before it reads on. */
const HIGH_BYTES = 1_048_576;
const LOW_BYTES = 262_144;
/** What a throttled flow hands on at once. */
const PIECE_BYTES = 4_096;

/** Takes what one socket says and hands it to the other one: later, slower, or not until the weather clears. */
export class Flow {
  /** @type {{ bytes: Buffer, dueMs: number }[]} */
  #queue = [];
  #queuedBytes = 0;
  #freeAtMs = 0;
  #ended = false;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #blocked = false;
  #source;
  #sink;
  #weather;

  /** @param {Socket} source @param {Socket} sink @param {() => Weather} weather */
  constructor(source, sink, weather) {
    this.#source = source;
    this.#sink = sink;
    this.#weather = weather;
    source.on('data', (/** @type {Buffer} */ bytes) => {
      const { delayMs, jitterMs } = weather();
      this.#queue.push({ bytes, dueMs: performance.now() + delayMs + Math.random() * jitterMs });
      this.#queuedBytes += bytes.length;
      if (this.#queuedBytes > HIGH_BYTES) source.pause();
      this.pump();
    });
    source.on('end', () => {
      this.#ended = true;
      this.pump();
    });
    sink.on('drain', () => {
      this.#blocked = false;
      this.pump();
    });
  }

  get queuedBytes() {
    return this.#queuedBytes;
  }

  /** Hands on what may go now. Called again whenever something changes. */
  pump() {
    if (this.#timer !== undefined || this.#blocked || this.#sink.destroyed) return;
    const { held, bytesPerSecond } = this.#weather();
    if (held) return;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const now = performance.now();
      // In order, whatever the jitter says.
      const waitMs = Math.max(head.dueMs, this.#freeAtMs) - now;
      if (waitMs > 0) {
        this.#timer = setTimeout(() => {
          this.#timer = undefined;
          this.pump();
        }, waitMs);
        return;
      }
      const piece = bytesPerSecond === undefined ? head.bytes : head.bytes.subarray(0, PIECE_BYTES);
      if (piece.length === head.bytes.length) this.#queue.shift();
      else head.bytes = head.bytes.subarray(piece.length);
      this.#queuedBytes -= piece.length;
      if (bytesPerSecond !== undefined) this.#freeAtMs = now + (piece.length * 1_000) / bytesPerSecond;
      if (this.#queuedBytes < LOW_BYTES) this.#source.resume();
      if (!this.#sink.write(piece)) {
        this.#blocked = true;
        return;
      }
    }
    if (this.#ended) this.#sink.end();
  }

  /** Looks at the weather anew: what was to wait may go at once. */
  cleared() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#freeAtMs = 0;
    for (const waiting of this.#queue) waiting.dueMs = 0;
    this.pump();
  }

  close() {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#queuedBytes = 0;
  }
}
