import type { BroadcastView, Rules } from '../broadcast/index.ts';
import type { CodedMessage } from '../codec/index.ts';
import type { Committee, Limits, NodeId } from '../committee/index.ts';
import type { Digest, ErasureCode, PayloadHasher } from '../crypto/index.ts';

/** How large payloads are sent in shards. */
export interface StreamCoding {
  readonly code: ErasureCode;
  /** Payloads of this member from so many bytes on are sent in shards. Of its own choice: others take either form. */
  readonly bytesMin: number;
}

/** What one sender's stream needs to know. */
export interface StreamOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly sender: NodeId;
  readonly rules: Rules;
  readonly limits: Limits;
  readonly hasher: PayloadHasher;
  /** Undefined: this cluster sends no shards, and takes none. */
  readonly coding?: StreamCoding;
  /** Whether to vouch for an application message of this sender: deterministic, the same at every member. Default: all. */
  readonly valid?: (message: Uint8Array) => boolean;
}

/** A message about one instance of the stream's sender. */
export interface StreamMessage {
  readonly instance: number;
  readonly body: CodedMessage;
}

/** One instance, delivered in the sender's order. */
export interface StreamOutput {
  readonly kind: 'deliver';
  readonly sender: NodeId;
  readonly instance: number;
  readonly digest: Digest;
  readonly payload: Uint8Array;
  readonly firstSeq: number;
  /** Application messages in the payload: none where the sender's shards stand for nothing, nor in an END. */
  readonly count: number;
  /** Of an END, after which there are only others: the digest of the definition that it names, 32 bytes. */
  readonly ended?: Uint8Array;
}

/** What was dropped rather than stored; all of it is asked for again once there is room. */
export interface Dropped {
  /** Messages about instances beyond the window. */
  outsideWindow: number;
  /** INITIALs beyond the sender's byte budget. */
  overBudget: number;
}

/** An instance that is open here. */
export interface OpenInstance {
  readonly instance: number;
  /** The tick at which it was first heard of. */
  readonly sinceTick: number;
  readonly view: BroadcastView;
  /** Application messages in it, where the payload is here; else undefined. */
  readonly messages: number | undefined;
}
