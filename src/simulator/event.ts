import type { CodedMessage, HistoryMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Statement } from '../member/index.ts';
import type { FaultCode } from '../protocol/index.ts';

/** Version of the trace format. `docs/trace-format.md` is its specification. */
export const TRACE_VERSION = 1;

/** What a message is about, as far as a trace tells. */
export interface MessageLabel {
  readonly kind: CodedMessage['kind'] | HistoryMessage['kind'] | 'status';
  /** Absent for `status`. */
  readonly sender?: NodeId;
  readonly instance?: number;
  /** The first eight hexadecimal digits of the digest it names or whose payload it carries. */
  readonly digest?: string;
}

/** One thing that happened. `t`: virtual time, in steps or milliseconds, never falling. */
export type TraceEvent =
  /** An application handed a message to its own member. `text`: at most 64 characters of it. */
  | {
      readonly e: 'submit';
      readonly t: number;
      readonly node: NodeId;
      readonly seq: number;
      readonly text: string;
    }
  /** A binding statement became durable. `digest`: whole, hexadecimal. */
  | {
      readonly e: 'say';
      readonly t: number;
      readonly node: NodeId;
      readonly statement: Statement;
      readonly sender: NodeId;
      readonly instance: number;
      readonly digest: string;
    }
  | ({
      readonly e: 'send' | 'recv';
      readonly t: number;
      readonly node: NodeId;
      readonly peer: NodeId;
      readonly id: string;
    } & MessageLabel)
  /** An instance was delivered in order. `digest`: whole, hexadecimal. */
  | {
      readonly e: 'deliver';
      readonly t: number;
      readonly node: NodeId;
      readonly sender: NodeId;
      readonly instance: number;
      readonly digest: string;
      readonly firstSeq: number;
      readonly count: number;
      /** The sender's shards stand for nothing, and so that was delivered. */
      readonly nothing?: true;
    }
  /** A stream goes on at `instance`, with message `nextSeq`: what came before is never delivered there. */
  | {
      readonly e: 'skip';
      readonly t: number;
      readonly node: NodeId;
      readonly sender: NodeId;
      readonly instance: number;
      readonly nextSeq: number;
    }
  | {
      readonly e: 'fault';
      readonly t: number;
      readonly node: NodeId;
      readonly accused: NodeId;
      readonly code: FaultCode;
      /** Present if this member can prove it to anybody. */
      readonly proven?: true;
    }
  /** Payload bytes and open instances that a member holds of one sender, whenever either reaches a new height. */
  | {
      readonly e: 'hold';
      readonly t: number;
      readonly node: NodeId;
      readonly sender: NodeId;
      readonly bytes: number;
      readonly open: number;
    }
  | { readonly e: 'up' | 'down'; readonly t: number; readonly node: NodeId; readonly peer: NodeId }
  | { readonly e: 'tick' | 'restart' | 'room'; readonly t: number; readonly node: NodeId }
  | { readonly e: 'crash'; readonly t: number; readonly node: NodeId; readonly point: CrashPoint }
  /** A member's own assertion failed: `note` is what it said. */
  | { readonly e: 'broken'; readonly t: number; readonly node: NodeId; readonly note: string }
  /** From here on no fault happens any more and every link comes up: what must come true in the end must do so now. */
  | { readonly e: 'heal'; readonly t: number }
  /** The run is over. `quiescent`: nothing is under way and ticks bring nothing new. */
  | { readonly e: 'end'; readonly t: number; readonly quiescent: boolean };

/**
 * Where in a turn a crash strikes: nothing of the turn is durable; a part of its records; all, but nothing was sent.
 * `disk`: the sync failed, with the same effect as `torn`. `full`: a part of its records found room, and after a restart
 * none does, until there is room again.
 */
export type CrashPoint = 'before-sync' | 'torn' | 'after-sync' | 'disk' | 'full';
