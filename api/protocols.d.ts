// What `quorumcast/protocols` exports, and what that leads to. Written by `npm run api`.

export {
  AHEAD_ROUNDS,
  AgreementMessage,
  AgreementView,
  AssertionError,
  BinaryAgreement,
  BinaryAgreementOptions,
  Bit,
  Bits,
  Bracha,
  Bracha87,
  Bracha87Message,
  Bracha87Options,
  Bracha87View,
  Bracha87WireMessage,
  BrachaOptions,
  BrachaOutput,
  BrachaSubsetOptions,
  BroadcastForm,
  BroadcastView,
  Candidate,
  Child,
  ChildFactory,
  Choice,
  Coded,
  CodedMessage,
  CodedOptions,
  CodedOutput,
  Coding,
  CodingOptions,
  Coin,
  CoinId,
  CoinScope,
  Committee,
  CommonSubset,
  CommonSubsetOptions,
  DealOptions,
  DealtCoin,
  DealtCoinOptions,
  DealtShare,
  Decision,
  DecodeError,
  Decoded,
  Digest,
  Effect,
  Effects,
  ErasureCode,
  FAULT_CODES,
  FaultCode,
  FramePacker,
  GaloisProduct,
  InstanceMessage,
  LIMITS_DEFAULT,
  Limits,
  LocalCoin,
  LocalSubsetOptions,
  MEMBERS_MAX,
  Member,
  MemberEffect,
  MemberMemory,
  MemberMessage,
  MemberOptions,
  MessageBounds,
  MultiValuedAgreement,
  NOTHING,
  NodeId,
  PHASES_AHEAD,
  PHASES_MAX,
  PayloadHasher,
  Phase,
  Prng,
  Proposal,
  Protocol,
  Purse,
  Quorums,
  Rules,
  Sha256,
  ShareVerdict,
  ShortBroadcast,
  ShortBroadcastOptions,
  ShortMessage,
  Step,
  StepBroadcast,
  StepBroadcastFactory,
  StepValue,
  StepView,
  StreamStatus,
  SubsetMessage,
  Toss,
  UsageError,
  ValueAgreement,
  ValueDecision,
  ValueMessage,
  ValueView,
  Waiting,
  WebAssemblyLike,
  brachaSubset,
  coinName,
  dealCoins,
  dealDigest,
  decodeAgreement,
  decodeBracha87,
  decodeMessages,
  decodePurse,
  encodeAgreement,
  encodeBracha87,
  encodePurse,
  fastProduct,
  faultyMax,
  frameBytesMax,
  lift,
  localSubset,
  portableProduct,
  portableSha256,
  quorums,
  rulesOf,
  shortSteps,
};

// agreement/bracha87/codec
type Bracha87WireMessage = Bracha87Message<ShortMessage>;
declare function encodeBracha87(message: Bracha87WireMessage): Uint8Array;
declare function decodeBracha87(bytes: Uint8Array, committee: Committee): Decoded<Bracha87WireMessage>;

// agreement/bracha87/consensus
type Outs<Body> = Effects<Bracha87Message<Body>, Decision>;
interface Bracha87Options<Body> {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly broadcast: StepBroadcastFactory<Body>;
    readonly toss: (phase: number) => Bit;
    readonly phasesAhead?: number;
    readonly phasesMax?: number;
}
declare const PHASES_AHEAD = 3;
declare const PHASES_MAX = 256;
declare class Bracha87<Body> implements Protocol<Bit, Bracha87Message<Body>, Decision> {
    #private;
    constructor(options: Bracha87Options<Body>);
    get terminated(): boolean;
    get decision(): Decision | undefined;
    get proposed(): boolean;
    propose(value: Bit): Outs<Body>;
    handle(from: NodeId, message: Bracha87Message<Body>): Outs<Body>;
    restore(said: readonly Bracha87Message<Body>[]): Outs<Body>;
    retry(): Outs<Body>;
    linkReset(peer: NodeId): void;
    said(): readonly Bracha87Message<Body>[];
    get size(): number;
    inspect(): Bracha87View;
}

// agreement/bracha87/ledger
interface StepView {
    readonly valid: readonly {
        readonly member: NodeId;
        readonly value: StepValue;
    }[];
    readonly unjustified: readonly NodeId[];
    readonly missing: readonly NodeId[];
}

// agreement/bracha87/message
type Bracha87Message<Body> =
{
    readonly kind: 'step';
    readonly phase: number;
    readonly step: Step;
    readonly sender: NodeId;
    readonly body: Body;
}
 | {
    readonly kind: 'decide';
    readonly value: Bit;
}
 | {
    readonly kind: 'again';
    readonly phase: number;
};
interface StepBroadcast<Body> extends Protocol<number, Body, number> {
    readonly proposed: number | undefined;
    said(): readonly Body[];
    retry?(): ReturnType<StepBroadcast<Body>['handle']>;
    linkReset?(peer: NodeId): void;
}
type StepBroadcastFactory<Body> = (about: {
    readonly phase: number;
    readonly step: Step;
    readonly sender: NodeId;
    readonly values: number;
}) => StepBroadcast<Body>;

// agreement/bracha87/short-steps
declare function shortSteps(committee: Committee, self: NodeId): StepBroadcastFactory<ShortMessage>;

// agreement/bracha87/steps
type Step = 1 | 2 | 3;
type StepValue = 0 | 1 | 2 | 3;

// agreement/bracha87/view
interface Bracha87View {
    readonly phase: number;
    readonly step: Step;
    readonly value: StepValue | undefined;
    readonly decision: Decision | undefined;
    readonly exhausted: boolean;
    readonly ended: boolean;
    readonly needed: number;
    readonly waiting: StepView;
    readonly decides: readonly {
        readonly member: NodeId;
        readonly value: Bit;
    }[];
}

// agreement/mmr/binary-agreement
type Outs = Effects<AgreementMessage, Decision>;
declare class BinaryAgreement implements Protocol<Bit, AgreementMessage, Decision> {
    #private;
    constructor(options: BinaryAgreementOptions);
    get terminated(): boolean;
    get decision(): Decision | undefined;
    propose(value: Bit): Outs;
    handle(from: NodeId, message: AgreementMessage): Outs;
    restore(said: readonly AgreementMessage[]): Outs;
    linkReset(peer: NodeId): void;
    owedTo(peer: NodeId): readonly AgreementMessage[];
    inspect(): AgreementView;
    fingerprint(): string;
}

// agreement/mmr/look-ahead
declare const AHEAD_ROUNDS = 3;

// agreement/mmr/options
interface BinaryAgreementOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly coin: Coin;
    readonly scope: CoinScope;
}

// agreement/mmr/view
type Waiting = 'proposal'
 | 'bval'
 | 'aux' | 'conf'
 | 'coin'
 | 'coin-exhausted'
 | 'halt' | 'nothing';
interface AgreementView {
    readonly round: number;
    readonly estimate: Bit | undefined;
    readonly waitingFor: Waiting;
    readonly missing: readonly NodeId[];
    readonly bvals: readonly [number, number];
    readonly aux: Bit | undefined;
    readonly conf: Bits | undefined;
    readonly outcome: Bits | undefined;
    readonly coin: Bit | undefined;
    readonly decision: Decision | undefined;
    readonly terminated: boolean;
}

// agreement/output
interface Decision {
    readonly value: Bit;
    readonly round: number;
}

// base/assert
declare class AssertionError extends Error {
    readonly name = "AssertionError";
}

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

// broadcast/bracha
type Outs = Effects<InstanceMessage, BrachaOutput>;
declare class Bracha implements Protocol<Uint8Array, InstanceMessage, BrachaOutput> {
    #private;
    constructor(options: BrachaOptions);
    get terminated(): boolean;
    get bytesHeld(): number;
    get hasInitial(): boolean;
    get pulling(): boolean;
    get decided(): Digest | undefined;
    get likelyPayload(): Uint8Array | undefined;
    propose(payload: Uint8Array): Outs;
    handle(from: NodeId, message: InstanceMessage): Outs;
    vote(kind: VoteKind, from: NodeId, bytes: Uint8Array, at: number): Outs;
    restore(said: readonly InstanceMessage[]): Outs;
    assure(digest: Digest): Outs;
    retry(): Outs;
    linkReset(peer: NodeId): void;
    withdraw(peer: NodeId): void;
    owedTo(peer: NodeId): readonly InstanceMessage[];
    inspect(): BroadcastView;
    snapshot(): BrachaSnapshot;
}

// broadcast/coded/code-word
interface CodingOptions {
    readonly code: ErasureCode;
    readonly sha256: Sha256;
    readonly digestOf: (length: number, root: Digest) => Digest;
}
interface CodeWord {
    readonly digest: Digest;
    readonly shardOf: (member: number) => ShardMessage;
}
type Decoding = {
    readonly payload: Uint8Array | undefined;
};
declare class Coding {
    #private;
    constructor(options: CodingOptions);
    get dataShards(): number;
    get proofBytes(): number;
    shardBytes(length: number): number;
    encode(payload: Uint8Array): CodeWord;
    holds({ digest, length, proof, shard }: ShardMessage, member: number): boolean;
    decode(shards: ReadonlyMap<number, ShardMessage>): Decoding;
}

// broadcast/coded/coded
type Outs = Effects<CodedMessage, CodedOutput>;
declare class Coded implements Protocol<Uint8Array, CodedMessage, CodedOutput> {
    #private;
    constructor(options: CodedOptions);
    get terminated(): boolean;
    get bytesHeld(): number;
    get hasInitial(): boolean;
    get pulling(): boolean;
    get likelyPayload(): Uint8Array | undefined;
    propose(payload: Uint8Array): Outs;
    handle(from: NodeId, message: CodedMessage): Outs;
    restore(said: readonly CodedMessage[]): Outs;
    readonly assure: (digest: Digest) => Outs;
    retry(): Outs;
    linkReset(peer: NodeId): void;
    withdraw(peer: NodeId): void;
    owedTo(peer: NodeId): readonly CodedMessage[];
    inspect(): BroadcastView;
    snapshot(): CodedSnapshot;
    vote(kind: VoteKind, from: NodeId, bytes: Uint8Array, at: number): Outs;
}

// broadcast/coded/options
interface CodedOptions extends BrachaOptions {
    readonly coding: Coding;
    readonly codes: (payload: Uint8Array) => boolean;
    readonly judges: boolean;
}
interface CodedOutput extends BrachaOutput {
    readonly nothing: boolean;
}

// broadcast/coded/snapshot
interface CodedSnapshot {
    readonly votes: BrachaSnapshot;
    readonly shards: readonly (Digest | undefined)[];
    readonly announced: Digest | undefined;
    readonly closed: boolean;
    readonly delivered: boolean;
}

// broadcast/options
interface BrachaOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly sender: NodeId;
    readonly rules: Rules;
    readonly digestOf: (payload: Uint8Array) => Digest;
    readonly valid: (payload: Uint8Array) => boolean;
    readonly payloadBytesMax: number;
}
interface BrachaOutput {
    readonly digest: Digest;
    readonly payload: Uint8Array;
    readonly evidence?: Uint8Array;
}

// broadcast/rules
type BroadcastForm = 'early' | 'classic';
interface Rules {
    readonly countsSenderEcho: boolean;
    readonly echo: number;
    readonly deliverEarly: number | undefined;
    readonly amplify: number;
    readonly deliver: number;
    readonly adopt: number;
    readonly echoesOnVotes: boolean;
}
declare function rulesOf(committee: Committee, form: BroadcastForm): Rules;

// broadcast/short
interface ShortMessage {
    readonly kind: 'initial' | 'echo' | 'ready';
    readonly value: number;
}
interface ShortBroadcastOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly sender: NodeId;
    readonly rules: Rules;
    readonly values: number;
}
type Outs = Effects<ShortMessage, number>;
declare class ShortBroadcast implements Protocol<number, ShortMessage, number> {
    #private;
    constructor(options: ShortBroadcastOptions);
    get terminated(): boolean;
    get proposed(): number | undefined;
    propose(value: number): Outs;
    handle(from: NodeId, { kind, value }: ShortMessage): Outs;
    restore(said: readonly ShortMessage[]): Outs;
    said(): readonly ShortMessage[];
}

// broadcast/snapshot
interface BrachaSnapshot {
    readonly candidates: readonly {
        readonly digest: Digest;
        readonly held: boolean;
    }[];
    readonly echoes: readonly number[];
    readonly readies: readonly number[];
    readonly dones: readonly number[];
    readonly first: number;
    readonly initialClosed: boolean;
    readonly proposed: boolean;
    readonly echoed: number;
    readonly readied: number;
    readonly decided: number;
    readonly kept: number;
    readonly wanted: number;
    readonly delivered: boolean;
}

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

// codec/agreement-message
type Bits = 1 | 2 | 3;
type AgreementMessage =
{
    readonly kind: 'bval';
    readonly round: number;
    readonly value: Bit;
}
 | {
    readonly kind: 'aux';
    readonly round: number;
    readonly value: Bit;
}
 | {
    readonly kind: 'conf';
    readonly round: number;
    readonly values: Bits;
}
 | {
    readonly kind: 'share';
    readonly round: number;
    readonly share: Uint8Array;
}
 | {
    readonly kind: 'decide';
    readonly round: number;
    readonly value: Bit;
}
 | {
    readonly kind: 'again';
    readonly round: number;
};
declare function encodeAgreement(message: AgreementMessage): Uint8Array;
declare function decodeAgreement(bytes: Uint8Array): Decoded<AgreementMessage>;

// codec/frame-cursor
interface MessageBounds {
    readonly committee: Committee;
    readonly limits: Limits;
    readonly epoch: number;
}
interface VoteAt {
    readonly kind: VoteKind;
    readonly sender: NodeId;
    readonly instance: number;
    readonly bytes: Uint8Array;
    readonly at: number;
}
declare function decodeMessages(bytes: Uint8Array, bounds: MessageBounds, at?: number, end?: number): Decoded<readonly MemberMessage[]>;

// codec/message-codec
declare function frameBytesMax(limits: Limits): number;
declare class FramePacker {
    #private;
    constructor(epoch: number, writer?: Writer);
    get length(): number;
    add(message: MemberMessage): void;
    finish(): void;
    take(): Uint8Array;
    takeInto(target: Uint8Array, at: number): void;
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

// codec/reader
type DecodeError = 'truncated' | 'trailing-bytes' | 'unknown-version' | 'unknown-kind' | 'out-of-range' | 'too-large' | 'not-canonical';
type Decoded<Value> = {
    readonly ok: true;
    readonly value: Value;
} | {
    readonly ok: false;
    readonly error: DecodeError;
};

// codec/writer
declare class Writer {
    #private;
    constructor(capacity?: number);
    get bytes(): Uint8Array;
    get length(): number;
    u8(value: number): this;
    u16(value: number): this;
    u32(value: number): this;
    u64(value: number): this;
    raw(bytes: Uint8Array): this;
    patchU32(at: number, value: number): this;
    patchU8(at: number, value: number): this;
    patchU16(at: number, value: number): this;
    take(): Uint8Array;
    takeInto(target: Uint8Array, at: number): void;
    takeWhole(): Uint8Array;
}

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

// coin/dealt
interface DealtShare {
    readonly name: Digest;
    readonly share: Uint8Array;
    readonly commitments: readonly Digest[];
}
interface Purse {
    readonly n: number;
    readonly f: number;
    readonly self: number;
    readonly coins: readonly DealtShare[];
}
interface DealOptions {
    readonly committee: Committee;
    readonly sha256: Sha256;
    readonly ids: readonly CoinId[];
    readonly random: (bytes: number) => Uint8Array;
}
declare function dealCoins({ committee, sha256, ids, random }: DealOptions): readonly Purse[];
declare function dealDigest(sha256: Sha256, { n, f, coins }: Purse): Digest;
interface DealtCoinOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly sha256: Sha256;
    readonly purse: Purse;
}
declare class DealtCoin implements Coin {
    #private;
    readonly common = true;
    readonly shareBytesMax = 32;
    constructor(options: DealtCoinOptions);
    toss(id: CoinId): Toss;
}

// coin/local
declare class LocalCoin implements Coin {
    #private;
    readonly common = false;
    readonly shareBytesMax = 0;
    constructor(chance: () => Bit);
    toss(): Toss;
}

// coin/name
interface CoinScope {
    readonly cluster: Digest;
    readonly epoch: number;
    readonly instance: Uint8Array;
}
interface CoinId extends CoinScope {
    readonly round: number;
}
declare function coinName(sha256: Sha256, { cluster, epoch, instance, round }: CoinId): Digest;

// coin/purse
declare function encodePurse({ n, f, self, coins }: Purse): Uint8Array;
declare function decodePurse(bytes: Uint8Array): Decoded<Purse>;

// committee/committee
type NodeId = Brand<number, 'NodeId'>;
declare const MEMBERS_MAX = 256;
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
declare const LIMITS_DEFAULT: Limits;

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
declare function quorums(n: number, f: number): Quorums;
declare function faultyMax(n: number): number;

// crypto/digest
type Digest = Brand<Uint8Array, 'Digest'>;
type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;
interface Sha256Begun {
    readonly digest: Uint8Array;
    more(...parts: readonly Uint8Array[]): Uint8Array;
}
type Sha256Begin = (...parts: readonly Uint8Array[]) => Sha256Begun;
declare const portableSha256: Sha256;
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

// crypto/erasure/code
interface Shard {
    readonly index: number;
    readonly bytes: Uint8Array;
}
declare class ErasureCode {
    #private;
    readonly k: number;
    readonly n: number;
    constructor(k: number, n: number, product?: GaloisProduct);
    shardBytes(length: number): number;
    encode(data: Uint8Array): Uint8Array[];
    decode(shards: readonly Shard[], length: number): Uint8Array;
}

// crypto/erasure/kernel
interface WebAssemblyLike {
    validate(bytes: Uint8Array): boolean;
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => {
        readonly exports: object;
    };
}
declare function fastProduct(engine: WebAssemblyLike): GaloisProduct | undefined;

// crypto/erasure/matrix
type Matrix = Uint8Array;

// crypto/erasure/portable
type GaloisProduct = (matrix: Matrix, rows: number, columns: number, shards: Uint8Array, length: number) => Uint8Array;
declare const portableProduct: GaloisProduct;

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
declare const NOTHING: readonly never[];

// protocol/fault
declare const FAULT_CODES: readonly ['not-the-sender', 'equivocation', 'invalid-payload', 'oversized-payload', 'conflicting-echo', 'conflicting-ready', 'conflicting-done', 'conflicting-aux', 'conflicting-conf', 'conflicting-decide', 'bad-coin-share', 'conflicting-count', 'wrong-payload', 'wrong-shard', 'inconsistent-shards', 'future-flood', 'malformed-message', 'malformed-status'];
type FaultCode = (typeof FAULT_CODES)[number];

// protocol/lift
declare function lift<ChildMessage, ChildOutput, Message, Output>(effects: Effects<ChildMessage, ChildOutput>, wrap: (message: ChildMessage) => Message, onOutput: (output: ChildOutput) => Effects<Message, Output>): Effects<Message, Output>;

// protocol/protocol
interface Protocol<Input, Message, Output> {
    propose(input: Input): Effects<Message, Output>;
    handle(from: NodeId, message: Message): Effects<Message, Output>;
    restore(said: readonly Message[]): Effects<Message, Output>;
    readonly terminated: boolean;
}

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

// subset/children
interface ProposalOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly form: BroadcastForm;
    readonly digestOf: (proposer: NodeId, payload: Uint8Array) => Digest;
    readonly valid: (payload: Uint8Array) => boolean;
    readonly payloadBytesMax: number;
}
interface BrachaSubsetOptions extends ProposalOptions {
    readonly coin: Coin;
    readonly scope: CoinScope;
}
interface LocalSubsetOptions extends ProposalOptions {
    readonly toss: (phase: number, proposer: NodeId) => Bit;
    readonly phasesMax?: number;
}
interface InspectableSubset<A, View> extends CommonSubsetOptions<InstanceMessage, A> {
    readonly agreementOf: (proposer: NodeId) => Child<Bit, A, Decision> & {
        inspect(): View;
    };
}
declare function brachaSubset(options: BrachaSubsetOptions): InspectableSubset<AgreementMessage, AgreementView>;
declare function localSubset(options: LocalSubsetOptions): InspectableSubset<Bracha87WireMessage, Bracha87View>;

// subset/common-subset
interface CommonSubsetOptions<B, A> {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly broadcastOf: ChildFactory<Uint8Array, B, {
        readonly payload: Uint8Array;
    }>;
    readonly agreementOf: ChildFactory<Bit, A, Decision>;
    readonly kept: (proposer: NodeId, payload: Uint8Array, said: readonly B[]) => B | undefined;
}
declare class CommonSubset<B, A> implements Protocol<Uint8Array, SubsetMessage<B, A>, readonly Proposal[]> {
    #private;
    constructor(options: CommonSubsetOptions<B, A>);
    get terminated(): boolean;
    get settled(): boolean;
    get rounds(): number;
    propose(payload: Uint8Array): Effects<SubsetMessage<B, A>, readonly Proposal[]>;
    handle(from: NodeId, message: SubsetMessage<B, A>): Effects<SubsetMessage<B, A>, readonly Proposal[]>;
    restore(said: readonly SubsetMessage<B, A>[]): Effects<SubsetMessage<B, A>, readonly Proposal[]>;
    retry(): Effects<SubsetMessage<B, A>, readonly Proposal[]>;
    linkReset(peer: NodeId): void;
    owedTo(peer: NodeId): readonly SubsetMessage<B, A>[];
    inspect(): readonly {
        readonly proposer: NodeId;
        readonly here: boolean;
        readonly decided: Bit | undefined;
    }[];
}

// subset/factory
interface Child<Input, Message, Output> extends Protocol<Input, Message, Output> {
    readonly proposed?: boolean;
    owedTo?(peer: NodeId): readonly Message[];
    linkReset?(peer: NodeId): void;
    retry?(): Effects<Message, Output>;
}
type ChildFactory<Input, Message, Output> = (proposer: NodeId) => Child<Input, Message, Output>;

// subset/message
type SubsetMessage<BroadcastMessage, AgreementMessage> = {
    readonly kind: 'broadcast';
    readonly proposer: NodeId;
    readonly body: BroadcastMessage;
} | {
    readonly kind: 'agreement';
    readonly proposer: NodeId;
    readonly body: AgreementMessage;
}
 | {
    readonly kind: 'done';
}
 | {
    readonly kind: 'kept';
    readonly payload: Uint8Array;
};
interface Proposal {
    readonly proposer: NodeId;
    readonly payload: Uint8Array;
}
type ValueMessage<BroadcastMessage, AgreementMessage> = SubsetMessage<BroadcastMessage, AgreementMessage>
 | {
    readonly kind: 'decided';
    readonly value: Uint8Array;
};

// subset/multi-valued
interface Choice {
    readonly value: Uint8Array;
    readonly proposers: readonly NodeId[];
    readonly of: number;
}
declare class MultiValuedAgreement<B, A> implements Protocol<Uint8Array, SubsetMessage<B, A>, Choice> {
    #private;
    constructor(options: CommonSubsetOptions<B, A>);
    get terminated(): boolean;
    get settled(): boolean;
    get rounds(): number;
    propose(value: Uint8Array): Effects<SubsetMessage<B, A>, Choice>;
    handle(from: NodeId, message: SubsetMessage<B, A>): Effects<SubsetMessage<B, A>, Choice>;
    restore(said: readonly SubsetMessage<B, A>[]): Effects<SubsetMessage<B, A>, Choice>;
    retry(): Effects<SubsetMessage<B, A>, Choice>;
    linkReset(peer: NodeId): void;
    owedTo(peer: NodeId): readonly SubsetMessage<B, A>[];
    inspect(): ReturnType<CommonSubset<B, A>['inspect']>;
}

// subset/value-agreement
interface ValueDecision {
    readonly value: Uint8Array;
    readonly round: number;
}
interface ValueView {
    readonly decision: ValueDecision | undefined;
    readonly ended: boolean;
    readonly needed: number;
    readonly decides: readonly NodeId[];
    readonly proposals: ReturnType<MultiValuedAgreement<unknown, unknown>['inspect']>;
}
type Outs<B, A> = Effects<ValueMessage<B, A>, ValueDecision>;
declare class ValueAgreement<B, A> implements Protocol<Uint8Array, ValueMessage<B, A>, ValueDecision> {
    #private;
    constructor(options: CommonSubsetOptions<B, A>);
    get terminated(): boolean;
    get decision(): ValueDecision | undefined;
    propose(value: Uint8Array): Outs<B, A>;
    handle(from: NodeId, message: ValueMessage<B, A>): Outs<B, A>;
    restore(said: readonly ValueMessage<B, A>[]): Outs<B, A>;
    retry(): Outs<B, A>;
    linkReset(peer: NodeId): void;
    owedTo(peer: NodeId): readonly ValueMessage<B, A>[];
    inspect(): ValueView;
}
