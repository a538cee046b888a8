import type { Phase } from '../broadcast/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { FaultCode } from '../protocol/index.ts';
import type { AgreeingNode, AgreementCounts, AnyAgreement } from './agreements/index.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import type { QuorumcastError } from './errors.ts';
import type { ProofDocument } from './evidence/index.ts';
import type { Identity } from './identity/index.ts';

/** A place in this node's own delivery order: "the messages after this one". Opaque; another node's means nothing here. */
export type Cursor = string;

/** What `createNode` needs. The first two are required; everything else has a safe default. */
export interface NodeOptions {
  /** The cluster definition, or the path of its file. */
  readonly cluster: string | URL | ClusterDefinition;
  /** This member's key, or the path of its file. */
  readonly identity: string | URL | Identity;
  /**
   * Its key in the next epoch, if that is another, or the path of its file. Default: what stands beside the present key
   * file under its name and `.next`. Used once that epoch begins.
   */
  readonly nextIdentity?: string | URL | Identity;
  /** `host:port` to listen on; default: this member's first address in the definition. Port 0 takes a free one. */
  readonly listen?: string;
  /** The file with this member's share of the common coin: needed where one was dealt, and only there. */
  readonly coin?: string | URL;
  /** Folder of the log, made if missing. `false`: memory only, a new log identity each start. Default `.quorumcast`. */
  readonly dataDir?: string | false;
  /**
   * Whether to vouch for a message, asked before ECHO and before an own broadcast. Must answer true or false at once,
   * and the same at every member; what it throws counts as false, with a `warning`. Default: all.
   */
  readonly validate?: (candidate: { readonly sender: NodeId; readonly payload: Uint8Array }) => boolean;
  /**
   * Whether a value may be decided in a topic, asked before this member vouches for what somebody proposes, itself too. Must
   * answer true or false at once, and the same at every member and at any time; what it throws counts as false, with a
   * `warning`. Default: any of 1 to 1,024 bytes.
   */
  readonly validateValue?: (proposed: { readonly topic: string; readonly value: Uint8Array }) => boolean;
  readonly limits?: Partial<NodeLimits>;
  /** How much is kept on disk of what was delivered. A node without a data directory goes by `limits` alone. */
  readonly retention?: Partial<RetentionLimits>;
  /** Where log lines go; default: nowhere. */
  readonly logger?: Logger | false;
  /** Before start: gives up. Afterwards: closes the node. */
  readonly signal?: AbortSignal;
}

/** Sizes that each node chooses for itself. Those all members share stand in the cluster definition. */
export interface NodeLimits {
  /** Bytes queued for one peer before its link is closed and resynchronised. Default 32 MiB. */
  readonly bufferedBytesPerPeer: number;
  /** Bytes of own messages, 64 more each, waiting for room in the window before `broadcast` refuses. Default 16 MiB. */
  readonly pendingBytes: number;
  /** Of a node without a data directory: delivered messages it keeps for readers and peers behind. Default 65,536. */
  readonly backlogMessages: number;
  /** The same in bytes: whatever is reached first. The newest instance always stays. Default 64 MiB. */
  readonly backlogBytes: number;
}

/**
 * How long a delivered message is kept: until the log is longer than `bytes`, `messages` were delivered after it, or it
 * is older than `ageSeconds`. Whole segments of the log go, an eighth of `bytes` at a time.
 */
export interface RetentionLimits {
  /** Bytes of the log. At least 8 MiB, default 1 GiB. */
  readonly bytes: number;
  /** Default: as many as there is room for. */
  readonly messages: number;
  /** By the wall clock; at least 60. Default: for ever. */
  readonly ageSeconds: number;
  /** Bytes beyond `bytes` up to which named consumers hold back what they have not acknowledged. Default 1 GiB. */
  readonly laggardBytes: number;
}

/** Structured log lines. `event` is stable; the rest is context. */
export interface Logger {
  debug(event: string, fields: Record<string, unknown>): void;
  info(event: string, fields: Record<string, unknown>): void;
  warn(event: string, fields: Record<string, unknown>): void;
  /** Somebody must act now. */
  error(event: string, fields: Record<string, unknown>): void;
}

/** `ready`: all peers up. `degraded`: some missing; see `margin`. `joining`: quorum not reached since the start. */
export type NodeState = 'joining' | 'ready' | 'degraded' | 'draining' | 'closed';

/** A message of a sender by its running number. */
export interface InstanceRef {
  readonly sender: NodeId;
  /** From 1. */
  readonly seq: number;
}

/** An accepted message: durable here, sure to be delivered everywhere if enough members are correct and reachable. */
export interface Broadcast extends InstanceRef {
  /** SHA-256 of the message, hexadecimal. */
  readonly digest: string;
  /** Whether this key had been used before, with the same bytes: nothing new was broadcast. */
  readonly duplicate: boolean;
  /** Resolves once this node has delivered it. Rejects with ERR_TIMEOUT, ERR_ABORTED or ERR_CLOSED: indefinite. */
  delivered(options?: { readonly signal?: AbortSignal }): Promise<Delivery>;
}

/** Messages accepted together: durable here, with consecutive numbers. */
export interface BroadcastRange {
  readonly sender: NodeId;
  /** The number of the first one. */
  readonly firstSeq: number;
  /** How many: sender#firstSeq to sender#(firstSeq + count - 1). */
  readonly count: number;
  /** Resolves once this node has delivered all of them. Rejects as that of a `Broadcast`. */
  delivered(options?: { readonly signal?: AbortSignal }): Promise<void>;
}

/** Consecutive messages of one sender that came in one instance: what many small messages are best read by. */
export interface DeliveryBatch {
  readonly sender: NodeId;
  /** Name of the sender in the cluster definition. */
  readonly senderName: string;
  /** The number of the first message. */
  readonly firstSeq: number;
  /** How many messages: at least one. */
  readonly count: number;
  /** The messages, the first one sender#firstSeq. Views of one array, shared with the node: not to be written to. */
  readonly payloads: readonly Uint8Array[];
  /** After the last message. */
  readonly cursor: Cursor;
  /** Durably moves the named consumer past all of them; without a consumer it does nothing. */
  ack(): Promise<void>;
}

/** A message that this node delivered. Every correct member delivers the same bytes as sender#seq. */
export interface Delivery extends InstanceRef {
  /** Name of the sender in the cluster definition. */
  readonly senderName: string;
  /**
   * Shared with the node and other readers: not to be written to. A long one may be a view of the batch that it came
   * in: copy what is to be kept for long.
   */
  readonly payload: Uint8Array;
  /** SHA-256 of the payload, hexadecimal. */
  readonly digest: string;
  readonly cursor: Cursor;
  /** The payload as UTF-8. */
  text(): string;
  /** The payload as JSON. @throws SyntaxError */
  json<Value = unknown>(): Value;
  /** Durably moves the named consumer past this delivery; without a consumer it does nothing. */
  ack(): Promise<void>;
}

export interface DeliveriesOptions {
  /**
   * Where to begin: default `start`, the oldest delivery that is kept, or for a known `consumer` where it left off.
   */
  readonly from?: 'now' | 'start' | Cursor;
  /** A durable name: the place is kept across restarts, moved by `ack`. One reader at a time. */
  readonly consumer?: string;
  /** Told of messages that are never delivered here; the reading goes on. Without it the reading fails with ERR_GAP. */
  readonly onGap?: (gap: DeliveryGap) => void;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/** Messages that this node skipped, since it was away for longer than others keep: sender#from to sender#to. */
export interface DeliveryGap {
  readonly sender: NodeId;
  readonly senderName: string;
  readonly from: number;
  readonly to: number;
}

export interface BroadcastOptions {
  /** The same key with the same bytes broadcasts once, also across restarts. At most 256 characters. */
  readonly idempotencyKey?: string;
  /** `accepted` (default): durable here. `delivered`: delivered here, hence everywhere in time. */
  readonly waitFor?: 'accepted' | 'delivered';
  readonly signal?: AbortSignal;
}

/** What this node knows of one message or instance: shared by `trace`, HTTP and dashboards. */
export interface InstanceView extends InstanceRef {
  readonly senderName: string;
  readonly instance: number;
  readonly phase: Phase;
  readonly sinceMs: number;
  readonly waitingFor: readonly NodeId[];
  /** In sentences: which quorum is missing, from whom, since when. */
  readonly explain: string;
  readonly values: readonly {
    /** Hexadecimal. */
    readonly digest: string;
    readonly held: boolean;
    readonly echo: { readonly have: readonly NodeId[]; readonly need: number };
    readonly ready: { readonly have: readonly NodeId[]; readonly amplify: number; readonly need: number };
  }[];
}

/** A peer as this node sees it. */
export interface PeerView {
  readonly id: NodeId;
  readonly name: string;
  readonly address: string;
  readonly connected: boolean;
  /** How long it has been connected, or away. */
  readonly sinceMs: number;
  /** Why it is away; empty while connected. */
  readonly reason: string;
  readonly reconnects: number;
  readonly rttMs: number | undefined;
  readonly queuedBytes: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** How often it asked for more than a member needs, so that what it says had to wait. */
  readonly limited: number;
  /** By sender: messages it surely delivered are those of instances below this. */
  readonly bases: readonly number[];
}

/** One misdeed, or one kind of it repeated in one epoch. Suspicion of this node, but for the proofs. */
export interface Evidence {
  readonly peer: NodeId;
  readonly name: string;
  readonly code: FaultCode;
  readonly count: number;
  /** The instance it was first seen in. */
  readonly about: { readonly sender: NodeId; readonly instance: number } | undefined;
  /** Wall-clock time of the first and last, ISO 8601. */
  readonly first: string;
  readonly last: string;
  /** What proves it to anybody, at most eight: two batches of one instance that it signed. Empty for other misdeeds. */
  readonly proofs: readonly ProofDocument[];
}

export interface NodeStatus {
  readonly id: NodeId;
  readonly name: string;
  readonly version: string;
  readonly state: NodeState;
  /** Why it is not `ready`, and what stalled senders lack: who is missing, since when, why. */
  readonly reasons: readonly string[];
  readonly cluster: ClusterInfo;
  readonly address: string;
  readonly uptimeMs: number;
  /** Members up, this one included, minus those needed: below 0 nothing is delivered. */
  readonly margin: number;
  readonly peers: { readonly up: number; readonly total: number; readonly missing: readonly string[] };
  /** Application messages delivered here. */
  readonly delivered: number;
  readonly pending: { readonly messages: number; readonly bytes: number };
  readonly streams: readonly {
    readonly sender: NodeId;
    readonly name: string;
    /** Messages of this sender delivered here: the last one is sender#delivered. */
    readonly delivered: number;
    readonly open: number;
    /** Instances that f+1 members have and this one lacks. */
    readonly behind: number;
    /** Whether f+1 peers keep nothing of what comes next: it is being found out what has to be skipped. */
    readonly beyond: boolean;
    /** How long the lowest open instance has waited; 0 if none is open. */
    readonly waitingMs: number;
  }[];
  /** Streams whose lowest open instance has waited for more than five seconds. */
  readonly stalled: number;
  /** Messages that were skipped here, of those that would be kept: readers meet them as gaps. */
  readonly skipped: number;
  readonly evidence: number;
  /** Connections refused since the start, in either direction, by reason: `docs/cluster.md` lists them. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly storage: {
    readonly durable: boolean;
    readonly bytes: number;
    readonly position: number;
    readonly syncMs: number;
    /** The oldest delivery that is kept: the first one to be read is `d${first}`. */
    readonly first: number;
    /** Ceiling on `bytes` by the formula of docs/limits.md; 0 in memory. */
    readonly boundBytes: number;
    /** What the logs of earlier epochs take besides, under no ceiling, until somebody removes them. */
    readonly earlierBytes: number;
  };
  readonly agreements: AgreementCounts;
  readonly consumers: {
    /** Named consumers that have acknowledged something. */
    readonly named: number;
    /** Messages that the slowest of them has not acknowledged. */
    readonly lag: number;
    /** Messages that were kept no more before a named consumer had acknowledged them, since the start. */
    readonly lost: number;
  };
  /** Ceiling on protocol memory by the formula of docs/limits.md, bytes. */
  readonly memoryBoundBytes: number;
}

export interface ClusterInfo {
  readonly name: string;
  readonly epoch: number;
  /** Short form for people. */
  readonly digest: string;
  readonly n: number;
  readonly f: number;
  readonly form: 'early' | 'classic';
  readonly quorum: { readonly echo: number; readonly amplify: number; readonly deliver: number };
}

export interface CloseReport {
  /** Why the node closed; undefined when it was asked to. */
  readonly error: QuorumcastError | undefined;
  /** Own messages that never became durable: their `broadcast` rejected. */
  readonly abandoned: number;
  /** False if the deadline came first. */
  readonly clean: boolean;
}

/** Events of a node: `CustomEvent`s, the value in `detail`. */
export interface NodeEvents {
  state: { readonly from: NodeState; readonly to: NodeState; readonly reason: string };
  'peer:connect': { readonly peer: NodeId; readonly name: string };
  'peer:disconnect': { readonly peer: NodeId; readonly name: string; readonly reason: string };
  'peer:refused': { readonly peer: NodeId | undefined; readonly reason: string; readonly byPeer: boolean };
  'instance:stalled': InstanceView;
  evidence: Evidence;
  /** This node knows what was decided, durably. Once a topic and life. */
  'agreement:decided': AnyAgreement;
  /** This node was away for longer than others keep: these messages are never delivered here. */
  skipped: DeliveryGap;
  /** It holds back what would be kept no more, or is about to be cut off. */
  'consumer:slow': { readonly consumer: string | undefined; readonly lag: number };
  /** It lagged for too long: so many messages that it has not acknowledged are kept no more. */
  'consumer:lost': { readonly consumer: string; readonly lost: number };
  warning: { readonly code: string; readonly message: string; readonly hint: string };
}

/** A running member. Made by `createNode`; listening when you get it. */
export interface QuorumcastNode extends AsyncDisposable, AgreeingNode {
  readonly id: NodeId;
  readonly name: string;
  readonly cluster: ClusterInfo;
  readonly state: NodeState;
  /** `host:port` it listens on. */
  readonly address: string;
  /** Resolves once a quorum is connected. Rejects with ERR_ABORTED or ERR_CLOSED. */
  whenReady(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Broadcasts a message; resolves when it is durable here. Waits while the window is full.
   * A promise that fails because the node closes may be left unattended; any other failure may not.
   * @throws QuorumcastError ERR_PAYLOAD_TOO_LARGE, ERR_BACKLOG_FULL, ERR_IDEMPOTENCY_CONFLICT, ERR_USAGE, ERR_CLOSED,
   * ERR_ABORTED, ERR_TIMEOUT
   */
  broadcast(payload: Uint8Array | string, options?: BroadcastOptions): Promise<Broadcast>;
  /**
   * Broadcasts many messages with consecutive numbers; resolves when all are durable here. All or none are taken; they
   * need not travel in one instance. Use it for many small messages: it costs a fraction of as many `broadcast`s.
   * @throws QuorumcastError as `broadcast`; ERR_USAGE for an empty list
   */
  broadcastMany(
    payloads: readonly (Uint8Array | string)[],
    options?: Omit<BroadcastOptions, 'idempotencyKey'>,
  ): Promise<BroadcastRange>;
  /**
   * What this node delivered and delivers, in its order: FIFO per sender, no order between senders. Ends when the
   * node closes. A reader too far behind fails, after the event `consumer:slow`: with ERR_RETENTION, or on a node
   * without a data directory with ERR_BACKLOG_FULL.
   * @throws QuorumcastError ERR_CONSUMER_BUSY, ERR_CURSOR, ERR_USAGE
   */
  deliveries(options?: DeliveriesOptions): AsyncIterableIterator<Delivery> & AsyncDisposable;
  /**
   * As `deliveries`, a whole batch at a time: for tens of thousands of messages a second and more. Batches are as the
   * sender's node made them; the first may be cut by where the reading begins.
   * @throws QuorumcastError as `deliveries`
   */
  deliveryBatches(options?: DeliveriesOptions): AsyncIterableIterator<DeliveryBatch> & AsyncDisposable;
  /** One delivered message; undefined if it is not delivered here (yet). @throws QuorumcastError as `deliveries` */
  delivery(ref: InstanceRef): Promise<Delivery | undefined>;
  peers(): readonly PeerView[];
  evidence(): readonly Evidence[];
  status(): NodeStatus;
  /** What is known of a message; undefined if nothing. */
  inspect(ref: InstanceRef): InstanceView | undefined;
  addEventListener<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
    options?: { readonly signal?: AbortSignal; readonly once?: boolean },
  ): void;
  removeEventListener<Kind extends keyof NodeEvents>(
    kind: Kind,
    listener: (event: CustomEvent<NodeEvents[Kind]>) => void,
  ): void;
  /** Refuses new broadcasts and waits until the accepted ones are delivered here. */
  drain(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Stops. Idempotent; settles within `timeoutMs` (default 5,000) whatever the peers do. */
  close(options?: { readonly timeoutMs?: number }): Promise<CloseReport>;
  readonly closed: Promise<CloseReport>;
}
