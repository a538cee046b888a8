/// <reference lib="esnext.disposable" preserve="true" />
import type { Signal } from '../base/index.ts';
import type { Phase } from '../broadcast/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { FaultCode } from '../protocol/index.ts';

/** What came of an agreement, as a real node's `Agreement`. */
export interface TestAgreement<Value extends 0 | 1 | Uint8Array = 0 | 1> {
  readonly topic: string;
  readonly value: Value;
  /** The phase in which this member came to it; 0 if it was told. */
  readonly phase: number;
}

export interface TestAgreeOptions {
  /** Ends the waiting, not the agreement. */
  readonly signal?: Signal;
}

/** A message of a sender by its running number. */
export interface TestInstanceRef {
  readonly sender: NodeId;
  /** From 1. */
  readonly seq: number;
}

/** An accepted message, as a real node's `Broadcast`. */
export interface TestBroadcast extends TestInstanceRef {
  /** SHA-256 of the message, hexadecimal. */
  readonly digest: string;
  /** Whether this idempotency key had been used before, with the same bytes: nothing new was broadcast. */
  readonly duplicate: boolean;
  /**
   * Runs the cluster until this node has delivered the message.
   * @throws QuorumcastError ERR_TIMEOUT when nothing more can happen, ERR_ABORTED, ERR_CLOSED
   */
  delivered(options?: { readonly signal?: Signal }): Promise<TestDelivery>;
}

/** Messages accepted together, as a real node's `BroadcastRange`. */
export interface TestBroadcastRange {
  readonly sender: NodeId;
  /** The number of the first one. */
  readonly firstSeq: number;
  readonly count: number;
  /** Runs the cluster until this node has delivered all of them. Rejects as that of a `TestBroadcast`. */
  delivered(options?: { readonly signal?: Signal }): Promise<void>;
}

/** Consecutive messages of one sender, as a real node's `DeliveryBatch`. */
export interface TestDeliveryBatch {
  readonly sender: NodeId;
  readonly senderName: string;
  /** The number of the first message. */
  readonly firstSeq: number;
  /** At least one. */
  readonly count: number;
  readonly payloads: readonly Uint8Array[];
  /** After the last message. */
  readonly cursor: string;
  /** Moves the named consumer past all of them. */
  ack(): Promise<void>;
}

/** A delivered message, as a real node's `Delivery`. */
export interface TestDelivery extends TestInstanceRef {
  readonly senderName: string;
  /** Owned by the receiver. */
  readonly payload: Uint8Array;
  /** SHA-256 of the payload, hexadecimal. */
  readonly digest: string;
  /** A place in this node's own delivery order. */
  readonly cursor: string;
  /** The payload as UTF-8. */
  text(): string;
  /** The payload as JSON. @throws SyntaxError */
  json<Value = unknown>(): Value;
  /** Moves the named consumer past this delivery; the place outlives a crash. */
  ack(): Promise<void>;
}

export interface TestBroadcastOptions {
  /** The same key with the same bytes broadcasts once, also across a crash. */
  readonly idempotencyKey?: string;
  readonly waitFor?: 'accepted' | 'delivered';
  readonly signal?: Signal;
}

export interface TestDeliveriesOptions {
  /** Where to begin: default `start`, or for a known `consumer` where it left off. */
  readonly from?: 'now' | 'start' | (string & {});
  /** A name whose place is kept across crashes, moved by `ack`. One reader at a time. */
  readonly consumer?: string;
  readonly signal?: Signal;
}

/** What a node knows of one message, as a real node's `InstanceView`. Times are virtual. */
export interface TestInstanceView extends TestInstanceRef {
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

/** One kind of misdeed of one member. */
export interface TestEvidence {
  readonly peer: NodeId;
  readonly name: string;
  readonly code: FaultCode;
  readonly count: number;
  /** The instance it was first seen in. */
  readonly about: { readonly sender: NodeId; readonly instance: number } | undefined;
}

/** What is known of a cluster, as a real node's `ClusterInfo`. */
export interface TestClusterInfo {
  readonly n: number;
  readonly f: number;
  readonly form: 'early' | 'classic';
  readonly quorum: { readonly echo: number; readonly amplify: number; readonly deliver: number };
}

/** The part of a real node's `NodeStatus` that means something in virtual time. */
export interface TestNodeStatus {
  readonly id: NodeId;
  readonly name: string;
  readonly state: TestNodeState;
  readonly cluster: TestClusterInfo;
  /** Members connected, this one included, minus those needed: below 0 nothing is delivered. */
  readonly margin: number;
  readonly peers: { readonly up: number; readonly total: number; readonly missing: readonly string[] };
  /** Messages delivered here. */
  readonly delivered: number;
  /** Own messages not yet accepted. */
  readonly pending: { readonly messages: number; readonly bytes: number };
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

/** As a real node's. A crashed node is `closed` until it is restarted. */
export type TestNodeState = 'joining' | 'ready' | 'degraded' | 'draining' | 'closed';

/**
 * A node of a cluster in virtual time. Its calls are those of a real `QuorumcastNode`: what is written against
 * `Pick<QuorumcastNode, 'broadcast' | 'deliveries'>`, say, runs on either.
 */
export interface TestNode {
  readonly id: NodeId;
  /** `p0`, `p1` and so on. */
  readonly name: string;
  readonly cluster: TestClusterInfo;
  readonly state: TestNodeState;
  /** What this node has delivered so far, in its order. Runs nothing. */
  readonly delivered: readonly TestDelivery[];
  /** Resolves once a quorum is connected. @throws QuorumcastError ERR_TIMEOUT, ERR_ABORTED, ERR_CLOSED */
  whenReady(options?: { readonly signal?: Signal }): Promise<void>;
  /**
   * Broadcasts a message; resolves when it is accepted: durable, it outlives a crash of this node.
   * @throws QuorumcastError ERR_PAYLOAD_TOO_LARGE, ERR_BACKLOG_FULL, ERR_IDEMPOTENCY_CONFLICT, ERR_USAGE,
   * ERR_CLOSED, ERR_ABORTED, and ERR_TIMEOUT while there is no room in the window and nothing more can happen
   */
  broadcast(payload: Uint8Array | string, options?: TestBroadcastOptions): Promise<TestBroadcast>;
  /** Broadcasts many messages with consecutive numbers: all or none. @throws QuorumcastError as `broadcast` */
  broadcastMany(
    payloads: readonly (Uint8Array | string)[],
    options?: Omit<TestBroadcastOptions, 'idempotencyKey'>,
  ): Promise<TestBroadcastRange>;
  /**
   * What this node delivered and delivers, in its order. Whoever waits for the next one runs the cluster; when
   * nothing more can happen it waits for somebody to change that, as on a real node.
   * @throws QuorumcastError ERR_CONSUMER_BUSY, ERR_CURSOR
   */
  deliveries(options?: TestDeliveriesOptions): AsyncIterableIterator<TestDelivery> & AsyncDisposable;
  /** As `deliveries`, all that is there of one sender at a time. @throws QuorumcastError as `deliveries` */
  deliveryBatches(
    options?: TestDeliveriesOptions,
  ): AsyncIterableIterator<TestDeliveryBatch> & AsyncDisposable;
  /** One delivered message; undefined if it is not delivered here (yet). Runs nothing. */
  delivery(ref: TestInstanceRef): Promise<TestDelivery | undefined>;
  /** What is known of a message; undefined if nothing. */
  inspect(ref: TestInstanceRef): TestInstanceView | undefined;
  /**
   * Proposes in a topic and runs the cluster until the members decide, as a real node without a common coin does: 0 or 1 (false or
   * true), or a value of 1 to 1,024 bytes, a text for its UTF-8.
   * @throws QuorumcastError ERR_IDEMPOTENCY_CONFLICT, ERR_BACKLOG_FULL, ERR_PAYLOAD_TOO_LARGE, ERR_USAGE, ERR_ABORTED, ERR_CLOSED,
   * and ERR_TIMEOUT when too few have proposed and nothing more can happen
   */
  agree(topic: string, value: 0 | 1 | boolean, options?: TestAgreeOptions): Promise<TestAgreement>;
  agree(
    topic: string,
    value: Uint8Array | string,
    options?: TestAgreeOptions,
  ): Promise<TestAgreement<Uint8Array>>;
  /** What this node saw others do wrong. */
  evidence(): readonly TestEvidence[];
  status(): TestNodeStatus;
  /** Refuses new broadcasts and runs the cluster until the accepted ones are delivered here. */
  drain(options?: { readonly signal?: Signal }): Promise<void>;
}
