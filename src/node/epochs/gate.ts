import { QuorumcastError } from '../errors.ts';
import { Wake, withSignal } from '../wait.ts';

/** What a held call costs beside its bytes. */
const HELD_OVERHEAD_BYTES = 64;

/** Holds calls while one epoch ends and the next begins, within bounds. They pass in the order in which they came. */
export class Gate {
  readonly #barred: () => QuorumcastError | boolean;
  readonly #bytesMax: number;
  readonly #wake = new Wake();
  #bytes = 0;
  #closed = false;

  /** `barred`: whether calls have to wait now; an error if they will never pass. */
  constructor(barred: () => QuorumcastError | boolean, bytesMax: number) {
    this.#barred = barred;
    this.#bytesMax = bytesMax;
  }

  get shut(): boolean {
    return this.#barred() !== false && !this.#closed;
  }

  /** Something has changed: those who may pass now do. */
  look(): void {
    this.#wake.notify();
  }

  close(): void {
    this.#closed = true;
    this.#wake.notify();
  }

  /** @throws QuorumcastError ERR_BACKLOG_FULL, ERR_ABORTED, ERR_TIMEOUT, what bars for good, and whatever `call` throws */
  async pass<Value>(
    bytes: number,
    signal: AbortSignal | undefined,
    call: () => Promise<Value>,
  ): Promise<Value> {
    const cost = bytes + HELD_OVERHEAD_BYTES;
    if (this.#bytes > 0 && this.#bytes + cost > this.#bytesMax) {
      throw new QuorumcastError('ERR_BACKLOG_FULL', 'too much waits already for the next epoch to begin', {
        hint: 'slow down; `quorumcast status` says what the change of epoch waits for',
        retryable: true,
      });
    }
    this.#bytes += cost;
    try {
      for (let barred = this.#barred(); barred !== false && !this.#closed; barred = this.#barred()) {
        if (barred !== true) throw barred;
        await withSignal(this.#wake.wait(), signal, 'waiting for the next epoch');
      }
    } finally {
      this.#bytes -= cost;
    }
    return call();
  }
}
