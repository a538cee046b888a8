import type { MemberMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import type { FaultCode } from '../protocol/index.ts';

/**
 * What a member asks of its driver, in order. `keep`, `said`, `deliver` and `skip` are durable, synced together, before
 * any `send`, `recall` or hand-over of the same turn leaves.
 */
export type MemberEffect =
  /** Hold these bytes durably under this digest. `replaces`: in the place of what was held under it before. */
  | {
      readonly kind: 'keep';
      readonly digest: Digest;
      readonly payload: Uint8Array;
      readonly replaces?: boolean;
    }
  /** This member's binding statement. For `initial`, the batch's first message has number `firstSeq`. */
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
  /** The next instance of this sender, in FIFO order: its messages are sender#firstSeq and following. */
  | {
      readonly kind: 'deliver';
      readonly sender: NodeId;
      readonly instance: number;
      readonly digest: Digest;
      /** The encoded batch. */
      readonly payload: Uint8Array;
      readonly firstSeq: number;
      /** Application messages in it: at least one, but none in an END, and where the sender's shards stand for nothing. */
      readonly count: number;
      /** Of an END: the digest of the cluster definition that it names. Durable as well. */
      readonly ended?: Uint8Array;
    }
  /** Durable as well: the stream goes on at `instance`, what came before is never delivered here. */
  | {
      readonly kind: 'skip';
      readonly sender: NodeId;
      /** The lowest instance that can still be delivered, and the number of its first message. */
      readonly instance: number;
      readonly nextSeq: number;
      /** The number of the first message that is skipped: nextSeq - fromSeq of them, which may be 0. */
      readonly fromSeq: number;
    }
  | { readonly kind: 'send'; readonly to: NodeId; readonly message: MemberMessage }
  /**
   * To be answered from what is stored of delivered instances `from <= instance < until` of `sender`: DONE each;
   * with `full`, before it also the own ECHO, and the INITIAL if the sender is this member.
   */
  | {
      readonly kind: 'recall';
      readonly to: NodeId;
      readonly sender: NodeId;
      readonly from: number;
      readonly until: number;
      readonly full: boolean;
    }
  /** To be answered with PAYLOAD from what is stored of a delivered instance, if `digest` is what it delivered. */
  | {
      readonly kind: 'recall-payload';
      readonly to: NodeId;
      readonly sender: NodeId;
      readonly instance: number;
      readonly digest: Digest;
    }
  /** The INITIAL of an instance that is delivered here, from its sender: evidence, if it is not what was delivered. */
  | {
      readonly kind: 'late-initial';
      readonly sender: NodeId;
      readonly instance: number;
      readonly payload: Uint8Array;
    }
  /** To be answered with COUNT if the store knows where `instance` began, else with HORIZON. */
  | {
      readonly kind: 'recall-count';
      readonly to: NodeId;
      readonly sender: NodeId;
      readonly instance: number;
    }
  | {
      readonly kind: 'fault';
      readonly accused: NodeId;
      readonly code: FaultCode;
      /** Of `equivocation`: two payloads of the instance, where both are here. What `equivocationProof` is made of. */
      readonly payloads?: readonly [Uint8Array, Uint8Array];
      /** The instance it is about; undefined where it is about none. */
      readonly about?: { readonly sender: NodeId; readonly instance: number };
    };

/** The statements that bind. */
export type Statement = 'initial' | 'echo' | 'ready';
