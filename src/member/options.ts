import type { BroadcastForm } from '../broadcast/index.ts';
import type { InstanceMessage } from '../codec/index.ts';
import type { Committee, Limits, NodeId } from '../committee/index.ts';
import type { PayloadHasher, Sign } from '../crypto/index.ts';
import type { MemberCoding } from './coding.ts';

/** An application message, before this member vouches for it. */
export interface Candidate {
  readonly sender: NodeId;
  /** Borrowed for the call. */
  readonly payload: Uint8Array;
}

/** What a member needs to know. */
export interface MemberOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly form: BroadcastForm;
  readonly limits: Limits;
  readonly hasher: PayloadHasher;
  /** How large payloads are sent in shards. Default: from seven members and 64 KiB on, in plain JavaScript. */
  readonly coding?: MemberCoding;
  /** Signs this member's own batches, so that two of one instance convict it. Default: they stay unsigned. */
  readonly sign?: Sign;
  /** Members that this one has given up: their streams stand still until `settle`. Default: none. */
  readonly givenUp?: readonly NodeId[];
  /** Whether to vouch for a message. Deterministic, the same at every member. Default: all. */
  readonly validate?: (candidate: Candidate) => boolean;
}

/** What a restarted member has of its former life: read back from its store. */
export interface MemberMemory {
  /**
   * By sender: the lowest undelivered instance and the number of its first message; what its ENDs named, as far as they are
   * delivered, 32 bytes each. Length n.
   */
  readonly streams: readonly {
    readonly base: number;
    readonly nextSeq: number;
    readonly ends?: readonly Uint8Array[] | undefined;
  }[];
  /** What this member's next own instance and message are. */
  readonly own: { readonly nextInstance: number; readonly nextSeq: number };
  /** Undelivered instances it said something in, as `Bracha.restore` takes it. */
  readonly open: readonly {
    readonly sender: NodeId;
    readonly instance: number;
    readonly said: readonly InstanceMessage[];
  }[];
}

/** What one sender's stream looks like from here. */
export interface StreamStatus {
  readonly sender: NodeId;
  readonly base: number;
  readonly nextSeq: number;
  /** What its last END named, once that is delivered here: the last instance of the epoch is behind it. */
  readonly ended: Uint8Array | undefined;
  /** What all of its ENDs named, which stand in its last instances: the last one in `base` - 1. Mostly one. */
  readonly ends: readonly Uint8Array[];
  /** It said something after an END that was none: `base` moves no more. */
  readonly broken: boolean;
  readonly open: number;
  /** The tick at which the lowest open instance was first heard of; undefined if none is open. */
  readonly openSinceTick: number | undefined;
  readonly bytesHeld: number;
  readonly droppedOutsideWindow: number;
  readonly droppedOverBudget: number;
  /** How many instances f+1 members say they delivered that are missing here. */
  readonly behind: number;
  /** Whether f+1 peers keep nothing of what comes next here: it will have to be skipped. */
  readonly beyond: boolean;
}
