import type { PeerView } from '../../node/index.ts';
import type { Cli } from '../cli.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { NodeClient } from '../http-client.ts';
import type { ReachOptions } from '../surface/client.ts';
import { formatBytes, formatDuration, table } from '../terminal.ts';

/** Lists the other members as the node sees them. */
export async function run(cli: Cli, _args: readonly string[], options: ReachOptions): Promise<ExitCode> {
  const { terminal } = cli;
  const client = await NodeClient.of(cli, options);
  const { peers } = await client.json<{ peers: readonly PeerView[] }>('/v1/peers');
  if (terminal.json) {
    for (const peer of peers) terminal.emit(peer, '');
    return EXIT.ok;
  }
  const rows = peers.map((peer) => [
    peer.name,
    peer.address,
    peer.connected ? 'up' : 'away',
    formatDuration(peer.sinceMs),
    peer.rttMs === undefined ? '-' : formatDuration(peer.rttMs),
    formatBytes(peer.queuedBytes),
    formatBytes(peer.sentBytes),
    formatBytes(peer.receivedBytes),
    String(peer.reconnects),
    peer.reason,
  ]);
  const head = [
    'MEMBER',
    'ADDRESS',
    'LINK',
    'SINCE',
    'RTT',
    'QUEUED',
    'SENT',
    'RECEIVED',
    'RECONNECTS',
    'WHY',
  ];
  terminal.raw(`${table([head, ...rows], [3, 4, 5, 6, 7, 8])}\n`);
  return EXIT.ok;
}
