import { fromHex } from '../base/index.ts';
import { asDigest } from '../crypto/index.ts';
import type { StoreRecord } from './store/index.ts';

/** Own messages between `broadcast` and durability, in the order of their numbers. */
interface Submitted {
  readonly lastSeq: number;
  readonly count: number;
  /** What `accepted` resolves to. */
  readonly value: unknown;
  readonly accepted: Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

interface Keyed {
  readonly seq: number;
  /** Of the message, hexadecimal. */
  readonly digest: string;
  readonly record: StoreRecord;
  readonly accepted: Promise<unknown>;
}

/** What a message is used under: a key, and the digest of the message, hexadecimal. */
export interface KeyUse {
  readonly key: string;
  readonly digest: string;
}

/**
 * Own messages on their way: who waits for acceptance, and which keys are being used at this moment. A key counts
 * from the moment it is submitted, so that two calls at once with the same key broadcast once.
 */
export class OwnMessages {
  /** Oldest first; what is before `#head` is done. */
  #submitted: Submitted[] = [];
  #head = 0;
  #size = 0;
  readonly #keys = new Map<string, Keyed>();
  readonly #keyOf = new Map<number, string>();

  /** Messages not yet durable. */
  get size(): number {
    return this.#size;
  }

  /**
   * `count` messages up to `lastSeq`, the last ones submitted. Resolves to `value` once they are accepted. Nobody need
   * look at it if the node closes before: it is the only promise there is of a broadcast.
   */
  add<Value>(lastSeq: number, count: number, value: Value, use?: KeyUse): Promise<Value> {
    let settle: Pick<Submitted, 'resolve' | 'reject'> | undefined;
    const accepted = new Promise<Value>((resolve, reject) => {
      settle = { resolve: (given) => resolve(given as Value), reject };
    });
    if (settle === undefined) return accepted;
    const { resolve, reject } = settle;
    this.#submitted.push({ lastSeq, count, value, accepted, resolve, reject });
    this.#size += count;
    const digest = use && asDigest(fromHex(use.digest) ?? new Uint8Array(0));
    if (use !== undefined && digest !== undefined) {
      const record: StoreRecord = { kind: 'key', seq: lastSeq, key: use.key, digest };
      this.#keys.set(use.key, { seq: lastSeq, digest: use.digest, record, accepted });
      this.#keyOf.set(lastSeq, use.key);
    }
    return accepted;
  }

  /** The records that make keys durable together with their messages. */
  keyRecords(firstSeq: number, count: number): Iterable<StoreRecord> {
    // Most messages have no key.
    if (this.#keyOf.size === 0) return NONE;
    return Array.from(this.#keyed(firstSeq, count), ({ record }) => record);
  }

  /** A key that was submitted and is not durable yet. */
  pendingKey(key: string): Keyed | undefined {
    return this.#keys.get(key);
  }

  /** These messages are durable. */
  accept(firstSeq: number, count: number): void {
    if (this.#keyOf.size > 0) this.#forget([...this.#keyed(firstSeq, count)]);
    const last = firstSeq + count - 1;
    for (let next = this.#submitted[this.#head]; next !== undefined; next = this.#submitted[this.#head]) {
      if (next.lastSeq > last) break;
      this.#head += 1;
      this.#size -= next.count;
      next.resolve(next.value);
    }
    if (this.#head * 2 < this.#submitted.length) return;
    this.#submitted = this.#submitted.slice(this.#head);
    this.#head = 0;
  }

  /** The node ends: these were never durable. Returns how many. */
  abandon(error: unknown): number {
    const count = this.#size;
    for (const { reject, accepted } of this.#submitted.slice(this.#head)) {
      // Whoever gave up waiting must not turn this into an unhandled rejection.
      accepted.catch(() => undefined);
      reject(error);
    }
    this.#submitted = [];
    this.#head = 0;
    this.#size = 0;
    this.#keys.clear();
    this.#keyOf.clear();
    return count;
  }

  #forget(keyed: readonly Keyed[]): void {
    for (const { seq } of keyed) {
      const key = this.#keyOf.get(seq);
      this.#keyOf.delete(seq);
      if (key !== undefined) this.#keys.delete(key);
    }
  }

  /** Messages with a key among these, found from the smaller side. */
  *#keyed(firstSeq: number, count: number): Iterable<Keyed> {
    if (this.#keyOf.size <= count) {
      for (const keyed of this.#keys.values()) {
        if (keyed.seq >= firstSeq && keyed.seq < firstSeq + count) yield keyed;
      }
      return;
    }
    for (let seq = firstSeq; seq < firstSeq + count; seq += 1) {
      const key = this.#keyOf.get(seq);
      const keyed = key === undefined ? undefined : this.#keys.get(key);
      if (keyed !== undefined) yield keyed;
    }
  }
}

const NONE: readonly StoreRecord[] = [];
