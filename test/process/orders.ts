import type { Broadcast, CloseReport, InstanceView, NodeLimits, NodeStatus } from '../../dist/node/index.js';
import type { AdversaryName } from '../../dist/simulator/index.js';

/**
 * What lies under a member's log. The volatile disk forgets what is not synced when the process is killed, as at a loss
 * of power; the lying one says too soon that something is synced.
 */
export type DiskName = 'real' | 'volatile' | 'lying';

/** How a member's process starts. */
export interface Setup {
  readonly clusterFile: string;
  readonly keyFile: string;
  readonly dataDir: string | false;
  readonly limits?: Partial<NodeLimits>;
  readonly disk?: DiskName;
  /** Nobody looks over its shoulder: exactly what `createNode` gives. */
  readonly unwitnessed?: boolean;
  /** It lies, in this way. */
  readonly adversary?: AdversaryName;
  /** By member name: where to dial it, instead of where the definition says. */
  readonly addresses?: readonly (readonly [string, readonly string[]])[];
  /** A file to record the member in, in place of looking over its shoulder. */
  readonly trace?: string;
}

/** What a member's log says of an instance it delivered; digests are hexadecimal. */
export interface HistoryEntry {
  readonly digest: string;
  readonly echo: string | undefined;
  readonly firstSeq: number;
  readonly count: number;
}

/** What a process can be asked, by name: the question and its answer. */
export interface Orders {
  start: { ask: { setup: Setup }; answer: { address: string } };
  /** A payload of `text`, filled up with dots to `bytes`. */
  broadcast: {
    ask: { text: string; bytes?: number; key?: string };
    answer: Pick<Broadcast, 'sender' | 'seq' | 'digest' | 'duplicate'>;
  };
  /** Broadcasts from now on, one after another; each is told as `accepted`. */
  load: { ask: { pauseMs: number; bytes: number }; answer: undefined };
  /** No more load; answered when the last one is accepted. */
  rest: { ask: object; answer: undefined };
  /** Broadcasts at a steady rate; of each message, the milliseconds until it is delivered here. */
  pace: { ask: { count: number; pauseMs: number; bytes: number }; answer: readonly number[] };
  status: { ask: object; answer: ProcessStatus };
  /** By sender: the digests of all its messages delivered here, read from the member's log in its order. */
  log: { ask: object; answer: readonly (readonly string[])[] };
  /** By sender, from instance 1 on. */
  history: { ask: object; answer: readonly (readonly HistoryEntry[])[] };
  /** The next write or sync of its log fails. */
  failDisk: { ask: { what: 'write' | 'sync' }; answer: undefined };
  trace: { ask: { sender: number; seq: number }; answer: InstanceView | undefined };
  /** Reads `reads` deliveries as a durable consumer and acknowledges the first `acks` of them. */
  consume: {
    ask: { consumer: string; reads: number; acks: number };
    answer: readonly { readonly sender: number; readonly seq: number; readonly cursor: string }[];
  };
  /** Closes the node; the process then ends by itself, if nothing keeps it. */
  close: { ask: { timeoutMs?: number }; answer: PlainReport };
}

export type OrderName = keyof Orders;

/** What goes over the channel to a process. */
export type Order = { [Name in OrderName]: { id: number; name: Name; ask: Orders[Name]['ask'] } }[OrderName];

/** What comes back: answers, and what the member saw meanwhile. */
export type Telling =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: PlainError }
  | { readonly kind: 'accepted'; readonly seq: number; readonly digest: string }
  | { readonly kind: 'event'; readonly event: Event };

/** What a member saw. */
export type Event =
  | { readonly kind: 'state'; readonly to: string; readonly reason: string }
  | { readonly kind: 'stalled'; readonly view: InstanceView }
  | { readonly kind: 'evidence'; readonly accused: string; readonly code: string }
  /** A member said two things where it may say one; seen by whoever it said both to. */
  | { readonly kind: 'contradiction'; readonly accused: number; readonly text: string }
  | { readonly kind: 'refused'; readonly peer: number | undefined; readonly reason: string; byPeer: boolean }
  | { readonly kind: 'acknowledged'; readonly sender: number; readonly seq: number }
  | { readonly kind: 'lie'; readonly text: string }
  | { readonly kind: 'notice'; readonly text: string }
  | { readonly kind: 'closed'; readonly report: PlainReport };

export interface PlainError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export type PlainReport = Omit<CloseReport, 'error'> & { readonly error: PlainError | undefined };

export type ProcessStatus = NodeStatus & {
  readonly rssBytes: number;
  /** Of frames, from all peers. */
  readonly receivedBytes: number;
  /** How often peers asked for more than a member needs, by name. */
  readonly limited: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
};
