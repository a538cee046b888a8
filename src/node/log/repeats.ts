import { monotonicMs } from '../clock.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields that tell one happening from another of the same event; all others may differ from time to time. */
const IDENTITY = ['peer', 'sender', 'seq', 'code', 'reason', 'consumer'] as const;

/** Kinds of happenings remembered at once. */
const KINDS_MAX = 256;

interface Repeat {
  readonly write: (fields: Fields) => void;
  readonly since: number;
  last: Fields;
  count: number;
}

/**
 * Lets the first of equal happenings through and counts those that follow within the window; at its end one line
 * says how many there were. A log that repeats itself is not read.
 */
export class Repeats {
  readonly #windowMs: number;
  readonly #open = new Map<string, Repeat>();
  #timer: NodeJS.Timeout | undefined;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Calls `write` now, or later with the last of several `fields` and how often it happened. */
  pass(level: string, event: string, fields: Fields, write: (fields: Fields) => void): void {
    const key = JSON.stringify([level, event, ...IDENTITY.map((name) => String(fields[name]))]);
    const open = this.#open.get(key);
    if (open !== undefined) {
      open.count += 1;
      open.last = fields;
      return;
    }
    if (this.#open.size >= KINDS_MAX) this.#end(this.#open.keys().next().value ?? key);
    this.#open.set(key, { write, since: monotonicMs(), last: fields, count: 0 });
    this.#schedule();
    write(fields);
  }

  /** Says everything that is still held back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const key of [...this.#open.keys()]) this.#end(key);
  }

  #end(key: string): void {
    const repeat = this.#open.get(key);
    this.#open.delete(key);
    if (repeat === undefined || repeat.count === 0) return;
    const seconds = Math.max(1, Math.round((monotonicMs() - repeat.since) / 1_000));
    repeat.write({ ...repeat.last, repeated: repeat.count, within_s: seconds });
  }

  #schedule(): void {
    const first = this.#open.values().next().value;
    if (this.#timer !== undefined || first === undefined) return;
    const waitMs = Math.max(0, first.since + this.#windowMs - monotonicMs());
    this.#timer = setTimeout(() => this.#sweep(), waitMs);
    this.#timer.unref();
  }

  /** The map keeps its order of insertion, so the oldest come first. */
  #sweep(): void {
    this.#timer = undefined;
    for (const [key, { since }] of this.#open) {
      if (since + this.#windowMs > monotonicMs()) break;
      this.#end(key);
    }
    this.#schedule();
  }
}
