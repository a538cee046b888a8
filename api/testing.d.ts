// What `quorumcast/testing` exports, and what that leads to. Written by `npm run api`.

export {
  CONFORMANCE,
  ConformanceCheck,
  ConformanceSubject,
  PredictableCoin,
  PredictableCoinOptions,
  QuorumcastError,
  QuorumcastErrorCode,
  Signal,
  TestAgreeOptions,
  TestAgreement,
  TestBroadcast,
  TestBroadcastOptions,
  TestBroadcastRange,
  TestCluster,
  TestClusterInfo,
  TestClusterOptions,
  TestDeliveriesOptions,
  TestDelivery,
  TestDeliveryBatch,
  TestEvidence,
  TestInstanceRef,
  TestInstanceView,
  TestNode,
  TestNodeState,
  TestNodeStatus,
  UsageError,
  createTestCluster,
};

// base/bit
type Bit = 0 | 1;

// base/brand
declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & {
    readonly [brand]: Name;
};

// base/errors
declare class UsageError extends Error {
    readonly name = "UsageError";
}

// base/prng
declare class Prng {
    #private;
    constructor(seed: number);
    uint32(): number;
    below(bound: number): number;
    chance(numerator: number, denominator: number): boolean;
    pick<Item>(items: readonly Item[]): Item;
}

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

// base/signal
interface Signal {
    readonly aborted: boolean;
    readonly reason?: unknown;
    addEventListener(kind: 'abort', listener: () => void, options?: {
        readonly once?: boolean;
    }): void;
    removeEventListener(kind: 'abort', listener: () => void): void;
}

// broadcast/rules
type BroadcastForm = 'early' | 'classic';

// broadcast/view
type Phase = 'init' | 'echoed' | 'readied' | 'delivered';
interface BroadcastView {
    readonly phase: Phase;
    readonly refused: boolean;
    readonly decided: Digest | undefined;
    readonly pulling: boolean;
    readonly values: readonly ValueView[];
    readonly waitingFor: readonly NodeId[];
}
interface ValueView {
    readonly digest: Digest;
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
}

// codec/frame-cursor
interface VoteAt {
    readonly kind: VoteKind;
    readonly sender: NodeId;
    readonly instance: number;
    readonly bytes: Uint8Array;
    readonly at: number;
}

// codec/message
type InstanceMessage =
{
    readonly kind: 'initial';
    readonly payload: Uint8Array;
}
 | {
    readonly kind: 'echo';
    readonly digest: Digest;
}
 | {
    readonly kind: 'ready';
    readonly digest: Digest;
}
 | {
    readonly kind: 'done';
    readonly digest: Digest;
}
 | {
    readonly kind: 'pull';
    readonly digest: Digest;
}
 | {
    readonly kind: 'payload';
    readonly payload: Uint8Array;
};
type VoteKind = 'echo' | 'ready' | 'done';
type CodedMessage = InstanceMessage
 | {
    readonly kind: 'dispersal';
    readonly digest: Digest;
    readonly length: number;
} | ShardMessage;
interface ShardMessage {
    readonly kind: 'shard';
    readonly digest: Digest;
    readonly length: number;
    readonly proof: Uint8Array;
    readonly shard: Uint8Array;
}
type HistoryMessage =
{
    readonly kind: 'horizon';
}
 | {
    readonly kind: 'ask';
}
 | {
    readonly kind: 'count';
    readonly messages: number;
};
type MemberMessage = {
    readonly kind: 'history';
    readonly sender: NodeId;
    readonly instance: number;
    readonly body: HistoryMessage;
} | {
    readonly kind: 'instance';
    readonly sender: NodeId;
    readonly instance: number;
    readonly body: CodedMessage;
} | {
    readonly kind: 'status';
    readonly bases: readonly number[];
    readonly resync: boolean;
};

// coin/coin
interface Coin {
    readonly common: boolean;
    readonly shareBytesMax: number;
    toss(id: CoinId): Toss;
}
interface Toss {
    share(): Uint8Array | undefined;
    add(from: NodeId, share: Uint8Array): ShareVerdict;
    exposed?(): readonly NodeId[];
    value(): Bit | undefined;
}
type ShareVerdict = 'counted' | 'surplus' | 'invalid';

// coin/name
interface CoinScope {
    readonly cluster: Digest;
    readonly epoch: number;
    readonly instance: Uint8Array;
}
interface CoinId extends CoinScope {
    readonly round: number;
}

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

// crypto/digest
type Digest = Brand<Uint8Array, 'Digest'>;
type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;
interface Sha256Begun {
    readonly digest: Uint8Array;
    more(...parts: readonly Uint8Array[]): Uint8Array;
}
type Sha256Begin = (...parts: readonly Uint8Array[]) => Sha256Begun;
type Sign = (statement: Uint8Array) => Uint8Array;
declare class PayloadHasher {
    #private;
    constructor(sha256: Sha256, cluster: Uint8Array, begin?: Sha256Begin);
    statement(sender: number, instance: number, batch: Digest): Uint8Array;
    groupStatement(sender: number, root: Digest): Uint8Array;
    digest(sender: number, instance: number, payload: Uint8Array): Digest;
    beginningDigest(sender: number, instance: number, payload: Uint8Array, bytes: number): Digest;
    get sha256(): Sha256;
    codeWord(sender: number, instance: number, { k, n, length }: {
        readonly k: number;
        readonly n: number;
        readonly length: number;
    }, root: Digest): Digest;
}

// crypto/erasure/matrix
type Matrix = Uint8Array;

// crypto/erasure/portable
type GaloisProduct = (matrix: Matrix, rows: number, columns: number, shards: Uint8Array, length: number) => Uint8Array;

// member/claims
type DeliveredDigest = (sender: NodeId, instance: number) => Digest | undefined;

// member/coding
interface MemberCoding {
    readonly product?: GaloisProduct;
    readonly membersMin?: number;
    readonly bytesMin?: number;
}

// member/effect
type MemberEffect =
{
    readonly kind: 'keep';
    readonly digest: Digest;
    readonly payload: Uint8Array;
    readonly replaces?: boolean;
}
 | {
    readonly kind: 'said';
    readonly sender: NodeId;
    readonly instance: number;
    readonly statement: Statement;
    readonly digest: Digest;
    readonly firstSeq: number;
    readonly count: number;
}
 | {
    readonly kind: 'deliver';
    readonly sender: NodeId;
    readonly instance: number;
    readonly digest: Digest;
    readonly payload: Uint8Array;
    readonly firstSeq: number;
    readonly count: number;
    readonly ended?: Uint8Array;
}
 | {
    readonly kind: 'skip';
    readonly sender: NodeId;
    readonly instance: number;
    readonly nextSeq: number;
    readonly fromSeq: number;
} | {
    readonly kind: 'send';
    readonly to: NodeId;
    readonly message: MemberMessage;
}
 | {
    readonly kind: 'recall';
    readonly to: NodeId;
    readonly sender: NodeId;
    readonly from: number;
    readonly until: number;
    readonly full: boolean;
}
 | {
    readonly kind: 'recall-payload';
    readonly to: NodeId;
    readonly sender: NodeId;
    readonly instance: number;
    readonly digest: Digest;
}
 | {
    readonly kind: 'late-initial';
    readonly sender: NodeId;
    readonly instance: number;
    readonly payload: Uint8Array;
}
 | {
    readonly kind: 'recall-count';
    readonly to: NodeId;
    readonly sender: NodeId;
    readonly instance: number;
} | {
    readonly kind: 'fault';
    readonly accused: NodeId;
    readonly code: FaultCode;
    readonly payloads?: readonly [Uint8Array, Uint8Array];
    readonly about?: {
        readonly sender: NodeId;
        readonly instance: number;
    };
};
type Statement = 'initial' | 'echo' | 'ready';

// member/member
declare class Member {
    #private;
    constructor(options: MemberOptions, memory?: MemberMemory);
    get self(): NodeId;
    get pending(): {
        readonly messages: number;
        readonly bytes: number;
    };
    signBatch(instance: number, batch: Uint8Array): void;
    restore(memory: MemberMemory): readonly MemberEffect[];
    submit(message: Uint8Array): number;
    submitMany(messages: readonly Uint8Array[]): number;
    end(successor: Uint8Array, givenUp?: readonly NodeId[], delivered?: DeliveredDigest): readonly MemberEffect[];
    settle(sender: NodeId, cut: Cut): readonly MemberEffect[];
    handle(from: NodeId, message: MemberMessage): readonly MemberEffect[];
    vote(from: NodeId, { kind, sender, instance, bytes, at }: VoteAt, effects?: MemberEffect[]): readonly MemberEffect[];
    linkUp(peer: NodeId): readonly MemberEffect[];
    linkDown(peer: NodeId): void;
    tick(): readonly MemberEffect[];
    flush(): readonly MemberEffect[];
    streams(): readonly StreamStatus[];
    held(sender: NodeId): {
        readonly bytes: number;
        readonly open: number;
        readonly base: number;
    };
    open(sender: NodeId): readonly OpenInstance[];
    basesOf(peer: NodeId): readonly number[];
    get ticks(): number;
    settled(sender: NodeId): number;
    withoutNext(sender: NodeId): readonly NodeId[];
}

// member/options
interface Candidate {
    readonly sender: NodeId;
    readonly payload: Uint8Array;
}
interface MemberOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly form: BroadcastForm;
    readonly limits: Limits;
    readonly hasher: PayloadHasher;
    readonly coding?: MemberCoding;
    readonly sign?: Sign;
    readonly givenUp?: readonly NodeId[];
    readonly validate?: (candidate: Candidate) => boolean;
}
interface MemberMemory {
    readonly streams: readonly {
        readonly base: number;
        readonly nextSeq: number;
        readonly ends?: readonly Uint8Array[] | undefined;
    }[];
    readonly own: {
        readonly nextInstance: number;
        readonly nextSeq: number;
    };
    readonly open: readonly {
        readonly sender: NodeId;
        readonly instance: number;
        readonly said: readonly InstanceMessage[];
    }[];
}
interface StreamStatus {
    readonly sender: NodeId;
    readonly base: number;
    readonly nextSeq: number;
    readonly ended: Uint8Array | undefined;
    readonly ends: readonly Uint8Array[];
    readonly broken: boolean;
    readonly open: number;
    readonly openSinceTick: number | undefined;
    readonly bytesHeld: number;
    readonly droppedOutsideWindow: number;
    readonly droppedOverBudget: number;
    readonly behind: number;
    readonly beyond: boolean;
}

// member/participant
type Participant = Pick<Member, 'restore' | 'handle' | 'submit' | 'linkUp' | 'linkDown' | 'tick' | 'flush'> & Partial<Pick<Member, 'vote' | 'submitMany'>>;

// protocol/effect
type Effect<Message, Output> = {
    readonly kind: 'send';
    readonly to: NodeId;
    readonly message: Message;
}
 | {
    readonly kind: 'broadcast';
    readonly message: Message;
}
 | {
    readonly kind: 'keep';
    readonly digest: Digest;
    readonly payload: Uint8Array;
    readonly replaces?: boolean;
} | {
    readonly kind: 'output';
    readonly output: Output;
} | {
    readonly kind: 'fault';
    readonly accused: NodeId;
    readonly code: FaultCode;
    readonly payloads?: readonly [Uint8Array, Uint8Array];
};
type Effects<Message, Output> = readonly Effect<Message, Output>[];

// protocol/fault
declare const FAULT_CODES: readonly ['not-the-sender', 'equivocation', 'invalid-payload', 'oversized-payload', 'conflicting-echo', 'conflicting-ready', 'conflicting-done', 'conflicting-aux', 'conflicting-conf', 'conflicting-decide', 'bad-coin-share', 'conflicting-count', 'wrong-payload', 'wrong-shard', 'inconsistent-shards', 'future-flood', 'malformed-message', 'malformed-status'];
type FaultCode = (typeof FAULT_CODES)[number];

// protocol/protocol
interface Protocol<Input, Message, Output> {
    propose(input: Input): Effects<Message, Output>;
    handle(from: NodeId, message: Message): Effects<Message, Output>;
    restore(said: readonly Message[]): Effects<Message, Output>;
    readonly terminated: boolean;
}

// simulator/adversary/adversary
interface Lie {
    readonly text: string;
    readonly about: {
        readonly sender: NodeId;
        readonly instance: number;
    } | undefined;
}
interface AdversaryContext {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly hasher: PayloadHasher;
    readonly honest: Member;
    readonly report: (lie: Lie) => void;
}

// simulator/adversary/equivocate
declare function equivocate(context: AdversaryContext): Participant;

// simulator/adversary/index
declare const ADVERSARIES: {
    readonly equivocate: {
        readonly summary: 'says different things to different members';
        readonly make: typeof equivocate;
    };
    readonly silent: {
        readonly summary: 'keeps its links up and says nothing';
        readonly make: typeof silent;
    };
    readonly withhold: {
        readonly summary: 'sends payloads to few, votes to fewer, hands nothing out';
        readonly make: typeof withhold;
    };
};
type AdversaryName = keyof typeof ADVERSARIES;

// simulator/adversary/silent
declare function silent({ honest, report, self }: AdversaryContext): Participant;

// simulator/adversary/withhold
declare function withhold({ committee, self, honest, report }: AdversaryContext): Participant;

// stream/cut
interface Cut {
    readonly last: number;
    readonly digests: ReadonlyMap<number, Digest>;
}

// stream/options
interface OpenInstance {
    readonly instance: number;
    readonly sinceTick: number;
    readonly view: BroadcastView;
    readonly messages: number | undefined;
}

// testing/api
interface TestAgreement<Value extends 0 | 1 | Uint8Array = 0 | 1> {
    readonly topic: string;
    readonly value: Value;
    readonly phase: number;
}
interface TestAgreeOptions {
    readonly signal?: Signal;
}
interface TestInstanceRef {
    readonly sender: NodeId;
    readonly seq: number;
}
interface TestBroadcast extends TestInstanceRef {
    readonly digest: string;
    readonly duplicate: boolean;
    delivered(options?: {
        readonly signal?: Signal;
    }): Promise<TestDelivery>;
}
interface TestBroadcastRange {
    readonly sender: NodeId;
    readonly firstSeq: number;
    readonly count: number;
    delivered(options?: {
        readonly signal?: Signal;
    }): Promise<void>;
}
interface TestDeliveryBatch {
    readonly sender: NodeId;
    readonly senderName: string;
    readonly firstSeq: number;
    readonly count: number;
    readonly payloads: readonly Uint8Array[];
    readonly cursor: string;
    ack(): Promise<void>;
}
interface TestDelivery extends TestInstanceRef {
    readonly senderName: string;
    readonly payload: Uint8Array;
    readonly digest: string;
    readonly cursor: string;
    text(): string;
    json<Value = unknown>(): Value;
    ack(): Promise<void>;
}
interface TestBroadcastOptions {
    readonly idempotencyKey?: string;
    readonly waitFor?: 'accepted' | 'delivered';
    readonly signal?: Signal;
}
interface TestDeliveriesOptions {
    readonly from?: 'now' | 'start' | (string & {});
    readonly consumer?: string;
    readonly signal?: Signal;
}
interface TestInstanceView extends TestInstanceRef {
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
interface TestEvidence {
    readonly peer: NodeId;
    readonly name: string;
    readonly code: FaultCode;
    readonly count: number;
    readonly about: {
        readonly sender: NodeId;
        readonly instance: number;
    } | undefined;
}
interface TestClusterInfo {
    readonly n: number;
    readonly f: number;
    readonly form: 'early' | 'classic';
    readonly quorum: {
        readonly echo: number;
        readonly amplify: number;
        readonly deliver: number;
    };
}
interface TestNodeStatus {
    readonly id: NodeId;
    readonly name: string;
    readonly state: TestNodeState;
    readonly cluster: TestClusterInfo;
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
        readonly waitingMs: number;
    }[];
    readonly evidence: number;
}
type TestNodeState = 'joining' | 'ready' | 'degraded' | 'draining' | 'closed';
interface TestNode {
    readonly id: NodeId;
    readonly name: string;
    readonly cluster: TestClusterInfo;
    readonly state: TestNodeState;
    readonly delivered: readonly TestDelivery[];
    whenReady(options?: {
        readonly signal?: Signal;
    }): Promise<void>;
    broadcast(payload: Uint8Array | string, options?: TestBroadcastOptions): Promise<TestBroadcast>;
    broadcastMany(payloads: readonly (Uint8Array | string)[], options?: Omit<TestBroadcastOptions, 'idempotencyKey'>): Promise<TestBroadcastRange>;
    deliveries(options?: TestDeliveriesOptions): AsyncIterableIterator<TestDelivery> & AsyncDisposable;
    deliveryBatches(options?: TestDeliveriesOptions): AsyncIterableIterator<TestDeliveryBatch> & AsyncDisposable;
    delivery(ref: TestInstanceRef): Promise<TestDelivery | undefined>;
    inspect(ref: TestInstanceRef): TestInstanceView | undefined;
    agree(topic: string, value: 0 | 1 | boolean, options?: TestAgreeOptions): Promise<TestAgreement>;
    agree(topic: string, value: Uint8Array | string, options?: TestAgreeOptions): Promise<TestAgreement<Uint8Array>>;
    evidence(): readonly TestEvidence[];
    status(): TestNodeStatus;
    drain(options?: {
        readonly signal?: Signal;
    }): Promise<void>;
}

// testing/cluster
declare function createTestCluster(options?: TestClusterOptions): Promise<TestCluster>;
declare class TestCluster implements AsyncDisposable {
    #private;
    readonly info: TestClusterInfo;
    readonly nodes: readonly [TestNode, ...TestNode[]];
    constructor(options: TestClusterOptions);
    get nowMs(): number;
    get lies(): readonly (Lie & {
        readonly liar: NodeId;
    })[];
    node(number: number): TestNode;
    deliveredTexts(): Promise<string[]>;
    settle(): Promise<void>;
    run(forMs?: number): Promise<void>;
    step(): boolean;
    disconnect(a: number, b: number): void;
    connect(a: number, b: number): void;
    partition(groups: readonly (readonly number[])[]): void;
    heal(): void;
    crash(number: number): void;
    restart(number: number): void;
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

// testing/coin
interface PredictableCoinOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly seed: number;
}
declare class PredictableCoin implements Coin {
    #private;
    readonly common = true;
    readonly shareBytesMax = 4;
    constructor(options: PredictableCoinOptions);
    peek(id: CoinId): Bit;
    toss(id: CoinId): Toss;
}

// testing/conformance
interface ConformanceSubject<Input, Message, Output> {
    readonly committee: Committee;
    readonly create: (self: NodeId) => Protocol<Input, Message, Output>;
    readonly inputOf: (self: NodeId) => Input | undefined;
    readonly arbitrary: (prng: Prng) => Message;
    readonly remember: (said: Message[], effect: Effect<Message, Output>) => void;
    readonly contradicts: (earlier: Message, later: Message) => boolean;
    readonly retry?: (machine: Protocol<Input, Message, Output>) => Effects<Message, Output>;
    readonly size: (machine: Protocol<Input, Message, Output>) => number;
    readonly sizeMax: number;
}
interface ConformanceCheck {
    readonly name: string;
    readonly run: <Input, Message, Output>(subject: ConformanceSubject<Input, Message, Output>) => void;
}
declare const CONFORMANCE: readonly ConformanceCheck[];

// testing/options
interface TestClusterOptions {
    readonly n?: number;
    readonly f?: number;
    readonly seed?: number;
    readonly form?: BroadcastForm;
    readonly limits?: Partial<Limits>;
    readonly pendingBytes?: number;
    readonly validate?: (candidate: Candidate) => boolean;
    readonly byzantine?: Readonly<Record<number, AdversaryName>>;
}
