import type { Cli } from '../cli.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import { pause } from '../pause.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatBytes, formatDuration } from '../terminal.ts';

/** Options of `bench`. */
export interface BenchOptions extends ReachOptions {
  readonly rate?: number;
  readonly size: number;
  readonly duration: number;
  readonly clients: number;
}

/** How long one message may take to be delivered. */
const DELIVERY_MS = 30_000;

/** Broadcasts messages through one node and tells how many a second it delivered, and how long each took. */
export async function run(cli: Cli, _args: readonly string[], options: BenchOptions): Promise<ExitCode> {
  const client = await NodeClient.of(cli, options);
  const load = new Load(client, options, interruptSignal());
  const { rate, size, clients } = options;
  const pace = rate === undefined ? 'one after another' : `${rate} a second in all`;
  cli.terminal.talk(`${formatBytes(size)} each from ${clients} clients, ${pace}; Ctrl-C ends it`);
  await load.run();
  if (load.tookMs.length === 0)
    throw load.failure ?? new CommandError('ERR_ABORTED', 'nothing was delivered');
  const result = load.result();
  const { delivered, failed, perSecond, p50Ms, p99Ms, p999Ms, maxMs } = result;
  const took = [p50Ms, p99Ms, p999Ms, maxMs].map(formatDuration);
  cli.terminal.emit(
    { event: 'bench', size, clients, rate: rate ?? null, ...result },
    `${delivered} delivered, ${failed} not; ${perSecond.toFixed(1)}/s, ${formatBytes(perSecond * size)}/s\n` +
      `until delivered at this node: p50 ${took[0]}, p99 ${took[1]}, p99.9 ${took[2]}, longest ${took[3]}`,
  );
  if (load.failure !== undefined) cli.terminal.talk(`the first that failed: ${load.failure.message}`);
  return failed === 0 ? EXIT.ok : EXIT.unknown;
}

class Load {
  readonly tookMs: number[] = [];
  failure: Error | undefined;
  readonly #client: NodeClient;
  readonly #options: BenchOptions;
  readonly #signal: AbortSignal;
  readonly #startedMs = performance.now();
  #begun = 0;
  #failed = 0;
  #endedMs = 0;

  constructor(client: NodeClient, options: BenchOptions, signal: AbortSignal) {
    this.#client = client;
    this.#options = options;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: this.#options.clients }, () => this.#work()));
    this.#endedMs = performance.now();
  }

  result() {
    const sorted = this.tookMs.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
    const seconds = (this.#endedMs - this.#startedMs) / 1_000;
    return {
      seconds,
      delivered: sorted.length,
      failed: this.#failed,
      perSecond: sorted.length / seconds,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      p999Ms: at(0.999),
      maxMs: at(1),
    };
  }

  /** One client: takes the next message that is due, as long as there are any. */
  async #work(): Promise<void> {
    const { duration, rate } = this.#options;
    while (!this.#signal.aborted) {
      const index = this.#begun;
      const now = performance.now() - this.#startedMs;
      const dueMs = rate === undefined ? now : (index * 1_000) / rate;
      if (dueMs >= duration) return;
      this.#begun += 1;
      if (dueMs > now) await pause(dueMs - now, this.#signal);
      // From when it was due: a node that stands still does not make the messages behind it look fast.
      if (!this.#signal.aborted) await this.#send(index, this.#startedMs + dueMs);
    }
  }

  async #send(index: number, dueMs: number): Promise<void> {
    const body = new Uint8Array(this.#options.size);
    new TextEncoder().encodeInto(`bench ${index}`, body);
    try {
      const { delivered } = await this.#client.json<{ readonly delivered: boolean }>(
        `/v1/broadcasts?wait=delivered&timeout=${DELIVERY_MS}ms`,
        {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/octet-stream' },
          signal: this.#signal,
          timeoutMs: DELIVERY_MS + 10_000,
        },
      );
      if (delivered) this.tookMs.push(performance.now() - dueMs);
      else this.#failed += 1;
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#failed += 1;
      this.failure ??= error instanceof Error ? error : new Error(String(error));
      // A node that refuses everything is not to be asked as fast as it can refuse.
      await pause(100, this.#signal);
    }
  }
}
