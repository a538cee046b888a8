import type { PeerView } from '../api.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { EpochMemberView } from './api.ts';

/** What a change waits for, one sentence each, and what to do about members that are away. */
export function reasonsOf(
  cluster: ClusterDefinition,
  next: ClusterDefinition,
  members: readonly EpochMemberView[],
  agreeing: number,
  peers: readonly Pick<PeerView, 'name' | 'connected' | 'sinceMs' | 'reason'>[],
): readonly string[] {
  const up = new Map(peers.map((peer) => [peer.name, peer]));
  const where = (name: string): string => {
    const peer = up.get(name);
    if (peer === undefined) return 'this node';
    return peer.connected ? 'connected' : `away for ${Math.round(peer.sinceMs / 1_000)} s: ${peer.reason}`;
  };
  const here = members.filter(({ givenUp }) => !givenUp);
  const missing = here.filter(({ ended }) => !ended);
  const late = missing.length > 0 ? [] : here.filter(({ drained }) => !drained);
  const reasons = [
    ...missing.map(({ name }) => `the END of ${name} is missing (${where(name)})`),
    ...late.map(
      ({ name }) => `${name} has not said that it delivered all of epoch ${cluster.epoch} (${where(name)})`,
    ),
  ];
  const need = cluster.committee.quorums.approve;
  if (missing.length === 0 && agreeing < need) {
    reasons.push(
      `only ${agreeing} members ended for this definition, it takes ${need}: others were handed another one`,
    );
  }
  // Who has said its END and refuses this epoch has gone over, and is met there.
  const ahead = (name: string): boolean => up.get(name)?.reason.startsWith('wrong-epoch') === true;
  const away = [...missing, ...late.filter(({ name }) => !ahead(name))]
    .map(({ name }) => name)
    .filter((name) => up.get(name)?.connected === false);
  const gone = [...next.givenUp, ...away];
  if (away.length > 0 && gone.length <= cluster.committee.f) {
    const options = gone.map((name) => `--give-up ${name}`).join(' ');
    reasons.push(
      `if ${away.join(', ')} will not come back: make a file that gives ${away.length === 1 ? 'it' : 'them'} up, quorumcast cluster next ${options}`,
    );
  } else if (away.length > 0) {
    reasons.push(
      `no more than f = ${cluster.committee.f} can be given up, and ${gone.join(', ')} are more: bring one of them back`,
    );
  }
  return reasons;
}
