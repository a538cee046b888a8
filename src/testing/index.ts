export { QuorumcastError, type QuorumcastErrorCode, type Signal, UsageError } from '../base/index.ts';
export type {
  TestAgreement,
  TestAgreeOptions,
  TestBroadcast,
  TestBroadcastOptions,
  TestBroadcastRange,
  TestClusterInfo,
  TestDeliveriesOptions,
  TestDelivery,
  TestDeliveryBatch,
  TestEvidence,
  TestInstanceRef,
  TestInstanceView,
  TestNode,
  TestNodeState,
  TestNodeStatus,
} from './api.ts';
export { createTestCluster, type TestCluster } from './cluster.ts';
export { PredictableCoin, type PredictableCoinOptions } from './coin.ts';
export { CONFORMANCE, type ConformanceCheck, type ConformanceSubject } from './conformance.ts';
export type { TestClusterOptions } from './options.ts';
