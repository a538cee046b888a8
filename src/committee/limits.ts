/**
 * The sizes that all members of a cluster agree on: they stand in the cluster definition and are covered by its
 * digest. `docs/limits.md` turns them into a ceiling on memory.
 */
export interface Limits {
  /** Longest application message, bytes. 1 to 64 MiB. */
  readonly payloadBytes: number;
  /** Instances per sender held at once, from the lowest undelivered on. 4 to 65,536. */
  readonly window: number;
  /** Payload bytes per sender held at once; the lowest undelivered instance is always admitted. */
  readonly bytesPerSender: number;
  /** Most application messages in one instance. 1 to 65,535. */
  readonly messagesPerInstance: number;
}

/** What a cluster definition gets that names no limits. */
export const LIMITS_DEFAULT: Limits = {
  payloadBytes: 1_048_576,
  window: 256,
  bytesPerSender: 16_777_216,
  messagesPerInstance: 4_096,
};
