export { type Address, formatAddress, parseAddress } from './address.ts';
export type {
  Broadcast,
  BroadcastOptions,
  CloseReport,
  ClusterInfo,
  Cursor,
  DeliveriesOptions,
  Delivery,
  Evidence,
  InstanceRef,
  InstanceView,
  Logger,
  NodeEvents,
  NodeLimits,
  NodeOptions,
  NodeState,
  NodeStatus,
  PeerView,
  QuorumcastNode,
} from './api.ts';
export {
  ClusterDefinition,
  type ClusterMember,
  diffClusters,
  initCluster,
  loadClusterDefinition,
  parseClusterDefinition,
  requireMember,
  requireSignatures,
  serializeClusterDefinition,
  shortDigest,
  signCluster,
  verifySignatures,
} from './cluster/index.ts';
export { ERROR_CODES, type ErrorDetails, QuorumcastError, type QuorumcastErrorCode } from './errors.ts';
export {
  type Card,
  generateIdentity,
  Identity,
  loadCard,
  loadIdentity,
  makeCard,
  parseCard,
  serializeCard,
  writeCard,
  writeIdentity,
} from './identity/index.ts';
export { memoryBoundBytes, NODE_LIMITS_DEFAULT } from './memory-bound.ts';
export { createNode, type NodeInternals, startNode } from './node.ts';
export type { RunningNode } from './running-node.ts';
export { messageDigest, nativeSha256 } from './sha256.ts';
export { VERSION } from './version.ts';
