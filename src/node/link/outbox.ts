/** About how many bytes are handed to TLS at once: they are encrypted in one go, while nothing else runs. */
const WRITE_BYTES = 262_144;
/** What is left behind a piece and shorter than this leaves with it: the end of a payload is no write of its own. */
const REST_BYTES_MIN = 65_536;
/** Most bytes handed to TLS at once. */
export const WRITE_BYTES_MAX = WRITE_BYTES + REST_BYTES_MIN;
/** Where chunks are put together, as long as nothing longer is to be. */
const GATHERED_BYTES_MIN = 65_536;

/** The part of a socket that an outbox uses. */
export interface ByteSink {
  write(bytes: Uint8Array, done: () => void): unknown;
  end(): unknown;
}

/**
 * The bounded queue of one link. What is pushed by one piece of work leaves in one write when it ends; what is
 * pushed while a write is under way leaves in the next. Bytes are kept by reference until they are written.
 */
export class Outbox {
  readonly #sink: ByteSink;
  readonly #onWritten: () => void;
  readonly #gatheredBytesMax: number;
  #chunks: Uint8Array[] = [];
  /** First chunk not yet written to its end, and how much of it is. */
  #head = 0;
  #headWritten = 0;
  #queuedBytes = 0;
  #inFlightBytes = 0;
  #scheduled = false;
  #finishing = false;
  #closed = false;
  /** Where short chunks are put together: the sink is done with it when the write is. */
  #gather: Buffer | undefined;

  /**
   * `onWritten`: called after every write that the system took. `frameBytesMax`: chunks are put together for one write up to
   * so many bytes, of which memory is set aside for a link (`docs/limits.md`), and no further than a write goes anyway.
   */
  constructor(sink: ByteSink, frameBytesMax: number, onWritten: () => void) {
    this.#sink = sink;
    this.#onWritten = onWritten;
    this.#gatheredBytesMax = Math.max(GATHERED_BYTES_MIN, Math.min(WRITE_BYTES, frameBytesMax));
  }

  /** Bytes that the system has not taken yet. */
  get queuedBytes(): number {
    return this.#queuedBytes + this.#inFlightBytes;
  }

  /** Queues complete frames. */
  push(bytes: Uint8Array): void {
    if (this.#closed || bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#schedule();
  }

  /** Forgets what is queued, but for the rest of a chunk that has partly left: frames stay whole. */
  clear(): void {
    const head = this.#headWritten > 0 ? this.#chunks[this.#head] : undefined;
    this.#chunks = head === undefined ? [] : [head];
    this.#head = 0;
    this.#queuedBytes = head === undefined ? 0 : head.length - this.#headWritten;
  }

  /** Ends the sink once everything queued has left. */
  finish(): void {
    this.#finishing = true;
    this.#schedule();
  }

  /** Nothing is written from here on. */
  close(): void {
    this.#closed = true;
    this.#chunks = [];
    this.#queuedBytes = 0;
    this.#inFlightBytes = 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed || this.#inFlightBytes > 0) return;
    this.#scheduled = true;
    // When whatever is running has said all that it has to say, and before anything else.
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#writeNext();
    });
  }

  #writeNext(): void {
    if (this.#closed || this.#inFlightBytes > 0) return;
    if (this.#queuedBytes === 0) {
      if (this.#finishing) this.#sink.end();
      return;
    }
    const bytes = this.#take();
    this.#queuedBytes -= bytes.length;
    this.#inFlightBytes = bytes.length;
    this.#sink.write(bytes, () => {
      if (this.#closed) return;
      this.#inFlightBytes = 0;
      this.#onWritten();
      this.#writeNext();
    });
  }

  /** The next bytes to write: a piece of a long chunk, or as many whole chunks as fit. */
  #take(): Uint8Array {
    const head = this.#chunks[this.#head] ?? EMPTY;
    const rest = this.#headWritten > 0 ? head.subarray(this.#headWritten) : head;
    if (rest.length >= WRITE_BYTES_MAX) {
      this.#headWritten += WRITE_BYTES;
      return rest.subarray(0, WRITE_BYTES);
    }
    let length = rest.length;
    let next = this.#head + 1;
    for (; next < this.#chunks.length; next += 1) {
      const more = this.#chunks[next]?.length ?? 0;
      if (length + more > this.#gatheredBytesMax) break;
      length += more;
    }
    const bytes = next === this.#head + 1 ? rest : this.#together(rest, next, length);
    this.#dropUntil(next);
    return bytes;
  }

  /** `first` and the chunks after the head up to `until`. A new buffer for each write would cost more than the copy. */
  #together(first: Uint8Array, until: number, length: number): Uint8Array {
    const gather = this.#gatherOf(length);
    gather.set(first, 0);
    let at = first.length;
    for (let index = this.#head + 1; index < until; index += 1) {
      const chunk = this.#chunks[index] ?? EMPTY;
      gather.set(chunk, at);
      at += chunk.length;
    }
    return gather.subarray(0, length);
  }

  #gatherOf(length: number): Buffer {
    if (this.#gather !== undefined && this.#gather.length >= length) return this.#gather;
    const bytes = length <= GATHERED_BYTES_MIN ? GATHERED_BYTES_MIN : this.#gatheredBytesMax;
    this.#gather = Buffer.allocUnsafeSlow(bytes);
    return this.#gather;
  }

  #dropUntil(next: number): void {
    this.#headWritten = 0;
    if (next === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else {
      this.#chunks.fill(EMPTY, this.#head, next);
      this.#head = next;
      if (next > 1_024) {
        this.#chunks.splice(0, next);
        this.#head = 0;
      }
    }
  }
}

const EMPTY = new Uint8Array(0);
