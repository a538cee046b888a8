/** A part of a limit after which peers are told of progress without waiting for a tick. */
const SHARE = 4;

/** How far the streams have come since peers were last told. */
export class Progress {
  readonly #streams: readonly { readonly base: number }[];
  readonly #instances: number;
  readonly #bytes: number;
  /** By sender: the base that peers were told, and the payload bytes delivered since. */
  readonly #told: number[];
  readonly #delivered: number[];

  /** `limits`: a peer that hears nothing for so many instances or bytes of a sender has to wait. */
  constructor(
    streams: readonly { readonly base: number }[],
    limits: { readonly window: number; readonly bytesPerSender: number },
  ) {
    this.#streams = streams;
    this.#instances = Math.max(1, Math.floor(limits.window / SHARE));
    this.#bytes = limits.bytesPerSender / SHARE;
    this.#told = streams.map(({ base }) => base);
    this.#delivered = streams.map(() => 0);
  }

  /** An instance of this sender was delivered. */
  delivered(sender: number, payloadBytes: number): void {
    this.#delivered[sender] = (this.#delivered[sender] ?? 0) + payloadBytes;
  }

  /** Whether there is anything that peers were not told. */
  get any(): boolean {
    return this.#movedBy(1, Number.POSITIVE_INFINITY);
  }

  /** Whether there is so much of it that a sender may soon have to wait. Costs no memory. */
  get much(): boolean {
    return this.#movedBy(this.#instances, this.#bytes);
  }

  /** Peers are told now. */
  told(): void {
    for (let sender = 0; sender < this.#told.length; sender += 1)
      this.#told[sender] = this.#streams[sender]?.base ?? 0;
    this.#delivered.fill(0);
  }

  #movedBy(instances: number, bytes: number): boolean {
    const { length } = this.#streams;
    for (let sender = 0; sender < length; sender += 1) {
      if ((this.#streams[sender]?.base ?? 0) - (this.#told[sender] ?? 0) >= instances) return true;
      if ((this.#delivered[sender] ?? 0) >= bytes) return true;
    }
    return false;
  }
}
