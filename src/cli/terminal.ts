import type { Writable } from 'node:stream';
import { type DescribedError, describeError } from './command-error.ts';

/** A stream that may be a terminal. */
export type Output = Writable & { readonly isTTY?: boolean };

/** How output is to look. */
export interface TerminalOptions {
  readonly stdout: Output;
  readonly stderr: Output;
  /** One JSON object a line on stdout, and no talk. */
  readonly json: boolean;
  /** No talk: errors only. */
  readonly quiet: boolean;
  /** Colours on those of the two streams that are terminals. */
  readonly color: boolean;
}

const STYLES = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' } as const;

/** A way to make text stand out. */
export type Style = keyof typeof STYLES;

/** Data goes to stdout, talk to stderr. What is piped carries no control characters. */
export class Terminal {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly #options: TerminalOptions;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.json = options.json;
    this.quiet = options.quiet;
  }

  /** Whether stderr is a terminal that somebody watches. */
  get watched(): boolean {
    return this.#options.stderr.isTTY === true && !this.json && !this.quiet;
  }

  /** Whether stdout is a terminal that shows text. */
  get screen(): boolean {
    return this.#options.stdout.isTTY === true && !this.json;
  }

  /** A result: as one JSON object, or as text. */
  emit(value: object, text: string): void {
    this.raw(`${this.json ? JSON.stringify(value) : text}\n`);
  }

  /** Bytes for stdout as they are. */
  raw(bytes: string | Uint8Array): void {
    this.#options.stdout.write(bytes);
  }

  /** Resolves when stdout takes more: for those who write much. */
  async drained(): Promise<void> {
    const { stdout } = this.#options;
    if (!stdout.writableNeedDrain || stdout.destroyed) return;
    await new Promise<void>((resolve) => {
      stdout.once('drain', resolve);
      stdout.once('close', resolve);
    });
  }

  /** A remark for whoever watches. */
  talk(text: string): void {
    if (!this.json && !this.quiet) this.#options.stderr.write(`${text}\n`);
  }

  /** Something that ought to be noticed. */
  warn(text: string): void {
    if (!this.json) this.#options.stderr.write(`${this.#style('stderr', 'yellow', 'warning')}  ${text}\n`);
  }

  /** An error: what and why, then what to do. */
  error(error: unknown): DescribedError {
    const described = describeError(error);
    if (this.json) {
      this.#options.stderr.write(`${JSON.stringify({ event: 'error', ...described })}\n`);
    } else {
      const code = this.#style('stderr', 'red', described.code);
      const message = described.message.replaceAll('\n', '\n  ');
      const hint = described.hint === '' ? '' : `  -> ${described.hint}\n`;
      this.#options.stderr.write(`${code}  ${message}\n${hint}`);
    }
    return described;
  }

  /** `text` in a style if stdout is a terminal that takes it. */
  style(style: Style, text: string): string {
    return this.#style('stdout', style, text);
  }

  #style(stream: 'stdout' | 'stderr', style: Style, text: string): string {
    if (!this.#options.color || this.#options[stream].isTTY !== true) return text;
    return `\u001b[${STYLES[style]}m${text}\u001b[0m`;
  }
}

/** Rows as text in columns; the first row is the head. Columns named in `right` are aligned to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    }
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** "1 member", "4 members". */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** "17 B", "1.5 KiB", "16 MiB". */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(value < 10 ? 1 : 0))} ${units[unit]}`;
}

/** "340 ms", "1.2 s", "12 min", "3 h". */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
  if (ms < 120_000) return `${Number((ms / 1_000).toFixed(1))} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
