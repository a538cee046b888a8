import type { Terminal } from '../terminal.ts';

const REDRAW_MS = 200;

/** One line on a terminal that is written over and over. Silent elsewhere. */
export class StatusLine {
  readonly #terminal: Terminal;
  #drawnMs = 0;
  #width = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows what `text` gives, unless something was shown a moment ago. */
  show(text: () => string): void {
    const now = performance.now();
    if (!this.#terminal.watched || now - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = now;
    this.#draw(text());
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
