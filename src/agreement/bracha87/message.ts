import type { Bit } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Protocol } from '../../protocol/index.ts';
import type { Step } from './steps.ts';

/** What members say in one agreement. `Body`: what they say in one broadcast. */
export type Bracha87Message<Body> =
  /** About the broadcast of `sender` in a step. Binds if it binds there. */
  | {
      readonly kind: 'step';
      /** From 1 on. */
      readonly phase: number;
      readonly step: Step;
      readonly sender: NodeId;
      readonly body: Body;
    }
  /** "I decided." Binds. */
  | { readonly kind: 'decide'; readonly value: Bit }
  /** "Say again what you said in this phase: it came before I had room for it." */
  | { readonly kind: 'again'; readonly phase: number };

/** The reliable broadcast of one small number, as the agreement needs it. */
export interface StepBroadcast<Body> extends Protocol<number, Body, number> {
  /** What this member proposed here, in a former life too. */
  readonly proposed: number | undefined;
  /** All that this member said, for a peer that may have lost it. */
  said(): readonly Body[];
  /** Time has passed, for broadcasts that ask again. */
  retry?(): ReturnType<StepBroadcast<Body>['handle']>;
  /** The link to `peer` is new. */
  linkReset?(peer: NodeId): void;
}

/** Makes the broadcast of `sender` in a step; it carries a number below `values`. */
export type StepBroadcastFactory<Body> = (about: {
  readonly phase: number;
  readonly step: Step;
  readonly sender: NodeId;
  readonly values: number;
}) => StepBroadcast<Body>;
