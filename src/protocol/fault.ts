/**
 * What a member can be seen to do wrong. Closed: each code is explained in `docs/faults.md`, and none of them
 * is ever raised against a correct member. Suspicion, not proof: nothing here convinces a third party.
 */
export const FAULT_CODES = [
  'not-the-sender',
  'equivocation',
  'invalid-payload',
  'oversized-payload',
  'conflicting-echo',
  'conflicting-ready',
  'conflicting-done',
  'conflicting-aux',
  'conflicting-conf',
  'conflicting-decide',
  'bad-coin-share',
  'conflicting-count',
  'wrong-payload',
  'wrong-shard',
  'inconsistent-shards',
  'future-flood',
  'malformed-message',
  'malformed-status',
] as const;

/** One of `FAULT_CODES`. */
export type FaultCode = (typeof FAULT_CODES)[number];
