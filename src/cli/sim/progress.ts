import { formatDuration, type Terminal } from '../terminal.ts';

const REDRAW_MS = 200;

/** A line on a terminal that tells how far a long run is: rate, and when it will be done. Silent elsewhere. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #total: number;
  readonly #startedMs = performance.now();
  #drawnMs = 0;
  #width = 0;

  constructor(terminal: Terminal, total: number) {
    this.#terminal = terminal;
    this.#total = total;
  }

  /** Runs a second since the start. */
  rate(done: number): number {
    return (done * 1_000) / Math.max(1, performance.now() - this.#startedMs);
  }

  update(done: number, failed: number): void {
    const now = performance.now();
    if (!this.#terminal.watched || now - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = now;
    const rate = this.rate(done);
    const left = formatDuration(((this.#total - done) * 1_000) / Math.max(1, rate));
    this.#draw(
      `${done} of ${this.#total} runs, ${failed} failed, ${Math.round(rate)} a second, ${left} left`,
    );
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#width > 0) this.#draw('');
  }

  #draw(text: string): void {
    process.stderr.write(`\r${text.padEnd(this.#width)}${text === '' ? '\r' : ''}`);
    this.#width = text.length;
  }
}
