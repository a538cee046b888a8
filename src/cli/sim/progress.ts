import { formatDuration, type Terminal } from '../terminal.ts';
import { StatusLine } from './status-line.ts';

/** A line on a terminal that tells how far a long run is: rate, and when it will be done. Silent elsewhere. */
export class Progress {
  readonly #line: StatusLine;
  readonly #total: number;
  readonly #startedMs = performance.now();

  constructor(terminal: Terminal, total: number) {
    this.#line = new StatusLine(terminal);
    this.#total = total;
  }

  /** Runs a second since the start. */
  rate(done: number): number {
    return (done * 1_000) / Math.max(1, performance.now() - this.#startedMs);
  }

  update(done: number, failed: number): void {
    this.#line.show(() => {
      const rate = this.rate(done);
      const left = formatDuration(((this.#total - done) * 1_000) / Math.max(1, rate));
      return `${done} of ${this.#total} runs, ${failed} failed, ${Math.round(rate)} a second, ${left} left`;
    });
  }

  /** Takes the line away. */
  clear(): void {
    this.#line.clear();
  }
}
