import type { Cli } from '../cli.ts';
import { CommandError } from '../command-error.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { interrupted, NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import { pause } from '../pause.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatDuration } from '../terminal.ts';

/** Options of `wait`. */
export interface WaitOptions extends ReachOptions {
  readonly ready?: boolean;
  readonly timeout?: number;
}

const POLL_MS = 200;

interface Readiness {
  readonly ready: boolean;
  readonly state: string;
  readonly margin: number;
  readonly missing: readonly { readonly peer: string; readonly reason: string; readonly for_s: number }[];
}

/** Waits until a node answers and has a quorum. */
export async function run(cli: Cli, _args: readonly string[], options: WaitOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const client = await NodeClient.of(cli, options);
  const signal = interruptSignal();
  const timeoutMs = options.timeout ?? 60_000;
  const began = performance.now();
  let last: Readiness | undefined;
  let said = '';
  while (!signal.aborted) {
    try {
      last = await client.json<Readiness>('/readyz', { signal, accept: [503] });
    } catch (error) {
      if (!(error instanceof CommandError) || error.code !== 'ERR_UNREACHABLE') throw error;
      last = { ready: false, state: error.message, margin: -1, missing: [] };
    }
    const elapsedMs = performance.now() - began;
    if (last.ready) {
      terminal.emit(last, `ready in ${formatDuration(elapsedMs)}${missingText(last)}`);
      return EXIT.ok;
    }
    if (elapsedMs >= timeoutMs) break;
    const news = `${last.state}${missingText({ ...last, missing: last.missing.map((entry) => ({ ...entry, for_s: 0 })) })}`;
    if (news !== said) terminal.talk(news);
    said = news;
    await pause(Math.min(POLL_MS, timeoutMs - elapsedMs), signal);
  }
  if (signal.aborted) throw interrupted();
  if (last !== undefined) {
    terminal.emit(last, `not ready within ${formatDuration(timeoutMs)}: ${last.state}${missingText(last)}`);
  }
  return EXIT.unknown;
}

function missingText({ missing }: Readiness): string {
  const parts = missing.map(({ peer, reason, for_s: seconds }) => {
    return `${peer} (${reason}${seconds > 0 ? ` for ${seconds} s` : ''})`;
  });
  return parts.length === 0 ? '' : `, missing ${parts.join(', ')}`;
}
