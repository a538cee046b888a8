// What `quorumcast/simulator` exports, and what that leads to. Written by `npm run api`.

export {
  ADVERSARIES,
  AGREEMENT_LIARS,
  AGREEMENT_PLANS,
  Adversary,
  AdversaryContext,
  AdversaryName,
  AgreementLiar,
  AgreementLiarName,
  AgreementMachine,
  AgreementMaker,
  AgreementPlan,
  AgreementResult,
  AgreementScenario,
  Bend,
  BendingParticipant,
  CAMPAIGNS,
  Campaign,
  CampaignName,
  Chaos,
  CheckContext,
  Checker,
  CrashPoint,
  Decision,
  Delivered,
  Durable,
  EXPLORATIONS,
  Ear,
  ExplorationResult,
  ExplorationViolation,
  ExploreOptions,
  ExploreProgress,
  Explored,
  ExploredMessages,
  Finding,
  Heard,
  Heights,
  Host,
  HostOptions,
  Judge,
  KILLS,
  Kill,
  KnownExploration,
  LetterNames,
  Liar,
  Lie,
  MUTANTS,
  MessageLabel,
  Mind,
  MindContext,
  MindFactory,
  Model,
  Mutant,
  Network,
  NodeHeader,
  Observer,
  PRESETS,
  PROPERTIES,
  ParsedTrace,
  Preset,
  PresetName,
  PropertyName,
  RARE_PATHS,
  ROUNDS_LIMIT,
  RareCounter,
  RarePath,
  RunOptions,
  RunResult,
  SCHEDULES,
  SCHEDULE_SUMMARIES,
  SMALL_LIMITS,
  STRATEGIES,
  Scenario,
  ScheduleName,
  SearchOptions,
  SearchProgress,
  Sent,
  Shrunk,
  ShrunkTrial,
  SimulatedDisk,
  SimulatedHeader,
  Strategy,
  TRACE_VERSION,
  TRIAL_LIARS,
  Tally,
  Trace,
  TraceEvent,
  TraceHeader,
  TrialLiar,
  TrialMember,
  TrialOptions,
  TrialOutcome,
  TrialProperty,
  TrialResult,
  TrialScenario,
  TrialStep,
  TrialSubject,
  Turn,
  Verdict,
  World,
  WorldOptions,
  checkContext,
  checkTraces,
  contextOf,
  ddmin,
  drawAgreement,
  drawTrial,
  durableEvent,
  explore,
  isDurable,
  labelOf,
  narrate,
  noCounts,
  parseTrace,
  parseTraceEvent,
  parseTraceHeader,
  run,
  runAgreement,
  runScenario,
  runTrial,
  scenario,
  search,
  shrink,
  shrinkTrial,
  simulatedHeader,
};

// agreement/bracha87/ledger
interface StepView {
    readonly valid: readonly {
        readonly member: NodeId;
        readonly value: StepValue;
    }[];
    readonly unjustified: readonly NodeId[];
    readonly missing: readonly NodeId[];
}

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

// base/bit
type Bit = 0 | 1;

// base/brand
declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & {
    readonly [brand]: Name;
};

// base/prng
declare class Prng {
    #private;
    constructor(seed: number);
    uint32(): number;
    below(bound: number): number;
    chance(numerator: number, denominator: number): boolean;
    pick<Item>(items: readonly Item[]): Item;
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

// codec/agreement-frame
declare const AGREEMENT_FORMS: readonly ['bit', 'value', 'common-bit', 'common-value'];
type AgreementForm = (typeof AGREEMENT_FORMS)[number];
interface AgreementWord {
    readonly topic: string;
    readonly form: AgreementForm;
    readonly body: Uint8Array;
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

// member/agreements/agreements
interface AgreementsOptions extends FormOptions {
    readonly ownMax?: number;
    readonly ownValuesMax?: number;
    readonly peerMax?: number;
    readonly peerValuesMax?: number;
    readonly settledMax?: number;
}
type AgreementParticipant = Pick<Agreements, 'restore' | 'propose' | 'handle' | 'linkUp' | 'linkDown' | 'tick'>;
interface TopicView extends Subject {
    readonly proposal: TopicValue | undefined;
    readonly decision: TopicDecision | undefined;
    readonly state: TopicState | undefined;
    readonly quietTicks: number;
}
declare class Agreements {
    #private;
    dropped: number;
    constructor(options: AgreementsOptions);
    restore({ open, settled }: AgreementMemory): readonly AgreementEffect[];
    formOf(topic: string, isBit: boolean): AgreementForm;
    propose(topic: string, value: TopicValue): readonly AgreementEffect[];
    canRun(form: AgreementForm): boolean;
    hasRoom(subject: Subject): boolean;
    handle(from: NodeId, { topic, form, body }: AgreementWord): readonly AgreementEffect[];
    linkUp(peer: NodeId): readonly AgreementEffect[];
    linkDown(peer: NodeId): void;
    tick(): readonly AgreementEffect[];
    decision(subject: Subject): TopicDecision | undefined;
    get size(): number;
    get undecided(): number;
    inspect(subject: Subject): TopicView | undefined;
    named(topic: string): readonly Subject[];
    list(): readonly Subject[];
}

// member/agreements/decision
type TopicValue = Bit | Uint8Array;
interface TopicDecision {
    readonly value: TopicValue;
    readonly round: number;
}

// member/agreements/effect
interface Subject {
    readonly topic: string;
    readonly form: AgreementForm;
}
type AgreementEffect =
(Subject & {
    readonly kind: 'stated';
    readonly statement: Uint8Array;
})
 | (Subject & {
    readonly kind: 'decided';
    readonly decision: TopicDecision;
    readonly again: boolean;
})
 | (Subject & {
    readonly kind: 'settled';
    readonly decision: TopicDecision;
}) | (Subject & {
    readonly kind: 'send';
    readonly to: NodeId;
    readonly body: Uint8Array;
}) | {
    readonly kind: 'fault';
    readonly accused: NodeId;
    readonly code: FaultCode;
};
interface AgreementMemory {
    readonly open: readonly (Subject & {
        readonly stated: readonly Uint8Array[];
    })[];
    readonly settled: readonly (Subject & {
        readonly decision: TopicDecision;
    })[];
}

// member/agreements/forms
interface FormOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly toss: (phase: number, topic: string) => Bit;
    readonly sha256: Sha256;
    readonly cluster: Digest;
    readonly epoch: number;
    readonly coin?: Coin;
    readonly validValue?: (topic: string, value: Uint8Array) => boolean;
}

// member/agreements/machine
type TopicState = {
    readonly kind: 'bit';
    readonly view: Bracha87View;
} | {
    readonly kind: 'common-bit';
    readonly view: MmrView;
} | {
    readonly kind: 'value';
    readonly view: ValueView;
    readonly agreements: readonly (Bracha87View | MmrView)[];
};

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
type Bend = (to: NodeId, message: MemberMessage) => readonly MemberMessage[];
declare class BendingParticipant implements Participant {
    #private;
    constructor(honest: Member, bend: Bend, answer?: (from: NodeId, message: MemberMessage) => readonly MemberMessage[]);
    restore(memory: Parameters<Member['restore']>[0]): readonly MemberEffect[];
    submit(message: Uint8Array): number;
    handle(from: NodeId, message: MemberMessage): readonly MemberEffect[];
    linkUp(peer: NodeId): readonly MemberEffect[];
    linkDown(peer: NodeId): void;
    tick(): readonly MemberEffect[];
    flush(): readonly MemberEffect[];
}

// simulator/adversary/agreement-liars
interface AgreementLiar {
    readonly summary: string;
    readonly make: (honest: Agreements) => AgreementParticipant;
}
declare const AGREEMENT_LIARS: {
    readonly equivocate: {
        readonly summary: 'tells members with odd numbers the opposite of what it tells the others';
        readonly make: (honest: Agreements) => AgreementParticipant;
    };
    readonly contrary: {
        readonly summary: 'tells everybody the opposite of what it should';
        readonly make: (honest: Agreements) => AgreementParticipant;
    };
    readonly silent: {
        readonly summary: 'keeps its links up and says nothing';
        readonly make: (honest: Agreements) => AgreementParticipant;
    };
    readonly withhold: {
        readonly summary: 'speaks to members with even numbers only';
        readonly make: (honest: Agreements) => AgreementParticipant;
    };
};
type AgreementLiarName = keyof typeof AGREEMENT_LIARS;

// simulator/adversary/equivocate
declare function equivocate(context: AdversaryContext): Participant;

// simulator/adversary/index
interface Adversary {
    readonly summary: string;
    readonly make: (context: AdversaryContext) => Participant;
}
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

// simulator/agreement/arena
interface AgreementMachine extends Protocol<Bit, AgreementMessage, Decision> {
    inspect(): AgreementView;
    linkReset(peer: NodeId): void;
    owedTo(peer: NodeId): readonly AgreementMessage[];
}
interface AgreementMaker {
    machine(committee: Committee, self: NodeId, seed: number): AgreementMachine;
    toss(committee: Committee, self: NodeId, seed: number, round: number): ReturnType<Coin['toss']>;
    peek(committee: Committee, seed: number, round: number): Bit;
}
interface AgreementResult {
    readonly violated: string | undefined;
    readonly firstRound: number;
    readonly lastRound: number;
    readonly alignedAfter: number | undefined;
    readonly deliveries: number;
}
declare const ROUNDS_LIMIT = 60;
declare function runAgreement(maker: AgreementMaker, scenario: AgreementScenario, tell?: (line: () => string) => void): AgreementResult;

// simulator/agreement/scenario
declare const AGREEMENT_PLANS: readonly ['uniform', 'latest', 'split', 'hold', 'foresee', 'steer'];
type AgreementPlan = (typeof AGREEMENT_PLANS)[number];
interface AgreementScenario {
    readonly n: number;
    readonly f: number;
    readonly seed: number;
    readonly plan: AgreementPlan;
    readonly faulty: readonly number[];
    readonly silent: boolean;
    readonly inputs: readonly Bit[];
    readonly staggered: boolean;
    readonly late: number | undefined;
    readonly foreseen: number;
    readonly restarts: boolean;
}
declare function drawAgreement(seed: number, fixed?: Partial<AgreementScenario>): AgreementScenario;

// simulator/campaign/campaign
interface Campaign {
    readonly summary: string;
    readonly reaches: readonly RarePath[];
    readonly draw: (seed: number, fixed?: Partial<Scenario>) => Scenario;
}
declare const CAMPAIGNS: {
    readonly calm: {
        readonly summary: 'nobody faulty, nothing fails, any message may come next';
        readonly reaches: readonly ["ready by amplification", "delivered before the initial came", "delivered early", "payload pulled"];
        readonly draw: (seed: number, fixed?: Partial<Scenario> | undefined) => Scenario;
    };
    readonly schedules: Campaign;
    readonly liars: Campaign;
    readonly equivocation: Campaign;
    readonly hindrance: Campaign;
    readonly crashes: Campaign;
    readonly tight: Campaign;
    readonly away: Campaign;
    readonly mixed: Campaign;
    readonly coded: Campaign;
};
type CampaignName = keyof typeof CAMPAIGNS;

// simulator/campaign/preset
interface Preset {
    readonly summary: string;
    readonly campaign: CampaignName;
    readonly fixed: Partial<Scenario>;
    readonly mutant: string;
    readonly seed: number;
    readonly verdict: PropertyName | 'holds';
}
declare const PRESETS: {
    readonly 'one-liar': {
        readonly summary: 'four members, one of which does several things at once that it must not';
        readonly campaign: 'equivocation';
        readonly fixed: {
            readonly n?: number;
            readonly f?: number;
            readonly form?: import("../../protocols.ts").BroadcastForm;
            readonly limits?: import("../../protocols.ts").Limits;
            readonly seed?: number;
            readonly schedule?: import("../world/scenario.ts").ScheduleName;
            readonly chaos?: import("../world/scenario.ts").Chaos;
            readonly faulty?: readonly number[];
            readonly broadcasts?: number;
            readonly messageBytes?: number;
            readonly keeps?: number;
            readonly coded?: boolean;
            readonly adversary: 'mixed';
        };
        readonly mutant: '';
        readonly seed: 1;
        readonly verdict: 'holds';
    };
    readonly 'half-and-half': {
        readonly summary: 'one payload to some, another to the rest: all deliver the same one, or nobody any';
        readonly campaign: 'equivocation';
        readonly fixed: Partial<Scenario>;
        readonly mutant: '';
        readonly seed: 1;
        readonly verdict: 'holds';
    };
    readonly 'three-way-split': {
        readonly summary: 'another payload to each member: nobody delivers any of them, and may not';
        readonly campaign: 'equivocation';
        readonly fixed: {
            readonly n?: number;
            readonly f?: number;
            readonly form?: import("../../protocols.ts").BroadcastForm;
            readonly limits?: import("../../protocols.ts").Limits;
            readonly seed?: number;
            readonly schedule?: import("../world/scenario.ts").ScheduleName;
            readonly chaos?: import("../world/scenario.ts").Chaos;
            readonly faulty?: readonly number[];
            readonly broadcasts?: number;
            readonly messageBytes?: number;
            readonly keeps?: number;
            readonly coded?: boolean;
            readonly adversary: 'equivocate-each';
        };
        readonly mutant: '';
        readonly seed: 1;
        readonly verdict: 'holds';
    };
    readonly 'no-amplification': {
        readonly summary: 'READYs make nobody READY in time: why Bracha has a second threshold';
        readonly campaign: 'equivocation';
        readonly fixed: Partial<Scenario>;
        readonly mutant: 'amplify-at-deliver';
        readonly seed: 4;
        readonly verdict: 'totality';
    };
    readonly 'echo-only': {
        readonly summary: 'a quorum of ECHOs delivers: why there is a READY at all';
        readonly campaign: 'equivocation';
        readonly fixed: Partial<Scenario>;
        readonly mutant: 'echo-only';
        readonly seed: 1;
        readonly verdict: 'totality';
    };
    readonly 'deliver-at-f-plus-1': {
        readonly summary: 'f+1 READYs deliver: the liar alone can make a difference between two members';
        readonly campaign: 'equivocation';
        readonly fixed: Partial<Scenario>;
        readonly mutant: 'deliver-minus-1';
        readonly seed: 5;
        readonly verdict: 'totality';
    };
    readonly 'echo-quorum-too-small': {
        readonly summary: 'two ECHOs of four: READYs for two payloads, and neither gets enough';
        readonly campaign: 'equivocation';
        readonly fixed: Partial<Scenario>;
        readonly mutant: 'echo-minus-1';
        readonly seed: 3;
        readonly verdict: 'totality';
    };
    readonly 'amplify-at-f': {
        readonly summary: 'the liar alone makes correct members READY';
        readonly campaign: 'equivocation';
        readonly fixed: {
            readonly n?: number;
            readonly f?: number;
            readonly form?: import("../../protocols.ts").BroadcastForm;
            readonly limits?: import("../../protocols.ts").Limits;
            readonly seed?: number;
            readonly schedule?: import("../world/scenario.ts").ScheduleName;
            readonly chaos?: import("../world/scenario.ts").Chaos;
            readonly faulty?: readonly number[];
            readonly broadcasts?: number;
            readonly messageBytes?: number;
            readonly keeps?: number;
            readonly coded?: boolean;
            readonly adversary: 'premature-ready';
        };
        readonly mutant: 'amplify-minus-1';
        readonly seed: 1;
        readonly verdict: 'validity';
    };
    readonly 'two-liars-of-four': {
        readonly summary: 'more liars than f: correct members deliver different payloads, and nothing was promised';
        readonly campaign: 'equivocation';
        readonly fixed: {
            readonly n?: number;
            readonly f?: number;
            readonly form?: import("../../protocols.ts").BroadcastForm;
            readonly limits?: import("../../protocols.ts").Limits;
            readonly seed?: number;
            readonly schedule?: import("../world/scenario.ts").ScheduleName;
            readonly chaos?: import("../world/scenario.ts").Chaos;
            readonly adversary?: string;
            readonly broadcasts?: number;
            readonly messageBytes?: number;
            readonly keeps?: number;
            readonly coded?: boolean;
            readonly faulty: readonly [2, 3];
        };
        readonly mutant: '';
        readonly seed: 1;
        readonly verdict: 'agreement';
    };
    readonly 'five-sized-as-four': {
        readonly summary: 'the echo quorum 2f+1 of n = 3f+1 with five members: two quorums need not meet';
        readonly campaign: 'equivocation';
        readonly fixed: {
            readonly f?: number;
            readonly form?: import("../../protocols.ts").BroadcastForm;
            readonly limits?: import("../../protocols.ts").Limits;
            readonly seed?: number;
            readonly schedule?: import("../world/scenario.ts").ScheduleName;
            readonly chaos?: import("../world/scenario.ts").Chaos;
            readonly adversary?: string;
            readonly broadcasts?: number;
            readonly messageBytes?: number;
            readonly keeps?: number;
            readonly coded?: boolean;
            readonly n: 5;
            readonly faulty: readonly [4];
        };
        readonly mutant: 'echo-2f-plus-1';
        readonly seed: 1;
        readonly verdict: 'agreement';
    };
};
type PresetName = keyof typeof PRESETS;

// simulator/campaign/rare
declare const RARE_PATHS: readonly ['ready by amplification', 'echo on votes', 'delivered before the initial came', 'delivered early', 'delivered on dones', 'payload pulled', 'sent again over a new link', 'instance beyond the first window', 'batch of several messages', 'crash before the sync', 'crash with a torn group', 'crash after the sync', 'sync that failed', 'full disk', 'still full after a restart', 'restart', 'equivocation seen', 'equivocation proven', 'wrong payload seen', 'malformed payload refused', 'flood beyond the window seen', 'instances skipped', 'nothing delivered', 'wrong shard seen'];
type RarePath = (typeof RARE_PATHS)[number];
declare class RareCounter {
    #private;
    readonly counts: Record<RarePath, number>;
    constructor(scenario: Scenario, counts?: Record<RarePath, number>);
    see(event: TraceEvent): void;
}
declare function noCounts(): Record<RarePath, number>;

// simulator/campaign/run-scenario
declare function runScenario(scenario: Scenario, options: Omit<RunOptions, 'scenario' | 'mind'>): RunResult;

// simulator/checker/checker
type Finding = 'holds' | 'violated' | 'undecided';
interface About {
    readonly sender: number;
    readonly instance: number;
}
interface Missing {
    readonly note: string;
    readonly about: About | undefined;
}
interface Verdict {
    readonly property: PropertyName;
    readonly finding: Finding;
    readonly about: About | undefined;
    readonly note: string;
    readonly at: number;
}
declare const PROPERTIES: readonly ['agreement', 'validity', 'totality', 'integrity', 'fifo', 'say-once', 'no-false-accusation', 'memory', 'no-assertion-fails'];
type PropertyName = (typeof PROPERTIES)[number];
interface CheckContext {
    readonly n: number;
    readonly f: number;
    readonly faulty: ReadonlySet<number>;
    readonly window: number;
    readonly bytesMax: number;
    readonly unrecorded?: ReadonlySet<number>;
    readonly maySkip?: boolean;
}
declare abstract class Checker {
    #private;
    abstract readonly property: PropertyName;
    abstract readonly sees: readonly TraceEvent['e'][];
    protected readonly context: CheckContext;
    constructor(context: CheckContext);
    abstract see(event: TraceEvent, index: number): void;
    protected missing(): Missing | undefined;
    get violated(): boolean;
    verdict(quiescent: boolean): Verdict;
    protected correct(node: number): boolean;
    protected unrecorded(node: number): boolean;
    protected doubt(note: string, { sender, instance }: About): void;
    protected violate(note: string, index: number, about?: About): void;
}

// simulator/checker/judge
declare class Judge {
    #private;
    constructor(context: CheckContext);
    get events(): number;
    get violated(): boolean;
    see(event: TraceEvent): void;
    verdicts(): readonly Verdict[];
}

// simulator/checker/tally
interface Heard {
    readonly digest: string;
    readonly initial: Set<number>;
    readonly echo: Set<number>;
    readonly ready: Set<number>;
    readonly done: Set<number>;
}
declare class Tally {
    #private;
    see(event: TraceEvent): void;
    of(node: number, sender: number, instance: number, digest: string): Heard;
}

// simulator/decision
type Decision =
readonly ['deliver', id: string]
 | readonly ['open'] | readonly ['submit', node: NodeId] | readonly ['tick', node: NodeId] | readonly ['up', a: NodeId, b: NodeId] | readonly ['down', a: NodeId, b: NodeId]
 | readonly ['crash', node: NodeId, point: CrashPoint] | readonly ['restart', node: NodeId]
 | readonly ['room', node: NodeId]
 | readonly ['inject', from: NodeId, to: NodeId, frame: string] | readonly ['heal'];

// simulator/disk
type Durable = Extract<MemberEffect, {
    readonly kind: 'keep' | 'said' | 'deliver' | 'skip';
}>;
declare function isDurable(effect: MemberEffect): effect is Durable;
type Delivered = Extract<MemberEffect, {
    readonly kind: 'deliver';
}>;
declare class SimulatedDisk {
    #private;
    readonly log: Delivered[];
    constructor(committee: Committee, self: NodeId, keeps?: number, settled?: (sender: NodeId) => number);
    write(effect: Durable): void;
    firstInstance(sender: NodeId): number;
    messagesBefore(sender: NodeId, instance: number): number | undefined;
    get empty(): boolean;
    kept(digest: Digest): Uint8Array | undefined;
    entry(sender: NodeId, instance: number): {
        delivered: Delivered;
        echo: Digest | undefined;
    } | undefined;
    memory(): MemberMemory;
}

// simulator/event
declare const TRACE_VERSION = 1;
interface MessageLabel {
    readonly kind: CodedMessage['kind'] | HistoryMessage['kind'] | 'status';
    readonly sender?: NodeId;
    readonly instance?: number;
    readonly digest?: string;
}
type TraceEvent =
{
    readonly e: 'submit';
    readonly t: number;
    readonly node: NodeId;
    readonly seq: number;
    readonly text: string;
}
 | {
    readonly e: 'say';
    readonly t: number;
    readonly node: NodeId;
    readonly statement: Statement;
    readonly sender: NodeId;
    readonly instance: number;
    readonly digest: string;
} | ({
    readonly e: 'send' | 'recv';
    readonly t: number;
    readonly node: NodeId;
    readonly peer: NodeId;
    readonly id: string;
} & MessageLabel)
 | {
    readonly e: 'deliver';
    readonly t: number;
    readonly node: NodeId;
    readonly sender: NodeId;
    readonly instance: number;
    readonly digest: string;
    readonly firstSeq: number;
    readonly count: number;
    readonly nothing?: true;
}
 | {
    readonly e: 'skip';
    readonly t: number;
    readonly node: NodeId;
    readonly sender: NodeId;
    readonly instance: number;
    readonly nextSeq: number;
} | {
    readonly e: 'fault';
    readonly t: number;
    readonly node: NodeId;
    readonly accused: NodeId;
    readonly code: FaultCode;
    readonly proven?: true;
}
 | {
    readonly e: 'hold';
    readonly t: number;
    readonly node: NodeId;
    readonly sender: NodeId;
    readonly bytes: number;
    readonly open: number;
} | {
    readonly e: 'up' | 'down';
    readonly t: number;
    readonly node: NodeId;
    readonly peer: NodeId;
} | {
    readonly e: 'tick' | 'restart' | 'room';
    readonly t: number;
    readonly node: NodeId;
} | {
    readonly e: 'crash';
    readonly t: number;
    readonly node: NodeId;
    readonly point: CrashPoint;
}
 | {
    readonly e: 'broken';
    readonly t: number;
    readonly node: NodeId;
    readonly note: string;
}
 | {
    readonly e: 'heal';
    readonly t: number;
}
 | {
    readonly e: 'end';
    readonly t: number;
    readonly quiescent: boolean;
};
type CrashPoint = 'before-sync' | 'torn' | 'after-sync' | 'disk' | 'full';

// simulator/explorer/explore
interface ExploreOptions {
    readonly n: number;
    readonly f?: number;
    readonly form?: BroadcastForm;
    readonly sender?: 'correct' | 'faulty';
    readonly liars?: number;
    readonly values?: number;
    readonly messages?: ExploredMessages;
    readonly coded?: boolean;
    readonly rules?: Partial<Rules>;
    readonly symmetry?: boolean;
    readonly deadVariables?: boolean;
    readonly eachMember?: boolean;
    readonly statesMax?: number;
    readonly onProgress?: (progress: ExploreProgress) => boolean | undefined;
}
type ExploreProgress = {
    readonly phase: 'machine';
    readonly states: number;
    readonly open: number;
} | ({
    readonly phase: 'search';
} & SearchProgress);
interface Explored extends ExplorationResult {
    readonly machineStates: readonly number[];
    readonly tableStates: readonly number[];
    readonly symmetries: number;
}
declare function explore(options: ExploreOptions): Explored;

// simulator/explorer/known
interface KnownExploration {
    readonly name: string;
    readonly options: ExploreOptions;
    readonly states: number;
    readonly transitions: number;
    readonly depth: number;
    readonly long: boolean;
}
declare const EXPLORATIONS: readonly KnownExploration[];

// simulator/explorer/search
interface Model {
    readonly words: number;
    start(emit: (state: Uint32Array) => void): void;
    expand(state: Uint32Array, emit: (state: Uint32Array) => void): readonly string[];
    describe(states: readonly Uint32Array[]): string[];
}
interface SearchProgress {
    readonly states: number;
    readonly transitions: number;
    readonly open: number;
    readonly depth: number;
}
interface SearchOptions {
    readonly statesMax?: number;
    readonly stopAtViolation?: boolean;
    readonly onProgress?: (progress: SearchProgress) => boolean | undefined;
}
interface ExplorationViolation {
    readonly property: string;
    readonly path: readonly string[];
}
interface ExplorationResult {
    readonly states: number;
    readonly transitions: number;
    readonly depth: number;
    readonly violations: readonly ExplorationViolation[];
    readonly complete: boolean;
}
declare function search(model: Model, options?: SearchOptions): ExplorationResult;

// simulator/explorer/setting
type ExploredMessages = 'votes' | 'all';

// simulator/host
interface Sent {
    readonly to: NodeId;
    readonly frames: Uint8Array;
}
interface Turn {
    readonly sent: readonly Sent[];
    readonly delivered: readonly Delivered[];
    readonly skipped: readonly Extract<MemberEffect, {
        readonly kind: 'skip';
    }>[];
    readonly faults: readonly Extract<MemberEffect, {
        readonly kind: 'fault';
    }>[];
}
interface HostOptions {
    readonly member: MemberOptions;
    readonly epoch: number;
    readonly keeps?: number;
    readonly corrupt?: (honest: Member) => Participant;
}
declare class Host {
    #private;
    readonly disk: SimulatedDisk;
    constructor(options: HostOptions);
    get member(): Member;
    restart(): void;
    turn(calls: (member: Participant) => readonly MemberEffect[]): Turn;
    get participant(): Participant;
    finish(effects: readonly MemberEffect[]): readonly MemberEffect[];
    fault(effect: MemberEffect): Extract<MemberEffect, {
        readonly kind: 'fault';
    }> | undefined;
    messages(effect: MemberEffect): readonly MemberMessage[];
    decode(frames: Uint8Array): readonly MemberMessage[];
}

// simulator/minds/ear
interface Heard {
    readonly sender: NodeId;
    readonly instance: number;
    readonly digests: Digest[];
    readonly payloads: Uint8Array[];
}
declare class Ear {
    #private;
    constructor(hasher: PayloadHasher);
    get instances(): readonly Heard[];
    hear(message: MemberMessage): void;
    of(sender: NodeId, instance: number): Heard | undefined;
}

// simulator/minds/index
interface Strategy {
    readonly summary: string;
    readonly make: MindFactory;
}
declare const STRATEGIES: Readonly<Record<string, Strategy>>;

// simulator/minds/liar
declare class Liar implements Mind {
    #private;
    readonly context: MindContext;
    readonly prng: Prng;
    readonly ear: Ear;
    acts: number;
    constructor(context: MindContext, act: (liar: Liar) => void, hear?: (liar: Liar, from: NodeId, to: NodeId, message: MemberMessage) => void);
    observe(from: NodeId, to: NodeId, message: MemberMessage): void;
    act(): void;
    get me(): NodeId;
    story(from: number, instance: number, version: number): Uint8Array;
    digestOf(sender: NodeId, instance: number, payload: Uint8Array): Digest;
    say(from: NodeId, to: readonly NodeId[], sender: NodeId, instance: number, body: CodedMessage): void;
    vote(kinds: readonly ('echo' | 'ready' | 'done')[], to: readonly NodeId[], heard: Pick<Heard, 'sender' | 'instance'>, digest: Digest): void;
    nonsense(): Digest;
    those(side: (id: NodeId, index: number) => boolean): readonly NodeId[];
    anyHeard(): Heard | undefined;
}

// simulator/mutants/index
declare const MUTANTS: readonly Mutant[];

// simulator/mutants/kills
interface Kill {
    readonly campaign: CampaignName;
    readonly seed: number;
    readonly property: PropertyName | 'undecided';
}
declare const KILLS: Readonly<Record<string, Kill>>;

// simulator/mutants/mutant
interface Mutant {
    readonly name: string;
    readonly file: string;
    readonly find: string;
    readonly replace: string;
    readonly wrong: string;
    readonly sameWhere?: string;
    readonly equivalent?: string;
}

// simulator/network
type Observer = (id: NodeId, turn: Turn) => void;
declare class Network {
    #private;
    constructor(hosts: readonly Host[], ids: readonly NodeId[], seed: number, observe: Observer);
    get inFlight(): number;
    connect(a: NodeId, b: NodeId): void;
    disconnect(a: NodeId, b: NodeId): void;
    turn(id: NodeId, act: (host: Host) => Turn): Turn;
    step(): boolean;
    tick(): void;
    settle(quiet?: number, steps?: number): boolean;
}

// simulator/shrink/ddmin
declare function ddmin<Item>(items: readonly Item[], fails: (subset: readonly Item[]) => boolean): readonly Item[];

// simulator/shrink/narrate
declare function narrate(scenario: Scenario, events: readonly TraceEvent[], verdict: Verdict): readonly string[];

// simulator/shrink/shrink
interface Shrunk {
    readonly scenario: Scenario;
    readonly property: PropertyName;
    readonly before: number;
    readonly decisions: readonly Decision[];
    readonly events: readonly TraceEvent[];
    readonly result: RunResult;
}
declare function shrink(scenario: Scenario, sha256: Sha256): Shrunk | undefined;

// simulator/trace/check
interface Trace {
    readonly header: TraceHeader;
    readonly events: Iterable<TraceEvent>;
}
declare function checkTraces(traces: readonly Trace[], faulty?: readonly number[]): readonly Verdict[];

// simulator/trace/header
interface SimulatedHeader {
    readonly v: typeof TRACE_VERSION;
    readonly source: 'simulator';
    readonly scenario: Scenario;
    readonly mutant?: string;
    readonly decisions?: readonly Decision[];
}
interface NodeHeader {
    readonly v: typeof TRACE_VERSION;
    readonly source: 'node';
    readonly node: number;
    readonly cluster: string;
    readonly n: number;
    readonly f: number;
    readonly window: number;
    readonly bytesMax: number;
}
type TraceHeader = SimulatedHeader | NodeHeader;
declare function simulatedHeader(scenario: Scenario, more?: Pick<SimulatedHeader, 'mutant' | 'decisions'>): SimulatedHeader;
declare function contextOf(header: TraceHeader, faulty?: readonly number[]): CheckContext;

// simulator/trace/parse
type ParsedTrace = {
    readonly ok: true;
    readonly header: TraceHeader;
    readonly events: readonly TraceEvent[];
} | {
    readonly ok: false;
    readonly line: number;
    readonly error: string;
};
declare function parseTrace(text: string): ParsedTrace;
declare function parseTraceHeader(line: string): TraceHeader | string;
declare function parseTraceEvent(line: string): TraceEvent | string;

// simulator/trial/judge
interface TrialViolation {
    readonly property: string;
    readonly note: string;
}

// simulator/trial/liars
declare const TRIAL_LIARS: readonly ['silent', 'stops', 'withholds', 'two-faced', 'two-lives', 'babbles', 'repeats', 'everything'];
type TrialLiar = (typeof TRIAL_LIARS)[number];

// simulator/trial/options
type TrialStep = readonly ['propose', number] | readonly ['deliver', string]
 | readonly ['tear', string, number] | readonly ['inject', number, number, string] | readonly ['retry', number];
interface TrialOptions {
    readonly scenario: TrialScenario;
    readonly tell?: (line: string) => void;
    readonly replay?: readonly TrialStep[];
    readonly record?: boolean;
}
interface TrialResult {
    readonly violated: TrialViolation | undefined;
    readonly ended: boolean;
    readonly steps: readonly TrialStep[];
    readonly count: number;
}

// simulator/trial/scenario
interface TrialScenario {
    readonly n: number;
    readonly f: number;
    readonly seed: number;
    readonly schedule: ScheduleName;
    readonly faulty: readonly number[];
    readonly liars: TrialLiar;
    readonly restarts: boolean;
}
declare function drawTrial(seed: number, fixed?: Partial<TrialScenario>): TrialScenario;

// simulator/trial/shrink-trial
interface ShrunkTrial {
    readonly property: string;
    readonly note: string;
    readonly before: number;
    readonly steps: readonly TrialStep[];
    readonly story: readonly string[];
}
declare function shrinkTrial<Input, Message, Output>(subject: TrialSubject<Input, Message, Output>, scenario: TrialScenario): ShrunkTrial | undefined;

// simulator/trial/subject
interface TrialMember {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly prng: Prng;
    readonly seed: number;
}
interface TrialOutcome<Input, Output> {
    readonly committee: Committee;
    readonly correct: readonly NodeId[];
    readonly inputs: readonly (Input | undefined)[];
    readonly outputs: readonly (readonly Output[])[];
    readonly ended: boolean;
}
type TrialProperty<Input, Output> = (outcome: TrialOutcome<Input, Output>) => string | undefined;
interface TrialSubject<Input, Message, Output> {
    readonly name: string;
    readonly create: (member: TrialMember) => Protocol<Input, Message, Output>;
    readonly inputOf: (self: NodeId, prng: Prng, committee: Committee) => Input | undefined;
    readonly encode: (message: Message) => Uint8Array;
    readonly decode: (bytes: Uint8Array, committee: Committee) => Message | undefined;
    readonly arbitrary: (prng: Prng, committee: Committee) => Message;
    readonly properties: Readonly<Record<string, TrialProperty<Input, Output>>>;
    readonly kindOf?: (message: Message) => string;
    readonly kinds?: readonly string[];
    readonly describe?: (message: Message) => string;
    readonly retry?: (machine: Protocol<Input, Message, Output>) => Effects<Message, Output>;
    readonly linkUp?: (machine: Protocol<Input, Message, Output>, peer: NodeId) => Effects<Message, Output>;
    readonly linksBreak?: boolean;
    readonly remember?: (said: Message[], effect: Effect<Message, Output>) => void;
    readonly contradicts?: (earlier: Message, later: Message) => boolean;
}

// simulator/trial/trial
declare function runTrial<Input, Message, Output>(subject: TrialSubject<Input, Message, Output>, options: TrialOptions): TrialResult;

// simulator/world/frames
declare class Frame {
    #private;
    readonly buffer: Uint8Array;
    readonly at: number;
    readonly end: number;
    readonly kind: MessageLabel['kind'] | undefined;
    readonly vote: VoteAt | undefined;
    constructor({ buffer, at, end }: Pick<Frame, 'buffer' | 'at' | 'end'>, kind: MessageLabel['kind'] | undefined, read: VoteAt | MemberMessage | undefined);
    get message(): MemberMessage | undefined;
    get sender(): NodeId | undefined;
    get refused(): boolean;
}

// simulator/world/heights
interface Height {
    readonly bytes: number;
    readonly open: number;
}
declare class Heights {
    #private;
    constructor(n: number);
    raise(node: NodeId, sender: NodeId, { bytes, open }: Height): Height | undefined;
}

// simulator/world/label
declare function labelOf(message: MemberMessage, hasher: PayloadHasher): MessageLabel;
declare function durableEvent(t: number, node: NodeId, effect: Durable, hasher: PayloadHasher, committee: Committee): TraceEvent | undefined;

// simulator/world/letter-names
declare class LetterNames {
    #private;
    next(from: NodeId, to: NodeId, { kind, sender, instance, digest }: MessageLabel): string;
}

// simulator/world/letters
declare class Letters {
    #private;
    get size(): number;
    rankAt(index: number): number;
    fromAt(index: number): NodeId | undefined;
    toAt(index: number): NodeId | undefined;
    frameAt(index: number): Frame | undefined;
    linkAt(index: number): number;
    idAt(index: number): string;
    add(from: NodeId, to: NodeId, frame: Frame, link: number, id: string, rank: number): void;
    remove(index: number): void;
    rerank(rank: (from: NodeId, to: NodeId) => number): void;
    least(): number;
    find(id: string): number;
    findStatus(): number;
}

// simulator/world/mind
interface MindContext {
    readonly committee: Committee;
    readonly limits: Limits;
    readonly form: BroadcastForm;
    readonly hasher: PayloadHasher;
    readonly faulty: readonly NodeId[];
    readonly correct: readonly NodeId[];
    readonly prng: Prng;
    readonly sign: (from: number, instance: number, batch: Uint8Array) => void;
    readonly send: (from: NodeId, to: NodeId, message: MemberMessage) => void;
}
interface Mind {
    observe?(from: NodeId, to: NodeId, message: MemberMessage): void;
    act?(): void;
    participant?(honest: Member): Participant;
}
type MindFactory = (context: MindContext) => Mind;

// simulator/world/options
interface WorldOptions {
    readonly scenario: Scenario;
    readonly sha256: Sha256;
    readonly mind: MindFactory | undefined;
    readonly observe: (event: TraceEvent) => void;
    readonly recorded: boolean;
}

// simulator/world/run
interface RunOptions {
    readonly scenario: Scenario;
    readonly sha256: Sha256;
    readonly mind?: MindFactory;
    readonly observe?: (event: TraceEvent) => void;
    readonly replay?: readonly Decision[];
}
interface RunResult {
    readonly verdicts: readonly Verdict[];
    readonly violated: Verdict | undefined;
    readonly quiescent: boolean;
    readonly steps: number;
    readonly events: number;
    readonly decisions: readonly Decision[];
}
declare function run(options: RunOptions): RunResult;
declare function checkContext(scenario: Scenario): CheckContext;

// simulator/world/scenario
declare const SCHEDULES: readonly ['uniform', 'latency', 'pct', 'starve-member', 'starve-type', 'lifo', 'byzantine-first'];
type ScheduleName = (typeof SCHEDULES)[number];
declare const SCHEDULE_SUMMARIES: Readonly<Record<ScheduleName, string>>;
interface Chaos {
    readonly crashes: boolean;
    readonly disks: boolean;
    readonly cuts: boolean;
    readonly partition: boolean;
}
interface Scenario {
    readonly n: number;
    readonly f: number;
    readonly form: BroadcastForm;
    readonly limits: Limits;
    readonly seed: number;
    readonly schedule: ScheduleName;
    readonly chaos: Chaos;
    readonly faulty: readonly number[];
    readonly adversary: string;
    readonly broadcasts: number;
    readonly messageBytes: number;
    readonly keeps?: number;
    readonly coded?: boolean;
}
declare const SMALL_LIMITS: Limits;
declare function scenario(given?: Partial<Scenario>): Scenario;

// simulator/world/submissions
declare class Submissions {
    #private;
    constructor({ broadcasts, messageBytes }: Scenario, members: readonly NodeId[]);
    get due(): readonly NodeId[];
    has(id: NodeId): boolean;
    next(id: NodeId): {
        readonly text: string;
        readonly payload: Uint8Array;
    };
}

// simulator/world/world
declare class World {
    #private;
    readonly committee: Committee;
    readonly scenario: Scenario;
    readonly prng: Prng;
    readonly underWay: Letters;
    readonly submissions: Submissions;
    readonly faulty: readonly NodeId[];
    readonly correct: readonly NodeId[];
    injected: Decision[];
    constructor(options: WorldOptions);
    get now(): number;
    host(id: NodeId): Host;
    crashed(id: NodeId): boolean;
    linked(a: NodeId, b: NodeId): boolean;
    pick(): number;
    apply(decision: Decision, letter?: number): boolean;
    deliver(index: number): void;
    actMind(): void;
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
