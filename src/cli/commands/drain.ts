import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatDuration } from '../terminal.ts';

/** Options of `drain`. */
export interface DrainOptions extends ReachOptions {
  readonly timeout?: number;
}

/** Longest wait that one request may ask for. */
const REQUEST_WAIT_MS = 60_000;

interface Drained {
  readonly drained: boolean;
  readonly state: string;
  readonly pending: { readonly messages: number; readonly bytes: number };
}

/** Lets a node finish its own broadcasts. */
export async function run(cli: Cli, _args: readonly string[], options: DrainOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const client = await NodeClient.of(cli, options);
  const signal = interruptSignal();
  const timeoutMs = options.timeout ?? 30_000;
  const deadline = performance.now() + timeoutMs;
  let answer: Drained;
  do {
    const leftMs = Math.max(1, Math.ceil(Math.min(deadline - performance.now(), REQUEST_WAIT_MS)));
    answer = await client.json<Drained>(`/v1/drain?timeout=${leftMs}ms`, {
      method: 'POST',
      signal,
      timeoutMs: leftMs + 10_000,
    });
  } while (!answer.drained && performance.now() < deadline);
  const { drained } = answer;
  terminal.emit(
    answer,
    drained
      ? 'drained: everything accepted is delivered here; safe to stop'
      : `not drained within ${formatDuration(timeoutMs)}: something accepted is not delivered yet`,
  );
  if (!drained) terminal.talk('  -> it is durable: after a stop and a start the node goes on with it');
  return drained ? EXIT.ok : EXIT.unknown;
}
