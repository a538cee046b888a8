/** A signal with an end: fires when one of several others does or after a time. `release` when done with it. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #others: readonly AbortSignal[];
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = (event: Event): void => {
    this.#fire(event.target instanceof AbortSignal ? event.target.reason : undefined);
  };

  /** Without `timeoutMs` only the others end it. */
  constructor(others: readonly AbortSignal[], timeoutMs?: number) {
    this.#others = others;
    for (const other of others) other.addEventListener('abort', this.#onAbort);
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(
        () => this.#fire(new DOMException('the time is over', 'TimeoutError')),
        timeoutMs,
      );
    }
    const early = others.find(({ aborted }) => aborted);
    if (early !== undefined) this.#fire(early.reason);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From here on only the others end it. */
  stopClock(): void {
    clearTimeout(this.#timer);
  }

  /** Ends it now. */
  end(): void {
    if (!this.signal.aborted) this.#fire(new DOMException('no longer wanted', 'AbortError'));
  }

  /** Leaves no timer and no listener behind. Does not fire the signal. */
  release(): void {
    this.stopClock();
    for (const other of this.#others) other.removeEventListener('abort', this.#onAbort);
  }

  #fire(reason: unknown): void {
    this.release();
    this.#controller.abort(reason);
  }
}
