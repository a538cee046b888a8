import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import type { FaultCode } from './fault.ts';

/** What a protocol asks of its driver. Plain data: to carry out, log, store or replay. */
export type Effect<Message, Output> =
  | { readonly kind: 'send'; readonly to: NodeId; readonly message: Message }
  /**
   * To all n members, this one included: the driver brings the own copy back through `handle`. A binding
   * statement: durable, with every `keep` before it in the batch, before a byte of it leaves.
   */
  | { readonly kind: 'broadcast'; readonly message: Message }
  /**
   * Hold these bytes durably: what follows in the same batch vouches for them. `replaces`: in the place of what was
   * held under this digest before; else that stays.
   */
  | {
      readonly kind: 'keep';
      readonly digest: Digest;
      readonly payload: Uint8Array;
      readonly replaces?: boolean;
    }
  | { readonly kind: 'output'; readonly output: Output }
  | {
      readonly kind: 'fault';
      readonly accused: NodeId;
      readonly code: FaultCode;
      /** Of `equivocation`: two payloads of one instance that the accused made, where both are here. */
      readonly payloads?: readonly [Uint8Array, Uint8Array];
    };

/** A batch of effects, to be carried out in order. */
export type Effects<Message, Output> = readonly Effect<Message, Output>[];

/** The one empty batch: a call that asks for nothing returns this object and allocates nothing. */
export const NOTHING: readonly never[] = Object.freeze([]);
