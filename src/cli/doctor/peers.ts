import {
  type ClusterDefinition,
  type ClusterMember,
  type Identity,
  type PeerProbe,
  type PeerView,
  probePeer,
  slowness,
} from '../../node/index.ts';
import { count, formatDuration } from '../terminal.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** What to do about a peer that is not as it should be, by what was found. */
const REMEDIES: Readonly<Record<string, (name: string) => string>> = {
  'name-not-found': () => 'the name is unknown here: check it, and the name service of this machine',
  'connection-refused': (name) =>
    `nothing listens there: ask ${name} to start its node, or a firewall refuses`,
  timeout: (name) =>
    `nothing comes back: a firewall on the way, or ${name} is down; check the port and the route`,
  unreachable: () => 'there is no route: check the network',
  'tls-failed': () =>
    'something answers that does not speak TLS 1.3: another program has that port, or a proxy ends TLS',
  'tls-version': () => 'it speaks an older TLS: a proxy on the way ends TLS; pass the connection through',
  'no-certificate': () => 'what answers shows no key: another program has that port, or a proxy ends TLS',
  'not-a-member': (name) =>
    `${name} has a new key, or another program has that port: compare \`quorumcast cluster show\` with ${name}`,
  'wrong-member': () =>
    'addresses are mixed up: check them in the cluster definition, or the forwarding of ports',
  'own-identity': () => 'the address leads back to this member, or somebody uses a copy of its key',
  'wrong-cluster': (name) => `one of you has an old cluster.json: compare digests with ${name}`,
  'wrong-epoch': (name) => `one of you has the definition of another epoch: compare with ${name}`,
  'wrong-version': () => 'the versions of quorumcast do not fit together: update the older one',
  'state-lost': () =>
    'this member has another log than the one peers know: use its old data folder, or a new epoch',
  'state-rolled-back': () =>
    'peers know a newer state of this member: use its newest data folder, or a new epoch',
  'too-many-connections': () => 'it is short of file descriptors or flooded; try again',
  'bad-frame': () => 'what answers does not speak this protocol: another program has that port',
};

const CARRIES_LESS =
  'the way there carries less than is sent, or that machine is overloaded: look at bandwidth, loss and load; the others do not wait for it';

const ASKS_TOO_MUCH =
  'nobody else waits for it: see what is granted in docs/limits.md, and ask its operators what it runs';

/** The remedy for a reason. */
export function remedy(reason: string, name: string): string {
  return REMEDIES[reason]?.(name) ?? `ask ${name} what its \`quorumcast doctor\` says`;
}

/** Asks the addresses of a peer, all at once; the best answer counts. Not `sure`: it did not tell its cluster. */
export async function examinePeer(
  parts: { readonly cluster: ClusterDefinition; readonly identity: Identity; readonly self: ClusterMember },
  peer: ClusterMember,
  timeoutMs: number,
): Promise<{ readonly finding: Finding; readonly sure: boolean }> {
  const { cluster, identity, self } = parts;
  const probes = await Promise.all(
    peer.addresses.map(async (address) => ({
      address,
      probe: await probePeer({ cluster, identity, self: self.id, peer: peer.id, address, timeoutMs }),
    })),
  );
  const rank = ({ outcome }: PeerProbe): number => (outcome === 'ok' ? 0 : outcome === 'unsure' ? 1 : 2);
  const [best] = probes.toSorted((a, b) => rank(a.probe) - rank(b.probe));
  const found = (finding: Finding, sure = true) => ({ finding, sure });
  if (best === undefined)
    return found(fail('peer', 'has no address', 'the definition is not usable', peer.name));
  const { address, probe } = best;
  const took = probe.connectMs === undefined ? '' : ` in ${formatDuration(probe.connectMs)}`;
  if (probe.outcome === 'ok') return found(ok('peer', `${address} answers${took}, same cluster`, peer.name));
  if (probe.outcome === 'unsure') {
    return found(ok('peer', `${address} answers with its key${took}; ${probe.detail}`, peer.name), false);
  }
  const tried = probes.map((entry) => `${entry.address} ${wording(entry.probe)}`).join('; ');
  return found(warn('peer', tried, remedy(probe.outcome, peer.name), peer.name));
}

function wording({ outcome, detail }: PeerProbe): string {
  return detail === '' ? outcome : `${outcome}: ${detail}`;
}

/** A peer as this member's own running node sees it. */
export function peerFinding(view: PeerView): Finding {
  const since = formatDuration(view.sinceMs);
  if (view.connected) {
    const slow = slowness(view);
    if (slow !== undefined) {
      return warn(
        'peer',
        `${view.address} connected for ${since}, but the link is slow: ${slow}`,
        CARRIES_LESS,
        view.name,
      );
    }
    if (view.limited > 0) {
      const times = `${view.address} connected for ${since}, but it asked for more than a member needs, ${count(view.limited, 'time')}`;
      return warn('peer', times, ASKS_TOO_MUCH, view.name);
    }
    const rtt = view.rttMs === undefined ? '' : `, round trip ${formatDuration(view.rttMs)}`;
    return ok('peer', `${view.address} connected for ${since}${rtt}`, view.name);
  }
  const reason = Object.keys(REMEDIES).find((known) => view.reason.includes(known)) ?? '';
  return warn(
    'peer',
    `${view.address} away for ${since}: ${view.reason}`,
    remedy(reason, view.name),
    view.name,
  );
}
