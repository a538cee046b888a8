/**
 * The byte budget of one sender. What is held and what was asked for count together; the lowest undelivered
 * instance is always admitted, so the true ceiling is the budget and one payload more.
 */
export class Memory {
  readonly #budget: number;
  readonly #payloadBytesMax: number;
  /** Instances whose payload was asked for: most streams ask for none. */
  #asked: Set<number> | undefined;
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
    const asked = (this.#asked?.size ?? 0) * this.#payloadBytesMax;
    return lowest || this.#bytes + asked + bytes <= this.#budget;
  }

  /** Whether a payload of unknown length can be asked for, of any instance. */
  get hasRoom(): boolean {
    return this.admits(this.#payloadBytesMax, false);
  }

  /** Makes room for a payload of unknown length that is to be asked for. False: not now. */
  reserve(instance: number, lowest: boolean): boolean {
    if (this.#asked?.has(instance) === true) return true;
    if (!this.admits(this.#payloadBytesMax, lowest)) return false;
    this.#asked ??= new Set();
    this.#asked.add(instance);
    return true;
  }

  /** The payload came, or is no longer wanted. */
  release(instance: number): void {
    this.#asked?.delete(instance);
  }

  /** An instance that held what its slot says holds so much now: the slot says so from here on. */
  hold(slot: { bytes: number }, bytes: number): void {
    this.#bytes += bytes - slot.bytes;
    slot.bytes = bytes;
  }

  /** An instance is gone that held so much. */
  drop(instance: number, bytes: number): void {
    this.#bytes -= bytes;
    this.release(instance);
  }
}
