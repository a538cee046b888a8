import type { NodeId } from '../../committee/index.ts';
import type { Address } from '../address.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { Identity } from '../identity/index.ts';
import type { DownReason, RefusalReason } from './reasons.ts';

/** What a member claims to remember: the identity of its log and the number of its last durable record. */
export interface Claim {
  /** 16 bytes. */
  readonly logId: Uint8Array;
  readonly position: number;
}

/** What this member thinks of another one's claim. */
export type Admission = 'ok' | 'state-lost' | 'state-rolled-back';

/** Somebody was refused: by this member, or this member by a peer. */
export interface Refusal {
  readonly direction: 'inbound' | 'outbound';
  /** The member in question, as far as it is known. */
  readonly peer?: NodeId;
  /** The other end's address, as far as it is known. */
  readonly address: string;
  readonly reason: RefusalReason;
  /** For people; empty where the reason says it all. */
  readonly detail: string;
  /** True: the peer refused this member. */
  readonly byPeer: boolean;
}

/** Deadlines and intervals, milliseconds. */
export interface LinkTimes {
  /** TCP and TLS of an outgoing connection. */
  readonly connectMs: number;
  /** From the start of a handshake until the link is up. */
  readonly handshakeMs: number;
  readonly pingMs: number;
  /** A link on which nothing was heard for so long is dropped. */
  readonly idleMs: number;
  /** From the first byte of a frame to its last, plus one second for every 128 KiB of it. */
  readonly frameMs: number;
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** A link that was up for so long makes the next wait short again. */
  readonly steadyMs: number;
  /** How long a refused peer may take to read why. */
  readonly lingerMs: number;
}

/** The times of a node in the field. */
export const LINK_TIMES_DEFAULT: LinkTimes = {
  connectMs: 5_000,
  handshakeMs: 5_000,
  pingMs: 1_000,
  idleMs: 10_000,
  frameMs: 30_000,
  backoffMinMs: 100,
  backoffMaxMs: 5_000,
  steadyMs: 10_000,
  lingerMs: 500,
};

/** Bounds on what links hold. */
export interface LinkLimits {
  /** Largest length field of a `messages` frame, bytes. */
  readonly frameBytesMax: number;
  /** Bytes queued for one peer; one more and the link is dropped. */
  readonly queuedBytesMax: number;
  /** `onDrain` fires when a queue falls below this after having reached it. */
  readonly drainBytes: number;
  /** Connections of which nobody knows yet whose they are. */
  readonly pendingMax: number;
  /** Of these, from one address. */
  readonly pendingPerAddressMax: number;
}

/** The bounds of a node in the field, but for `frameBytesMax`, which follows from the cluster's limits. */
export const LINK_LIMITS_DEFAULT: Omit<LinkLimits, 'frameBytesMax'> = {
  queuedBytesMax: 33_554_432,
  drainBytes: 1_048_576,
  pendingMax: 32,
  pendingPerAddressMax: 16,
};

/** What links are made of. No callback runs inside `send`, nor after `close` was called. */
export interface LinksOptions {
  readonly cluster: ClusterDefinition;
  /** One of the cluster's members. */
  readonly identity: Identity;
  /** Where to listen; it may differ from the address in the cluster definition. Port 0: any free one. */
  readonly listen: Address;
  /** Asked for every hello and ping that leaves. */
  readonly claim: () => Claim;
  /** Asked for every hello and ping that arrives. */
  readonly admit: (peer: NodeId, logId: Uint8Array, position: number) => Admission;
  readonly onUp: (peer: NodeId) => void;
  readonly onDown: (peer: NodeId, reason: DownReason, detail: string) => void;
  /** `body`: of a `messages` frame, an array of its own that the callee may keep. */
  /** `kind`: of `FRAME_KIND`, `messages` or `agreement`. */
  readonly onFrame: (peer: NodeId, body: Uint8Array, kind: number) => void;
  readonly onRefused?: (refusal: Refusal) => void;
  readonly onDrain?: (peer: NodeId) => void;
  /** By member name: HOST:PORT each, to dial instead of the definition's. Looked up at every attempt. */
  readonly addressOverrides?: ReadonlyMap<string, readonly string[]>;
  readonly limits: Partial<LinkLimits> & Pick<LinkLimits, 'frameBytesMax'>;
  readonly times?: Partial<LinkTimes>;
}
