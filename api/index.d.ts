// What `quorumcast` exports, and what that leads to. Written by `npm run api`.

export {
  AgreeOptions,
  AgreeingNode,
  Agreement,
  AgreementCounts,
  AgreementValue,
  AgreementView,
  ApprovalReport,
  Broadcast,
  BroadcastOptions,
  BroadcastRange,
  Card,
  ChangingNode,
  CloseReport,
  ClusterDefinition,
  ClusterInfo,
  ClusterMember,
  Cursor,
  DeliveriesOptions,
  Delivery,
  DeliveryBatch,
  DeliveryGap,
  ERROR_CODES,
  EpochMemberView,
  EpochsView,
  Evidence,
  FaultCode,
  Identity,
  InstanceRef,
  InstanceView,
  Logger,
  NextClusterOptions,
  NodeEvents,
  NodeId,
  NodeLimits,
  NodeOptions,
  NodeState,
  NodeStatus,
  PeerView,
  QuorumcastError,
  QuorumcastErrorCode,
  QuorumcastNode,
  RetentionLimits,
  VERSION,
  approveCluster,
  createNode,
  generateIdentity,
  initCluster,
  loadCard,
  loadClusterDefinition,
  loadIdentity,
  makeCard,
  nextCluster,
  parseClusterDefinition,
  requireSuccessor,
  serializeClusterDefinition,
  signCluster,
  verifyApprovals,
  verifySignatures,
  writeCard,
  writeIdentity,
};

// base/brand
declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & {
    readonly [brand]: Name;
};

// base/quorumcast-error
declare const ERROR_CODES: readonly ['ERR_CONFIG', 'ERR_CLUSTER_INVALID', 'ERR_CLUSTER_UNSIGNED', 'ERR_CLUSTER_MISMATCH', 'ERR_IDENTITY', 'ERR_NOT_A_MEMBER', 'ERR_ADDRESS_IN_USE', 'ERR_LISTEN', 'ERR_DATA_DIR_LOCKED', 'ERR_DATA_DIR', 'ERR_STORAGE_CORRUPT', 'ERR_STORAGE_FAILED', 'ERR_STATE_LOST', 'ERR_STATE_ROLLED_BACK', 'ERR_PAYLOAD_TOO_LARGE', 'ERR_BACKLOG_FULL', 'ERR_RETENTION', 'ERR_GAP', 'ERR_IDEMPOTENCY_CONFLICT', 'ERR_CONSUMER_BUSY', 'ERR_CURSOR', 'ERR_TIMEOUT', 'ERR_ABORTED', 'ERR_CLOSED', 'ERR_UNREACHABLE', 'ERR_NOT_FOUND', 'ERR_FORBIDDEN', 'ERR_USAGE', 'ERR_INTERNAL'];
type QuorumcastErrorCode = (typeof ERROR_CODES)[number];
interface ErrorDetails {
    readonly hint?: string;
    readonly definite?: boolean;
    readonly retryable?: boolean;
    readonly cause?: unknown;
}
declare class QuorumcastError extends Error {
    readonly name = "QuorumcastError";
    readonly code: QuorumcastErrorCode;
    readonly hint: string;
    readonly definite: boolean;
    readonly retryable: boolean;
    readonly docs: string;
    constructor(code: QuorumcastErrorCode, message: string, details?: ErrorDetails);
}

// broadcast/view
type Phase = 'init' | 'echoed' | 'readied' | 'delivered';

// committee/committee
type NodeId = Brand<number, 'NodeId'>;
declare class Committee {
    readonly n: number;
    readonly f: number;
    readonly quorums: Quorums;
    readonly ids: readonly NodeId[];
    constructor(n: number, f: number);
    node(id: number): NodeId | undefined;
    member(id: number): NodeId;
}

// committee/limits
interface Limits {
    readonly payloadBytes: number;
    readonly window: number;
    readonly bytesPerSender: number;
    readonly messagesPerInstance: number;
}

// committee/quorum
interface Quorums {
    readonly echo: number;
    readonly amplify: number;
    readonly deliver: number;
    readonly echoEarly: number;
    readonly deliverEarly: number;
    readonly adopt: number;
    readonly correct: number;
    readonly support: number;
    readonly accept: number;
    readonly coin: number;
    readonly majorityZero: number;
    readonly majorityOne: number;
    readonly moreThanHalf: number;
    readonly dataShards: number;
    readonly shardReach: number;
    readonly approve: number;
    readonly marksToAdopt: number;
    readonly marksToDecide: number;
}

// node/agreements/api
type AgreementValue = 0 | 1;
interface Agreement<Value extends AgreementValue | Uint8Array = AgreementValue> {
    readonly topic: string;
    readonly value: Value;
    readonly phase: number;
}
type AnyAgreement = Agreement | Agreement<Uint8Array>;
interface AgreeOptions {
    readonly signal?: AbortSignal;
}
interface AgreementProposal {
    readonly proposer: NodeId;
    readonly here: boolean;
    readonly decided: AgreementValue | undefined;
}
interface AgreementView {
    readonly topic: string;
    readonly state: 'heard' | 'open' | 'decided' | 'settled';
    readonly kind: 'bit' | 'value';
    readonly coin: 'own' | 'common';
    readonly proposal: AgreementValue | Uint8Array | undefined;
    readonly decision: AnyAgreement | undefined;
    readonly phase: number;
    readonly step: 1 | 2 | 3 | 4;
    readonly waitingFor: readonly NodeId[];
    readonly proposals: readonly AgreementProposal[];
    readonly quietMs: number;
    readonly explain: string;
}
interface AgreementCounts {
    readonly underWay: number;
    readonly undecided: number;
    readonly decided: number;
    readonly dropped: number;
}
interface AgreeingNode {
    agree(topic: string, value: AgreementValue | boolean, options?: AgreeOptions): Promise<Agreement>;
    agree(topic: string, value: Uint8Array | string, options?: AgreeOptions): Promise<Agreement<Uint8Array>>;
    agreement(topic: string): AgreementView | undefined;
    agreements(limit?: number): readonly AgreementView[];
}

// node/api
type Cursor = string;
interface NodeOptions {
    readonly cluster: string | URL | ClusterDefinition;
    readonly identity: string | URL | Identity;
    readonly nextIdentity?: string | URL | Identity;
    readonly listen?: string;
    readonly coin?: string | URL;
    readonly dataDir?: string | false;
    readonly validate?: (candidate: {
        readonly sender: NodeId;
        readonly payload: Uint8Array;
    }) => boolean;
    readonly validateValue?: (proposed: {
        readonly topic: string;
        readonly value: Uint8Array;
    }) => boolean;
    readonly limits?: Partial<NodeLimits>;
    readonly retention?: Partial<RetentionLimits>;
    readonly logger?: Logger | false;
    readonly signal?: AbortSignal;
}
interface NodeLimits {
    readonly bufferedBytesPerPeer: number;
    readonly pendingBytes: number;
    readonly backlogMessages: number;
    readonly backlogBytes: number;
}
interface RetentionLimits {
    readonly bytes: number;
    readonly messages: number;
    readonly ageSeconds: number;
    readonly laggardBytes: number;
}
interface Logger {
    debug(event: string, fields: Record<string, unknown>): void;
    info(event: string, fields: Record<string, unknown>): void;
    warn(event: string, fields: Record<string, unknown>): void;
    error(event: string, fields: Record<string, unknown>): void;
}
type NodeState = 'joining' | 'ready' | 'degraded' | 'draining' | 'closed';
interface InstanceRef {
    readonly sender: NodeId;
    readonly seq: number;
}
interface Broadcast extends InstanceRef {
    readonly digest: string;
    readonly duplicate: boolean;
    delivered(options?: {
        readonly signal?: AbortSignal;
    }): Promise<Delivery>;
}
interface BroadcastRange {
    readonly sender: NodeId;
    readonly firstSeq: number;
    readonly count: number;
    delivered(options?: {
        readonly signal?: AbortSignal;
    }): Promise<void>;
}
interface DeliveryBatch {
    readonly sender: NodeId;
    readonly senderName: string;
    readonly firstSeq: number;
    readonly count: number;
    readonly payloads: readonly Uint8Array[];
    readonly cursor: Cursor;
    ack(): Promise<void>;
}
interface Delivery extends InstanceRef {
    readonly senderName: string;
    readonly payload: Uint8Array;
    readonly digest: string;
    readonly cursor: Cursor;
    text(): string;
    json<Value = unknown>(): Value;
    ack(): Promise<void>;
}
interface DeliveriesOptions {
    readonly from?: 'now' | 'start' | Cursor;
    readonly consumer?: string;
    readonly onGap?: (gap: DeliveryGap) => void;
    readonly signal?: AbortSignal;
}
interface DeliveryGap {
    readonly sender: NodeId;
    readonly senderName: string;
    readonly from: number;
    readonly to: number;
}
interface BroadcastOptions {
    readonly idempotencyKey?: string;
    readonly waitFor?: 'accepted' | 'delivered';
    readonly signal?: AbortSignal;
}
interface InstanceView extends InstanceRef {
    readonly senderName: string;
    readonly instance: number;
    readonly phase: Phase;
    readonly sinceMs: number;
    readonly waitingFor: readonly NodeId[];
    readonly explain: string;
    readonly values: readonly {
        readonly digest: string;
        readonly held: boolean;
        readonly echo: {
            readonly have: readonly NodeId[];
            readonly need: number;
        };
        readonly ready: {
            readonly have: readonly NodeId[];
            readonly amplify: number;
            readonly need: number;
        };
    }[];
}
interface PeerView {
    readonly id: NodeId;
    readonly name: string;
    readonly address: string;
    readonly connected: boolean;
    readonly sinceMs: number;
    readonly reason: string;
    readonly reconnects: number;
    readonly rttMs: number | undefined;
    readonly queuedBytes: number;
    readonly sentBytes: number;
    readonly receivedBytes: number;
    readonly limited: number;
    readonly bases: readonly number[];
}
interface Evidence {
    readonly peer: NodeId;
    readonly name: string;
    readonly code: FaultCode;
    readonly count: number;
    readonly about: {
        readonly sender: NodeId;
        readonly instance: number;
    } | undefined;
    readonly first: string;
    readonly last: string;
    readonly proofs: readonly ProofDocument[];
}
interface NodeStatus {
    readonly id: NodeId;
    readonly name: string;
    readonly version: string;
    readonly state: NodeState;
    readonly reasons: readonly string[];
    readonly cluster: ClusterInfo;
    readonly address: string;
    readonly uptimeMs: number;
    readonly margin: number;
    readonly peers: {
        readonly up: number;
        readonly total: number;
        readonly missing: readonly string[];
    };
    readonly delivered: number;
    readonly pending: {
        readonly messages: number;
        readonly bytes: number;
    };
    readonly streams: readonly {
        readonly sender: NodeId;
        readonly name: string;
        readonly delivered: number;
        readonly open: number;
        readonly behind: number;
        readonly beyond: boolean;
        readonly waitingMs: number;
    }[];
    readonly stalled: number;
    readonly skipped: number;
    readonly evidence: number;
    readonly refusals: Readonly<Record<string, number>>;
    readonly storage: {
        readonly durable: boolean;
        readonly bytes: number;
        readonly position: number;
        readonly syncMs: number;
        readonly first: number;
        readonly boundBytes: number;
        readonly earlierBytes: number;
    };
    readonly agreements: AgreementCounts;
    readonly consumers: {
        readonly named: number;
        readonly lag: number;
        readonly lost: number;
    };
    readonly memoryBoundBytes: number;
}
interface ClusterInfo {
    readonly name: string;
    readonly epoch: number;
    readonly digest: string;
    readonly n: number;
    readonly f: number;
    readonly form: 'early' | 'classic';
    readonly quorum: {
        readonly echo: number;
        readonly amplify: number;
        readonly deliver: number;
    };
}
interface CloseReport {
    readonly error: QuorumcastError | undefined;
    readonly abandoned: number;
    readonly clean: boolean;
}
interface NodeEvents {
    state: {
        readonly from: NodeState;
        readonly to: NodeState;
        readonly reason: string;
    };
    'peer:connect': {
        readonly peer: NodeId;
        readonly name: string;
    };
    'peer:disconnect': {
        readonly peer: NodeId;
        readonly name: string;
        readonly reason: string;
    };
    'peer:refused': {
        readonly peer: NodeId | undefined;
        readonly reason: string;
        readonly byPeer: boolean;
    };
    'instance:stalled': InstanceView;
    evidence: Evidence;
    'agreement:decided': AnyAgreement;
    skipped: DeliveryGap;
    'consumer:slow': {
        readonly consumer: string | undefined;
        readonly lag: number;
    };
    'consumer:lost': {
        readonly consumer: string;
        readonly lost: number;
    };
    warning: {
        readonly code: string;
        readonly message: string;
        readonly hint: string;
    };
}
interface QuorumcastNode extends AsyncDisposable, AgreeingNode {
    readonly id: NodeId;
    readonly name: string;
    readonly cluster: ClusterInfo;
    readonly state: NodeState;
    readonly address: string;
    whenReady(options?: {
        readonly signal?: AbortSignal;
    }): Promise<void>;
    broadcast(payload: Uint8Array | string, options?: BroadcastOptions): Promise<Broadcast>;
    broadcastMany(payloads: readonly (Uint8Array | string)[], options?: Omit<BroadcastOptions, 'idempotencyKey'>): Promise<BroadcastRange>;
    deliveries(options?: DeliveriesOptions): AsyncIterableIterator<Delivery> & AsyncDisposable;
    deliveryBatches(options?: DeliveriesOptions): AsyncIterableIterator<DeliveryBatch> & AsyncDisposable;
    delivery(ref: InstanceRef): Promise<Delivery | undefined>;
    peers(): readonly PeerView[];
    evidence(): readonly Evidence[];
    status(): NodeStatus;
    inspect(ref: InstanceRef): InstanceView | undefined;
    addEventListener<Kind extends keyof NodeEvents>(kind: Kind, listener: (event: CustomEvent<NodeEvents[Kind]>) => void, options?: {
        readonly signal?: AbortSignal;
        readonly once?: boolean;
    }): void;
    removeEventListener<Kind extends keyof NodeEvents>(kind: Kind, listener: (event: CustomEvent<NodeEvents[Kind]>) => void): void;
    drain(options?: {
        readonly signal?: AbortSignal;
    }): Promise<void>;
    close(options?: {
        readonly timeoutMs?: number;
    }): Promise<CloseReport>;
    readonly closed: Promise<CloseReport>;
}

// node/cluster/approvals
interface ApprovalReport {
    readonly approved: readonly string[];
    readonly missing: readonly string[];
    readonly invalid: readonly string[];
    readonly need: number;
}
declare function approveCluster(before: ClusterDefinition, next: ClusterDefinition, identity: Identity): ClusterDefinition;
declare function verifyApprovals(before: ClusterDefinition, next: ClusterDefinition): ApprovalReport;
declare function requireSuccessor(before: ClusterDefinition, next: ClusterDefinition): void;

// node/cluster/definition
type BroadcastForm = 'early' | 'classic';
interface ClusterMember {
    readonly id: NodeId;
    readonly name: string;
    readonly publicKey: Uint8Array;
    readonly addresses: readonly string[];
}
declare class ClusterDefinition {
    #private;
    readonly name: string;
    readonly epoch: number;
    readonly previous: Uint8Array | undefined;
    readonly givenUp: readonly string[];
    readonly form: BroadcastForm;
    readonly limits: Limits;
    readonly coinKeys: readonly Uint8Array[] | undefined;
    readonly committee: Committee;
    readonly members: readonly ClusterMember[];
    readonly digest: Uint8Array;
    readonly shortDigest: string;
    readonly signatures: ReadonlyMap<string, Uint8Array>;
    readonly approvals: ReadonlyMap<string, Uint8Array>;
    constructor(file: ClusterFile);
    member(id: NodeId): ClusterMember;
    memberNamed(name: string): ClusterMember | undefined;
    memberWithKey(publicKey: Uint8Array): ClusterMember | undefined;
    canonical(): string;
    withSignature(name: string, signature: Uint8Array): ClusterDefinition;
    withApproval(name: string, approval: Uint8Array): ClusterDefinition;
    withCoin(keys: readonly Uint8Array[]): ClusterDefinition;
    unsigned(): ClusterDefinition;
    toJSON(): Omit<ClusterFile, 'approvals'> & Partial<Pick<ClusterFile, 'approvals'>>;
}

// node/cluster/init
interface InitClusterOptions {
    readonly name: string;
    readonly faulty?: number;
    readonly epoch?: number;
    readonly broadcast?: BroadcastForm;
    readonly limits?: Partial<Limits>;
}
declare function initCluster(cards: readonly Card[], options: InitClusterOptions): ClusterDefinition;

// node/cluster/next
interface NextClusterOptions {
    readonly cards?: readonly Card[];
    readonly without?: readonly string[];
    readonly givenUp?: readonly string[];
    readonly addresses?: ReadonlyMap<string, readonly string[]>;
    readonly faulty?: number;
}
declare function nextCluster(current: ClusterDefinition, options: NextClusterOptions): ClusterDefinition;

// node/cluster/parse
declare function parseClusterDefinition(text: string, fileName: string): ClusterDefinition;
declare function loadClusterDefinition(path: string): Promise<ClusterDefinition>;
declare function serializeClusterDefinition(definition: ClusterDefinition): string;

// node/cluster/schema
declare const clusterSchema: v.ObjectSchema<{
    readonly quorumcast: v.CustomSchema<"cluster", v.ErrorMessage<v.CustomIssue> | undefined>;
    readonly version: v.CustomSchema<1, v.ErrorMessage<v.CustomIssue> | undefined>;
    readonly name: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 1 to 32 of a-z, 0-9 and \"-\", and must not start with \"-\"">]>;
    readonly epoch: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.CheckAction<number, `must be an integer from ${number} to ${number}`>]>;
    readonly previous: v.OptionalSchema<v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 64 digits of lower-case hex">]>, undefined>;
    readonly givenUp: v.OptionalSchema<v.SchemaWithPipe<readonly [v.ArraySchema<v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 1 to 32 of a-z, 0-9 and \"-\", and must not start with \"-\"">]>, undefined>, v.MinLengthAction<string[], 1, "must name at least one member, or be left out">, v.MaxLengthAction<string[], 256, "must name at most 256 members">]>, undefined>;
    readonly faulty: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.CheckAction<number, `must be an integer from ${number} to ${number}`>]>;
    readonly broadcast: v.OptionalSchema<v.PicklistSchema<["early", "classic"], undefined>, "early">;
    readonly limits: v.OptionalSchema<v.ObjectSchema<{
        readonly payloadBytes: v.OptionalSchema<v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.CheckAction<number, `must be an integer from ${number} to ${number}`>]>, number>;
        readonly window: v.OptionalSchema<v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.CheckAction<number, `must be an integer from ${number} to ${number}`>]>, number>;
        readonly bytesPerSender: v.OptionalSchema<v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.CheckAction<number, `must be an integer from ${number} to ${number}`>]>, number>;
        readonly messagesPerInstance: v.OptionalSchema<v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.CheckAction<number, `must be an integer from ${number} to ${number}`>]>, number>;
    }, undefined>, {}>;
    readonly coin: v.OptionalSchema<v.ObjectSchema<{
        readonly kind: v.PicklistSchema<["bls12-381"], undefined>;
        readonly keys: v.SchemaWithPipe<readonly [v.ArraySchema<v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 192 digits of lower-case hex">]>, undefined>, v.MaxLengthAction<string[], 256, "must hold at most 256 keys">]>;
    }, undefined>, undefined>;
    readonly members: v.SchemaWithPipe<readonly [v.ArraySchema<v.ObjectSchema<{
        readonly name: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 1 to 32 of a-z, 0-9 and \"-\", and must not start with \"-\"">]>;
        readonly publicKey: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 64 digits of lower-case hex">]>;
        readonly addresses: v.SchemaWithPipe<readonly [v.ArraySchema<v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.CheckAction<string, "must be a lower-case HOST:PORT or [IPV6]:PORT with a port from 1 to 65535">]>, undefined>, v.MinLengthAction<string[], 1, "must name at least one HOST:PORT">, v.MaxLengthAction<string[], 8, "must name at most 8 addresses">]>;
    }, undefined>, undefined>, v.MinLengthAction<{
        name: string;
        publicKey: string;
        addresses: string[];
    }[], 1, "must name at least one member">, v.MaxLengthAction<{
        name: string;
        publicKey: string;
        addresses: string[];
    }[], 256, "must name at most 256 members">]>;
    readonly signatures: v.OptionalSchema<v.RecordSchema<v.StringSchema<undefined>, v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 128 digits of lower-case hex">]>, undefined>, {}>;
    readonly approvals: v.OptionalSchema<v.RecordSchema<v.StringSchema<undefined>, v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 128 digits of lower-case hex">]>, undefined>, {}>;
}, undefined>;
type ClusterFile = v.InferOutput<typeof clusterSchema>;

// node/cluster/signatures
interface SignatureReport {
    readonly signed: readonly string[];
    readonly missing: readonly string[];
    readonly invalid: readonly string[];
}
declare function signCluster(definition: ClusterDefinition, identity: Identity): ClusterDefinition;
declare function verifySignatures(definition: ClusterDefinition): SignatureReport;

// node/epochs/api
interface EpochMemberView {
    readonly name: string;
    readonly ended: boolean;
    readonly drained: boolean;
    readonly givenUp: boolean;
}
interface EpochsView {
    readonly epoch: number;
    readonly digest: string;
    readonly next: {
        readonly epoch: number;
        readonly digest: string;
        readonly since: string;
        readonly givenUp: readonly string[];
        readonly members: readonly EpochMemberView[];
        readonly reasons: readonly string[];
    } | undefined;
}
interface ChangingNode {
    changeEpoch(next: ClusterDefinition): Promise<void>;
    epochs(): EpochsView;
}

// node/epochs/start
declare function createNode(options: NodeOptions): Promise<QuorumcastNode & ChangingNode>;

// node/evidence/document
declare const proofSchema: v.ObjectSchema<{
    readonly quorumcast: v.CustomSchema<"evidence", v.ErrorMessage<v.CustomIssue> | undefined>;
    readonly version: v.CustomSchema<1, v.ErrorMessage<v.CustomIssue> | undefined>;
    readonly cluster: v.ObjectSchema<{
        readonly name: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 1 to 32 of a-z, 0-9 and \"-\", and must not start with \"-\"">]>;
        readonly epoch: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.SafeIntegerAction<number, undefined>, v.MinValueAction<number, 0, undefined>]>;
        readonly digest: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 64 digits of lower-case hex">]>;
    }, undefined>;
    readonly accused: v.ObjectSchema<{
        readonly member: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.IntegerAction<number, undefined>, v.MinValueAction<number, 0, undefined>, v.MaxValueAction<number, 255, undefined>]>;
        readonly name: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 1 to 32 of a-z, 0-9 and \"-\", and must not start with \"-\"">]>;
        readonly publicKey: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 64 digits of lower-case hex">]>;
    }, undefined>;
    readonly instance: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.SafeIntegerAction<number, undefined>, v.MinValueAction<number, 1, undefined>]>;
    readonly statements: v.TupleSchema<[v.ObjectSchema<{
        readonly batch: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 64 digits of lower-case hex">]>;
        readonly signature: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 128 digits of lower-case hex">]>;
        readonly group: v.OptionalSchema<v.ObjectSchema<{
            readonly index: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.IntegerAction<number, undefined>, v.MinValueAction<number, 0, undefined>, v.MaxValueAction<number, number, undefined>]>;
            readonly count: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.IntegerAction<number, undefined>, v.MinValueAction<number, 2, undefined>, v.MaxValueAction<number, 32, undefined>]>;
            readonly proof: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 1 to 5 hashes of 64 digits of lower-case hex">]>;
        }, undefined>, undefined>;
    }, undefined>, v.ObjectSchema<{
        readonly batch: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 64 digits of lower-case hex">]>;
        readonly signature: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 128 digits of lower-case hex">]>;
        readonly group: v.OptionalSchema<v.ObjectSchema<{
            readonly index: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.IntegerAction<number, undefined>, v.MinValueAction<number, 0, undefined>, v.MaxValueAction<number, number, undefined>]>;
            readonly count: v.SchemaWithPipe<readonly [v.NumberSchema<undefined>, v.IntegerAction<number, undefined>, v.MinValueAction<number, 2, undefined>, v.MaxValueAction<number, 32, undefined>]>;
            readonly proof: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 1 to 5 hashes of 64 digits of lower-case hex">]>;
        }, undefined>, undefined>;
    }, undefined>], undefined>;
    readonly seen: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.IsoTimestampAction<string, "must be an ISO 8601 time">]>;
    readonly by: v.SchemaWithPipe<readonly [v.StringSchema<undefined>, v.RegexAction<string, "must be 1 to 32 of a-z, 0-9 and \"-\", and must not start with \"-\"">]>;
}, undefined>;
type ProofDocument = v.InferOutput<typeof proofSchema>;

// node/identity/card
interface Card {
    readonly name: string;
    readonly publicKey: string;
    readonly addresses: readonly string[];
    readonly signature: string;
}
declare function makeCard(identity: Identity, addresses: readonly string[]): Card;
declare function loadCard(path: string): Promise<Card>;
declare function writeCard(card: Card, path: string): Promise<void>;

// node/identity/identity
declare class Identity {
    #private;
    readonly name: string;
    readonly publicKey: Uint8Array;
    constructor(name: string, seed: Uint8Array);
    sign(message: Uint8Array): Uint8Array;
    tlsCredentials(): {
        readonly key: string;
        readonly cert: string;
    };
    keyFile(): string;
}
declare function generateIdentity(name: string): Identity;
declare function loadIdentity(path: string): Promise<Identity>;
declare function writeIdentity(identity: Identity, path: string): Promise<void>;

// node/version
declare const VERSION: string;

// protocol/fault
declare const FAULT_CODES: readonly ['not-the-sender', 'equivocation', 'invalid-payload', 'oversized-payload', 'conflicting-echo', 'conflicting-ready', 'conflicting-done', 'conflicting-aux', 'conflicting-conf', 'conflicting-decide', 'bad-coin-share', 'conflicting-count', 'wrong-payload', 'wrong-shard', 'inconsistent-shards', 'future-flood', 'malformed-message', 'malformed-status'];
type FaultCode = (typeof FAULT_CODES)[number];

import { * as v } from 'valibot';
