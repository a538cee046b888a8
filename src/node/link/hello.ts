import { bytesEqual } from '../../base/index.ts';
import { type Hello, type RejectReason, WIRE_VERSION } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { type ClusterDefinition, shortDigest } from '../cluster/index.ts';
import type { Admission, Claim } from './options.ts';

/** Why a hello is not accepted. */
export interface HelloRefusal {
  readonly reason: RejectReason;
  readonly detail: string;
}

/** The hello of this member. */
export function makeHello(cluster: ClusterDefinition, self: NodeId, claim: Claim): Hello {
  return {
    kind: 'hello',
    versionMin: WIRE_VERSION,
    versionMax: WIRE_VERSION,
    clusterDigest: cluster.digest,
    epoch: cluster.epoch,
    member: self,
    logId: claim.logId,
    position: claim.position,
  };
}

/**
 * Judges the hello of the member whose key the channel has; undefined if it is good. The epoch goes first: two
 * epochs of one cluster differ in their digest as well, and the epoch says more.
 */
export function judgeHello(
  hello: Hello,
  cluster: ClusterDefinition,
  self: NodeId,
  peer: NodeId,
  admit: (peer: NodeId, logId: Uint8Array, position: number) => Admission,
): HelloRefusal | undefined {
  const mine = cluster.member(self).name;
  const theirs = cluster.member(peer).name;
  if (hello.versionMin > WIRE_VERSION || hello.versionMax < WIRE_VERSION) {
    const spoken = `${hello.versionMin} to ${hello.versionMax}`;
    return {
      reason: 'wrong-version',
      detail: `${theirs} speaks wire version ${spoken}, ${mine} ${WIRE_VERSION}`,
    };
  }
  if (hello.member !== peer) {
    const claimed = cluster.committee.node(hello.member);
    const name = claimed === undefined ? `member ${hello.member}` : cluster.member(claimed).name;
    return { reason: 'wrong-member', detail: `the key is that of ${theirs}, the hello says ${name}` };
  }
  if (hello.epoch !== cluster.epoch) {
    return {
      reason: 'wrong-epoch',
      detail: `${theirs} is in epoch ${hello.epoch}, ${mine} in ${cluster.epoch}`,
    };
  }
  if (!bytesEqual(hello.clusterDigest, cluster.digest)) {
    const other = shortDigest(hello.clusterDigest);
    return {
      reason: 'wrong-cluster',
      detail: `${theirs} has cluster ${other}, ${mine} ${cluster.shortDigest}`,
    };
  }
  return judgeClaim(cluster, self, peer, admit(peer, hello.logId, hello.position));
}

/** The refusal that follows from what this member remembers of the peer; undefined if nothing does. */
export function judgeClaim(
  cluster: ClusterDefinition,
  self: NodeId,
  peer: NodeId,
  admission: Admission,
): HelloRefusal | undefined {
  if (admission === 'ok') return undefined;
  const mine = cluster.member(self).name;
  const theirs = cluster.member(peer).name;
  const detail =
    admission === 'state-lost'
      ? `${mine} knows ${theirs} by another log in epoch ${cluster.epoch}`
      : `${mine} has seen a newer state of ${theirs} in epoch ${cluster.epoch}`;
  return { reason: admission, detail };
}
