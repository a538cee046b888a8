import { duration } from '../member/index.ts';
import type { PeerView } from './api.ts';

/** A round trip from this length on, milliseconds, says that a link is slow. Between continents it takes 300. */
const ROUND_TRIP_MS_SLOW = 1_000;
/** So many bytes that wait for one peer say that its link carries less than is sent. */
const QUEUED_BYTES_SLOW = 8_388_608;
const MIB = 1_048_576;

/** Why the link to a connected peer counts as slow, in words; undefined if it does not. */
export function slowness(peer: Pick<PeerView, 'connected' | 'rttMs' | 'queuedBytes'>): string | undefined {
  const { connected, rttMs = 0, queuedBytes } = peer;
  if (!connected) return undefined;
  const reasons: string[] = [];
  if (rttMs >= ROUND_TRIP_MS_SLOW) reasons.push(`a round trip takes ${duration(rttMs)}`);
  if (queuedBytes >= QUEUED_BYTES_SLOW) reasons.push(`${Math.floor(queuedBytes / MIB)} MiB wait for it`);
  return reasons.length === 0 ? undefined : reasons.join(', ');
}

/** Connected peers whose links are slow, one sentence each. */
export function slowReasons(peers: readonly PeerView[]): readonly string[] {
  return peers.flatMap((peer) => {
    const why = slowness(peer);
    return why === undefined ? [] : [`the link to ${peer.name} is slow: ${why}`];
  });
}
