import type { Cli } from '../cli.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import { pause } from '../pause.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatBytes, type Terminal } from '../terminal.ts';

/** Options of `tail`. */
export interface TailOptions extends ReachOptions {
  readonly from?: string;
  readonly consumer?: string;
  readonly limit?: number;
  readonly follow: boolean;
  readonly raw?: boolean;
}

/** Deliveries asked for at once. */
const BATCH = 1_000;
/** How long one request waits for the next delivery. */
const LONG_POLL_MS = 30_000;
const RETRY_MS = 1_000;

interface Line {
  readonly sender: number;
  readonly senderName: string;
  readonly seq: number;
  readonly cursor: string;
  readonly bytes: number;
  readonly base64: string;
  readonly text?: string;
}

/** In place of a delivery: messages that this node never delivers. */
interface GapLine {
  readonly gap: { readonly senderName: string; readonly from: number; readonly to: number };
}

/** Prints deliveries as they come. */
export async function run(cli: Cli, _args: readonly string[], options: TailOptions): Promise<ExitCode> {
  const client = await NodeClient.of(cli, options);
  const signal = interruptSignal();
  await new Tail(cli.terminal, client, options, signal).run();
  return EXIT.ok;
}

class Tail {
  readonly #terminal: Terminal;
  readonly #client: NodeClient;
  readonly #options: TailOptions;
  readonly #signal: AbortSignal;
  /** After which delivery to go on; undefined: from the start, or where the consumer left off. */
  #place: string | undefined;
  #left: number;
  #answered = false;

  constructor(terminal: Terminal, client: NodeClient, options: TailOptions, signal: AbortSignal) {
    this.#terminal = terminal;
    this.#client = client;
    this.#options = options;
    this.#signal = signal;
    this.#place = options.from;
    this.#left = options.limit ?? Number.POSITIVE_INFINITY;
  }

  async run(): Promise<void> {
    while (this.#left > 0 && !this.#signal.aborted) {
      try {
        if (this.#place === 'now') this.#place = await this.#endOfLog();
        const printed = await this.#batch();
        if (printed === 0 && !this.#options.follow) return;
      } catch (error) {
        if (this.#signal.aborted) return;
        await this.#surviveLoss(error);
      }
    }
  }

  /** A cursor for "now": asking for "now" again and again would lose what comes in between. */
  async #endOfLog(): Promise<string> {
    for await (const line of this.#client.lines('/v1/deliveries/stream?from=now', { signal: this.#signal })) {
      if (line.startsWith('id: ')) return line.slice('id: '.length);
    }
    throw new CommandError('ERR_UNREACHABLE', 'the node ended the stream', { retryable: true });
  }

  async #batch(): Promise<number> {
    const { consumer, follow } = this.#options;
    const waitMs = follow ? LONG_POLL_MS : 0;
    const query = new URLSearchParams({ limit: String(Math.min(this.#left, BATCH)), wait: `${waitMs}ms` });
    if (this.#place !== undefined) query.set('from', this.#place);
    if (consumer !== undefined) query.set('consumer', consumer);
    let printed = 0;
    let last: string | undefined;
    const ask = { signal: this.#signal, timeoutMs: waitMs + 10_000 };
    try {
      for await (const text of this.#client.lines(`/v1/deliveries?${query}`, ask)) {
        this.#answered = true;
        if (text === '') continue;
        const line = JSON.parse(text) as Line | GapLine;
        if ('gap' in line) {
          this.#printGap(text, line);
          continue;
        }
        this.#print(text, line);
        await this.#terminal.drained();
        last = line.cursor;
        if (consumer === undefined) this.#place = last;
        printed += 1;
        this.#left -= 1;
      }
      this.#answered = true;
    } finally {
      if (last !== undefined && consumer !== undefined) await this.#acknowledge(consumer, last);
    }
    return printed;
  }

  async #acknowledge(consumer: string, cursor: string): Promise<void> {
    await this.#client.json(`/v1/consumers/${encodeURIComponent(consumer)}/ack?cursor=${cursor}`, {
      method: 'POST',
    });
    // From here on the node knows the place.
    this.#place = undefined;
  }

  #print(text: string, { senderName, seq, bytes, base64, text: payload }: Line): void {
    if (this.#options.raw === true) {
      this.#terminal.raw(Buffer.concat([Buffer.from(base64, 'base64'), Buffer.from('\n')]));
    } else if (this.#terminal.json) {
      this.#terminal.raw(`${text}\n`);
    } else {
      const shown = payload === undefined ? `(${formatBytes(bytes)} that are no text)` : visible(payload);
      this.#terminal.raw(`${this.#terminal.style('bold', `${senderName}#${seq}`)}  ${shown}\n`);
    }
  }

  #printGap(text: string, { gap: { senderName, from, to } }: GapLine): void {
    if (this.#terminal.json) this.#terminal.raw(`${text}\n`);
    else this.#terminal.warn(`${senderName}#${from} to #${to} were skipped by this node and never come`);
  }

  /** A node that was there may come back; one that never answered is an error. */
  async #surviveLoss(error: unknown): Promise<void> {
    const lost = error instanceof CommandError && error.code === 'ERR_UNREACHABLE';
    if (!lost || !this.#answered || !this.#options.follow) throw error;
    this.#terminal.talk(`${error.message}; trying again`);
    await pause(RETRY_MS, this.#signal);
  }
}

/** Text of somebody else on one's own terminal: no control characters, one line. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\t') return '\\t';
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
