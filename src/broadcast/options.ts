import { UsageError } from '../base/index.ts';
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

/** @throws UsageError if `payload` is not the sender's to broadcast, is the second one, or too long. */
export function requireProposal(
  { self, sender, payloadBytesMax }: BrachaOptions,
  payload: Uint8Array,
  proposed: boolean,
): void {
  if (self !== sender)
    throw new UsageError(`member ${self} cannot propose in an instance of member ${sender}`);
  if (proposed) throw new UsageError('this instance has its payload already');
  if (payload.length > payloadBytesMax) {
    throw new UsageError(`payload of ${payload.length} bytes is over the limit of ${payloadBytesMax}`);
  }
}
