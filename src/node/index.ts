export { type Address, formatAddress, parseAddress } from './address.ts';
export type {
  AgreeingNode,
  Agreement,
  AgreementCounts,
  AgreementJson,
  AgreementProposal,
  AgreementValue,
  AgreementView,
  AgreementViewJson,
  AgreeOptions,
  AnyAgreement,
} from './agreements/index.ts';
export type {
  Broadcast,
  BroadcastOptions,
  BroadcastRange,
  CloseReport,
  ClusterInfo,
  Cursor,
  DeliveriesOptions,
  Delivery,
  DeliveryBatch,
  DeliveryGap,
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
  RetentionLimits,
} from './api.ts';
export {
  type ApprovalReport,
  approveCluster,
  ClusterDefinition,
  type ClusterMember,
  diffClusters,
  follows,
  initCluster,
  loadClusterDefinition,
  type NextClusterOptions,
  nextCluster,
  parseClusterDefinition,
  requireMember,
  requireSignatures,
  requireSuccessor,
  serializeClusterDefinition,
  shortDigest,
  signCluster,
  verifyApprovals,
  verifySignatures,
} from './cluster/index.ts';
export {
  type CoinDeal,
  type CoinShare,
  dealCoin,
  loadCoinShare,
  openCoin,
  writeCoinShare,
} from './coin/index.ts';
export {
  CONFIG_FILE_NAME,
  type Config,
  type ConfigSources,
  configJsonSchema,
  type EffectiveSetting,
  type LoadedConfig,
  loadConfig,
  requireIdentity,
  SETTINGS,
  type Setting,
  type SettingValue,
} from './config/index.ts';
export {
  type ChangingNode,
  createNode,
  type EpochMemberView,
  EpochNode,
  type EpochsOnDisk,
  type EpochsView,
  JOIN_HINT,
  startEpochNode,
  surveyEpochs,
} from './epochs/index.ts';
export { ERROR_CODES, type ErrorDetails, QuorumcastError, type QuorumcastErrorCode } from './errors.ts';
export { checkProof, type ProofDocument, type ProofVerdict, parseProof } from './evidence/index.ts';
export { makeFolder } from './folder.ts';
export type { HttpOptions, HttpServer } from './http/index.ts';
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
export type { ClosableLogger, LogFormat, LoggerOptions, LogLevel } from './log/index.ts';
export {
  agreementsBoundBytes,
  bitAgreementsBoundBytes,
  memoryBoundBytes,
  NODE_LIMITS_DEFAULT,
  valueAgreementsBoundBytes,
} from './memory-bound.ts';
export type { NodeMetrics } from './metrics/index.ts';
export { coinToss, type NodeInternals, startNode } from './node.ts';
export { type PeerProbe, probePeer } from './probe.ts';
export { indexBoundBytes, retentionOf } from './retention.ts';
export type { RunningNode } from './running-node.ts';
export { loadNodeService, type NodeService } from './service.ts';
export { messageDigest, nativeSha256 } from './sha256.ts';
export { slowness } from './slow-links.ts';
export { diskBoundOf } from './status.ts';
export { FileStore, type FileStoreOptions } from './store/index.ts';
export { VERSION } from './version.ts';
