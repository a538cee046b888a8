import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EpochsView, loadClusterDefinition, serializeClusterDefinition } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { requireDigest } from '../digest-check.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import { interruptSignal } from '../interrupt.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatDuration } from '../terminal.ts';

/** Options of `cluster switch`. */
export interface ClusterSwitchOptions extends ReachOptions {
  readonly digest?: string;
  readonly timeout?: number;
}

const POLL_MS = 200;

/** Hands the next definition to a running node, and follows it over. */
export async function run(
  cli: Cli,
  args: readonly string[],
  options: ClusterSwitchOptions,
): Promise<ExitCode> {
  const { terminal, cwd } = cli;
  const next = await loadClusterDefinition(resolve(cwd, args[0] ?? ''));
  requireDigest(next, options.digest);
  const client = await NodeClient.of(cli, options);
  const signal = interruptSignal();
  const began = performance.now();
  const timeoutMs = options.timeout ?? 60_000;
  let view = await client.json<EpochsView>('/v1/epochs', {
    method: 'POST',
    body: Buffer.from(serializeClusterDefinition(next)),
    headers: { 'content-type': 'application/json' },
    signal,
    timeoutMs,
  });
  let told = '';
  while (view.epoch < next.epoch && performance.now() - began < timeoutMs) {
    const reasons = (view.next?.reasons ?? []).join('\n');
    if (reasons !== told && reasons !== '') terminal.talk(reasons);
    told = reasons;
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
    view = await client.json<EpochsView>('/v1/epochs', { signal, timeoutMs: 10_000 });
  }
  const over = view.epoch >= next.epoch;
  const time = formatDuration(performance.now() - began);
  terminal.emit(
    { event: over ? 'switched' : 'switching', ...view },
    over
      ? `epoch ${view.epoch}  digest ${view.digest}  after ${time}`
      : `still in epoch ${view.epoch} after ${time}: going over to ${next.epoch} (${next.shortDigest})`,
  );
  if (over) {
    terminal.talk('next: give this file to the node as its cluster.json, for later starts');
    return EXIT.ok;
  }
  terminal.talk('  -> it goes on by itself; ask again with the same command, or `quorumcast status`');
  return EXIT.unknown;
}
