import type { Decision } from '../../agreement/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { FaultCode } from '../../protocol/index.ts';

/**
 * What the agreements of a member ask of its driver, in order. `stated` and `settled` are durable before any `send` of the
 * same turn leaves and before anybody is told of what was decided.
 */
export type AgreementEffect =
  /** This member's binding statement about a topic. */
  | { readonly kind: 'stated'; readonly topic: string; readonly statement: Uint8Array }
  /** It is decided here. Repeated after a restart. */
  | { readonly kind: 'decided'; readonly topic: string; readonly decision: Decision; readonly again: boolean }
  /** Nobody needs what was stated about it any more: what was decided is enough. */
  | { readonly kind: 'settled'; readonly topic: string; readonly decision: Decision }
  | { readonly kind: 'send'; readonly to: NodeId; readonly topic: string; readonly body: Uint8Array }
  | { readonly kind: 'fault'; readonly accused: NodeId; readonly code: FaultCode };

/** What a restarted member has of its former life. */
export interface AgreementMemory {
  /** Topics that are not settled: what this member stated about each, in order. */
  readonly open: readonly { readonly topic: string; readonly stated: readonly Uint8Array[] }[];
  /** What was decided, oldest first. */
  readonly settled: readonly { readonly topic: string; readonly decision: Decision }[];
}
