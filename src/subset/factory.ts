import type { NodeId } from '../committee/index.ts';
import type { Effects, Protocol } from '../protocol/index.ts';

/** A machine inside another one. What it lacks of the optional calls it does not need. */
export interface Child<Input, Message, Output> extends Protocol<Input, Message, Output> {
  /**
   * Whether this member has its input here, in a former life too. A machine without it says nothing before its input, so that
   * after a restart what it said tells.
   */
  readonly proposed?: boolean;
  /** What this member said and `peer` may still need. */
  owedTo?(peer: NodeId): readonly Message[];
  /** The link to `peer` is new. */
  linkReset?(peer: NodeId): void;
  /** Time has passed. */
  retry?(): Effects<Message, Output>;
}

/** Makes the child machine of each proposer: its broadcast, or the agreement on whether it is in. */
export type ChildFactory<Input, Message, Output> = (proposer: NodeId) => Child<Input, Message, Output>;
