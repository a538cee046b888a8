import { fromHex } from '../base/index.ts';
import { asDigest } from '../crypto/index.ts';
import type { StoreRecord } from './store/index.ts';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** An own message between `broadcast` and durability. */
interface Submitted extends Waiting {
  readonly keyRecord: StoreRecord | undefined;
  readonly accepted: Promise<void>;
}

/**
 * Own messages on their way: who waits for acceptance, and which keys are being used at this moment. A key counts
 * from the moment it is submitted, so that two calls at once with the same key broadcast once.
 */
export class OwnMessages {
  readonly #submitted = new Map<number, Submitted>();
  readonly #keys = new Map<string, { readonly seq: number; readonly digest: string }>();

  /** Messages not yet durable. */
  get size(): number {
    return this.#submitted.size;
  }

  /** `digest`: of the message, hexadecimal. Returns the promise of its acceptance. */
  add(seq: number, key: string | undefined, digest: string): Promise<void> {
    let waiting: Waiting | undefined;
    const accepted = new Promise<void>((resolve, reject) => {
      waiting = { resolve, reject };
    });
    if (waiting === undefined) return accepted;
    const named = asDigest(fromHex(digest) ?? new Uint8Array(0));
    const keyRecord: StoreRecord | undefined =
      key === undefined || named === undefined ? undefined : { kind: 'key', seq, key, digest: named };
    if (key !== undefined) this.#keys.set(key, { seq, digest });
    this.#submitted.set(seq, { ...waiting, keyRecord, accepted });
    return accepted;
  }

  /** The record that makes a key durable together with its message. */
  keyRecord(seq: number): StoreRecord | undefined {
    return this.#submitted.get(seq)?.keyRecord;
  }

  /** A key that was submitted and is not durable yet. */
  pendingKey(
    key: string,
  ): { readonly seq: number; readonly digest: string; readonly accepted: Promise<void> } | undefined {
    const found = this.#keys.get(key);
    const submitted = found && this.#submitted.get(found.seq);
    return found && submitted && { ...found, accepted: submitted.accepted };
  }

  /** These messages are durable. */
  accept(firstSeq: number, count: number): void {
    for (let seq = firstSeq; seq < firstSeq + count; seq += 1) {
      const submitted = this.#submitted.get(seq);
      if (submitted === undefined) continue;
      this.#submitted.delete(seq);
      if (submitted.keyRecord?.kind === 'key') this.#keys.delete(submitted.keyRecord.key);
      submitted.resolve();
    }
  }

  /** The node ends: these were never durable. Returns how many. */
  abandon(error: unknown): number {
    const count = this.#submitted.size;
    for (const { reject, accepted } of this.#submitted.values()) {
      // Whoever gave up waiting must not turn this into an unhandled rejection.
      accepted.catch(() => undefined);
      reject(error);
    }
    this.#submitted.clear();
    this.#keys.clear();
    return count;
  }
}
