export {
  type ApprovalReport,
  approveCluster,
  follows,
  requireSuccessor,
  verifyApprovals,
} from './approvals.ts';
export { type BroadcastForm, ClusterDefinition, type ClusterMember } from './definition.ts';
export { diffClusters } from './diff.ts';
export { supersedes } from './given-up.ts';
export { type InitClusterOptions, initCluster } from './init.ts';
export { type NextClusterOptions, nextCluster } from './next.ts';
export {
  CLUSTER_BYTES_MAX,
  loadClusterDefinition,
  parseClusterDefinition,
  requireClusterBytes,
  serializeClusterDefinition,
} from './parse.ts';
export { shortDigest } from './short-digest.ts';
export {
  notAMember,
  requireMember,
  requireSignatures,
  type SignatureReport,
  signCluster,
  verifySignatures,
} from './signatures.ts';
