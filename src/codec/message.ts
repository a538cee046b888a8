import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';

/**
 * What members say about one instance of reliable broadcast.
 * INITIAL, ECHO and READY bind: they are said once, durably. The others may be repeated.
 */
export type InstanceMessage =
  /** The sender's payload: a batch, which bears its signature. */
  | { readonly kind: 'initial'; readonly payload: Uint8Array }
  /** "I durably hold the payload of this digest." */
  | { readonly kind: 'echo'; readonly digest: Digest }
  /** "No other digest will be delivered here." */
  | { readonly kind: 'ready'; readonly digest: Digest }
  /** "I delivered the payload of this digest, durably": counts as READY, and f+1 equal ones are adopted. */
  | { readonly kind: 'done'; readonly digest: Digest }
  /** "Send me the payload of this digest." */
  | { readonly kind: 'pull'; readonly digest: Digest }
  /** The answer to `pull`. */
  | { readonly kind: 'payload'; readonly payload: Uint8Array };

/** Everything that members send each other once a link is up. */
export type MemberMessage =
  | {
      readonly kind: 'instance';
      /** Whose broadcast it is; who speaks is the channel's knowledge, never a field. */
      readonly sender: NodeId;
      /** Instance number of that sender: an integer, 1 <= instance <= 2^53 - 1. */
      readonly instance: number;
      readonly body: InstanceMessage;
    }
  | {
      readonly kind: 'status';
      /** By sender: the lowest instance not yet delivered here. Length n. */
      readonly bases: readonly number[];
      /** "Send again all that you owe me from these bases on." */
      readonly resync: boolean;
    };
