import type { AgreementForm } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { FaultCode } from '../../protocol/index.ts';
import type { TopicDecision } from './decision.ts';

/** One agreement among all of a cluster and epoch. */
export interface Subject {
  readonly topic: string;
  readonly form: AgreementForm;
}

/**
 * What the agreements of a member ask of its driver, in order. `stated` and `settled` are durable before any `send` of the
 * same turn leaves and before anybody is told of what was decided.
 */
export type AgreementEffect =
  /** This member's binding statement about a topic, or a payload that it vouches for in the next one. */
  | (Subject & { readonly kind: 'stated'; readonly statement: Uint8Array })
  /** It is decided here. Repeated after a restart. */
  | (Subject & { readonly kind: 'decided'; readonly decision: TopicDecision; readonly again: boolean })
  /** Nobody needs what was stated about it any more: what was decided is enough. */
  | (Subject & { readonly kind: 'settled'; readonly decision: TopicDecision })
  | (Subject & { readonly kind: 'send'; readonly to: NodeId; readonly body: Uint8Array })
  | { readonly kind: 'fault'; readonly accused: NodeId; readonly code: FaultCode };

/** What a restarted member has of its former life. */
export interface AgreementMemory {
  /** Topics that are not settled: what this member stated about each, in order. */
  readonly open: readonly (Subject & { readonly stated: readonly Uint8Array[] })[];
  /** What was decided, oldest first. */
  readonly settled: readonly (Subject & { readonly decision: TopicDecision })[];
}
