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

/** The messages that are a digest and nothing else, and come by the thousand: votes. */
export type VoteKind = 'echo' | 'ready' | 'done';

/**
 * What the coded form adds. Its payload is named by the digest of its code word, `PayloadHasher.codeWord`, in votes too;
 * the shards travel one by one.
 */
export type CodedMessage =
  | InstanceMessage
  /** The sender's payload has this code word; `length` bytes of it, at least 1. Takes the place of INITIAL, and binds. */
  | { readonly kind: 'dispersal'; readonly digest: Digest; readonly length: number }
  | ShardMessage;

/**
 * One shard of a code word. From the sender it is the receiver's own; from any other member the speaker's own, after its
 * ECHO, which it repeats. So its number stands nowhere.
 */
export interface ShardMessage {
  readonly kind: 'shard';
  readonly digest: Digest;
  /** Bytes of the payload, at least 1. */
  readonly length: number;
  /** That the shard is a leaf of the code word: `proofHashes(n)` hashes. */
  readonly proof: Uint8Array;
  readonly shard: Uint8Array;
}

/** What members say about what they delivered long ago, of one sender and one instance of it. */
export type HistoryMessage =
  /** "I delivered what came before this instance, and keep none of it." */
  | { readonly kind: 'horizon' }
  /** "How many messages came before this instance?" */
  | { readonly kind: 'ask' }
  /** "So many: I delivered them all, durably." An integer, 0 <= messages < 2^53 - 1. */
  | { readonly kind: 'count'; readonly messages: number };

/** Everything that members send each other once a link is up. */
export type MemberMessage =
  | {
      readonly kind: 'history';
      readonly sender: NodeId;
      readonly instance: number;
      readonly body: HistoryMessage;
    }
  | {
      readonly kind: 'instance';
      /** Whose broadcast it is; who speaks is the channel's knowledge, never a field. */
      readonly sender: NodeId;
      /** Instance number of that sender: an integer, 1 <= instance <= 2^53 - 1. */
      readonly instance: number;
      readonly body: CodedMessage;
    }
  | {
      readonly kind: 'status';
      /** By sender: the lowest instance not yet delivered here. Length n. */
      readonly bases: readonly number[];
      /** "Send again all that you owe me from these bases on." */
      readonly resync: boolean;
    };
