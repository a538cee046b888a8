/**
 * The byte budget of one sender. What is held and what was asked for count together; the lowest undelivered
 * instance is always admitted, so the true ceiling is the budget and one payload more.
 */
export class Memory {
  readonly #budget: number;
  readonly #payloadBytesMax: number;
  readonly #held = new Map<number, number>();
  readonly #asked = new Set<number>();
  #bytes = 0;

  constructor(budget: number, payloadBytesMax: number) {
    this.#budget = budget;
    this.#payloadBytesMax = payloadBytesMax;
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether `bytes` more may be held; `lowest`: for the lowest undelivered instance. */
  admits(bytes: number, lowest: boolean): boolean {
    return lowest || this.#bytes + this.#asked.size * this.#payloadBytesMax + bytes <= this.#budget;
  }

  /** Whether a payload of unknown length can be asked for, of any instance. */
  get hasRoom(): boolean {
    return this.admits(this.#payloadBytesMax, false);
  }

  /** Makes room for a payload of unknown length that is to be asked for. False: not now. */
  reserve(instance: number, lowest: boolean): boolean {
    if (this.#asked.has(instance)) return true;
    if (!this.admits(this.#payloadBytesMax, lowest)) return false;
    this.#asked.add(instance);
    return true;
  }

  /** The payload came, or is no longer wanted. */
  release(instance: number): void {
    this.#asked.delete(instance);
  }

  /** An instance holds `bytes` now. */
  hold(instance: number, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(instance) ?? 0);
    this.#held.set(instance, bytes);
  }

  /** An instance is gone. */
  drop(instance: number): void {
    this.#bytes -= this.#held.get(instance) ?? 0;
    this.#held.delete(instance);
    this.release(instance);
  }
}
