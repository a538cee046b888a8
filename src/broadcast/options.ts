import type { Committee, NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import type { Rules } from './rules.ts';

/** What one instance needs to know. */
export interface BrachaOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  /** Whose broadcast this is. */
  readonly sender: NodeId;
  readonly rules: Rules;
  /** Names a payload in this instance and no other. */
  readonly digestOf: (payload: Uint8Array) => Digest;
  /** Whether to vouch for a payload. Deterministic, the same at every member; must not keep its argument. */
  readonly valid: (payload: Uint8Array) => boolean;
  /** Longest payload, bytes. */
  readonly payloadBytesMax: number;
}

/** What is delivered: at most once, the same at every correct member. */
export interface BrachaOutput {
  readonly digest: Digest;
  readonly payload: Uint8Array;
  /** Where the payload is nothing, in the coded form only: what shows it to whoever asks for the payload. */
  readonly evidence?: Uint8Array;
}
