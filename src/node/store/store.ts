import type { InstanceMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { AgreementMemory, Statement, Subject, TopicDecision } from '../../member/index.ts';
import type { QuorumcastError } from '../errors.ts';
import type { Gap } from './gaps.ts';

/** Longest idempotency key or consumer name, bytes of UTF-8. */
export const NAME_BYTES_MAX = 1_024;

/**
 * One fact to be made durable. Digests are copied by `append`; a payload may be kept as it is, and nobody writes to it
 * from then on.
 */
export type StoreRecord =
  /** The payload of this digest. A second one of the same digest is not written again. */
  | {
      readonly kind: 'keep';
      readonly digest: Digest;
      readonly payload: Uint8Array;
      /** Takes the place of what is kept under this digest, if anything is. Else that stays, and this is not written. */
      readonly replaces?: boolean;
    }
  /** This member's own binding statement. The payload of an `initial` or `echo` was kept before. */
  | {
      readonly kind: 'said';
      readonly sender: NodeId;
      readonly instance: number;
      readonly statement: Statement;
      readonly digest: Digest;
      /** Of `initial` only: the number of the batch's first message and how many it carries; else 0. */
      readonly firstSeq: number;
      readonly count: number;
    }
  /** The idempotency key of the own message `seq`, and the SHA-256 of that message. */
  | { readonly kind: 'key'; readonly seq: number; readonly key: string; readonly digest: Digest }
  /** The next instance of this sender. Its payload was kept before. `count` >= 1. */
  | {
      readonly kind: 'delivered';
      readonly sender: NodeId;
      readonly instance: number;
      readonly digest: Digest;
      readonly firstSeq: number;
      readonly count: number;
    }
  /** The log identity (16 bytes) and the highest position that this member ever claimed. The last one counts. */
  | { readonly kind: 'peer'; readonly member: NodeId; readonly logId: Uint8Array; readonly position: number }
  /** This member's own binding statement in an agreement, 2 to 1,032 bytes. Of two that are about the same (`aboutBytes`), one is. */
  | (Subject & { readonly kind: 'stated'; readonly statement: Uint8Array })
  /** What an agreement came to. What was stated about its topic is needed no more. */
  | (Subject & { readonly kind: 'settled'; readonly decision: TopicDecision })
  /** What this sender's stream lacks before `instance` is never delivered here; that one begins with `nextSeq`. */
  | {
      readonly kind: 'skipped';
      readonly sender: NodeId;
      readonly instance: number;
      readonly nextSeq: number;
    }
  /** The delivery before this one was an END of the sender, and named this definition (32 bytes). */
  | {
      readonly kind: 'ended';
      readonly sender: NodeId;
      readonly instance: number;
      readonly successor: Uint8Array;
    }
  /** A consumer has seen all local deliveries up to `number`. The last one counts. */
  | { readonly kind: 'cursor'; readonly consumer: string; readonly number: number };

/** Where one sender's stream goes on. */
export interface StreamMemory {
  readonly base: number;
  readonly nextSeq: number;
  /** What its ENDs named, which stand in its last instances; left out where there is none. */
  readonly ends?: readonly Uint8Array[];
}

/** What a member needs to go on where it stopped. */
export interface StoreMemory {
  /** By sender: the lowest instance not delivered, the number of its first message, both 1 at first; what its ENDs named. */
  readonly streams: readonly StreamMemory[];
  /** What this member's next own instance and its first message will be called. Both 1 at first. */
  readonly own: { readonly nextInstance: number; readonly nextSeq: number };
  /**
   * Undelivered instances in which this member said something, by sender and instance. `said` holds, in the order in
   * which they were said, `initial` with its payload, `echo`, `ready`; before an `echo` of what was no own initial stands
   * its `payload`.
   */
  readonly open: readonly {
    readonly sender: NodeId;
    readonly instance: number;
    readonly said: readonly InstanceMessage[];
  }[];
}

/** A delivered instance, as it is handed to consumers again. */
export interface StoredDelivery {
  /** The local delivery number of its first message; the following ones count on. */
  readonly firstNumber: number;
  readonly sender: NodeId;
  /** Of a delivery in an earlier epoch: what the sender was called there. */
  readonly senderName?: string;
  readonly instance: number;
  readonly firstSeq: number;
  readonly count: number;
  /** The encoded batch. Not to be written to: it may be what the store and the member hold. */
  readonly payload: Uint8Array;
}

/** Plain counters since the store was opened. */
export interface StoreStats {
  /** Records appended. */
  readonly records: number;
  /** Group commits done: each one write and one sync. */
  readonly syncs: number;
  /** How long the last write and sync took together, and all of them. */
  readonly syncSecondsLast: number;
  readonly syncSecondsTotal: number;
}

/**
 * What binds, made durable. One writer; calls are not to be made from several threads.
 *
 * Facts of the outside world (`position`, `deliveredCount`, `deliveries`, `find`) tell what is durable. What the
 * member itself looks up (`entry`, `payload`, `keyOf`, `peers`, `consumers`) includes what was appended since.
 */
export interface Store {
  /** 16 random bytes, made with the log. */
  readonly logId: Uint8Array;
  /** The sequence number of the last durable record; 0 when there is none. */
  readonly position: number;
  /** Why nothing more becomes durable; undefined while all is well. */
  readonly failed: QuorumcastError | undefined;
  /** Application messages delivered here, durably: local delivery numbers run from 1 to this. */
  readonly deliveredCount: number;
  /** The lowest local delivery number whose payload is kept: 1 unless there is a horizon behind which they go. */
  readonly firstNumber: number;
  /** Bytes that the log takes; 0 for a store in memory. */
  readonly bytesOnDisk: number;
  readonly stats: StoreStats;

  /**
   * Adds a record to those that the next `sync` makes durable, as the next sequence number. A fact that is known
   * already is not written again. After a failure it does nothing: `sync` tells.
   * @throws AssertionError if it contradicts what was said before, or leaves a gap: a bug of this program.
   * @throws UsageError for a name that is empty, too long or not well-formed text.
   * @throws QuorumcastError ERR_CLOSED after `close`.
   */
  append(record: StoreRecord): void;

  /**
   * Resolves when everything appended before the call is durable. Many callers share one write and one sync.
   * @throws QuorumcastError ERR_STORAGE_FAILED from the first failed write or sync on, for good: a kernel may
   * drop what it could not write and then report success. ERR_CLOSED after `close`.
   */
  sync(): Promise<void>;

  /** What was found at opening. May be asked for until the first `append`. */
  restored(): StoreMemory;

  /** What this member stated in agreements under way, and what the last ones came to: what was appended, too. */
  agreements(): AgreementMemory;

  /** A delivered instance: what it delivered and what this member echoed in it. */
  entry(
    sender: NodeId,
    instance: number,
  ):
    | {
        readonly digest: Digest;
        readonly echo: Digest | undefined;
        readonly firstSeq: number;
        readonly count: number;
      }
    | undefined;

  /**
   * The payload kept under this digest, not to be written to; undefined if there is none.
   * @throws QuorumcastError ERR_STORAGE_CORRUPT, naming file and offset, if what is read is not what was written.
   */
  payload(digest: Digest): Promise<Uint8Array | undefined>;

  /**
   * Deliveries in local order, whole instances, the first of them holding message `fromNumber`. Stops before more
   * than `limitMessages` messages or `limitBytes` (default 16 MiB) of payload, but holds at least one instance
   * unless there is none. @throws as `payload`; QuorumcastError ERR_RETENTION, or of a store in memory
   * ERR_BACKLOG_FULL, for one below `firstNumber`.
   */
  deliveries(fromNumber: number, limitMessages: number, limitBytes?: number): Promise<StoredDelivery[]>;

  /** The lowest instance of this sender of which `entry` knows: those below are kept no more. */
  firstInstance(sender: NodeId): number;

  /** How many messages of this sender came before `instance`; undefined where that is not known any more, or yet. */
  messagesBefore(sender: NodeId, instance: number): number | undefined;
  /** How many messages of this sender there are up to the last one delivered, skipped ones and earlier epochs' included. */
  messageCount(sender: NodeId): number;

  /** What was skipped and lies within what is kept, in order. */
  readonly gaps: readonly Gap[];

  /**
   * Where the message sender#seq was delivered; undefined if it was not, durably. Instance and number are 0 if it was,
   * and is kept no more, or if it was skipped.
   */
  find(sender: NodeId, seq: number): { readonly instance: number; readonly number: number } | undefined;

  /** The own message broadcast under this idempotency key. */
  keyOf(key: string): { readonly seq: number; readonly digest: Digest } | undefined;

  /** By member: the last `peer` record. */
  peers(): ReadonlyMap<NodeId, { readonly logId: Uint8Array; readonly position: number }>;

  /** By consumer: the last `cursor` record. */
  consumers(): ReadonlyMap<string, number>;

  /** From now on nothing is dropped that `settled` does not let go of: of each sender what is below that instance. */
  holdBack(settled: (sender: NodeId) => number): void;

  /** Drops what is beyond what is to be kept, as time passes: to be called now and then. Never rejects. */
  trim(): Promise<void>;

  /** Makes durable what was appended, if that is still possible, and lets go of the directory. Idempotent. */
  close(): Promise<void>;
}
