import type { BrachaOptions, BrachaOutput } from '../options.ts';
import type { Coding } from './code-word.ts';

/** What one instance needs to know. */
export interface CodedOptions extends BrachaOptions {
  readonly coding: Coding;
  /** Whether this member, as the sender, sends a payload in shards. Of its own choice: receivers take either form. */
  readonly codes: (payload: Uint8Array) => boolean;
  /**
   * Whether the application judges payloads before this member vouches for them. Then it vouches for no shard, since it
   * cannot see what it is a part of. The same at every member, like `valid`.
   */
  readonly judges: boolean;
}

/** What is delivered: at most once, the same at every correct member. */
export interface CodedOutput extends BrachaOutput {
  /** The sender's shards are no code word, or of no valid payload: `payload` is empty, and stands for nothing. */
  readonly nothing: boolean;
}
