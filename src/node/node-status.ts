import type { NodeStatus, PeerView } from './api.ts';
import { memoryBoundBytes } from './memory-bound.ts';
import type { NodeParts } from './node-parts.ts';
import { clusterInfo, diskBoundOf, type Inspectable, storageView, workStatus } from './status.ts';
import { VERSION } from './version.ts';

/** What of a node's status follows from its parts, its streams and its peers. */
export function fixedStatus(
  { cluster, self, store, reading, member, limits, retention, dataDir, evidence }: NodeParts,
  node: Inspectable | undefined,
  peers: readonly PeerView[],
): Omit<NodeStatus, 'state' | 'reasons' | 'address' | 'uptimeMs' | 'refusals' | 'agreements' | 'consumers'> {
  const durable = dataDir !== undefined;
  return {
    id: self,
    name: cluster.member(self).name,
    version: VERSION,
    cluster: clusterInfo(cluster),
    ...workStatus(node, peers),
    delivered: store.deliveredCount,
    pending: member.pending,
    evidence: evidence.total,
    storage: storageView(store, reading, durable ? diskBoundOf(cluster, retention) : undefined),
    memoryBoundBytes: memoryBoundBytes(cluster.committee, cluster.limits, limits, durable),
  };
}
