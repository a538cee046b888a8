import type { Bit } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Decision } from '../output.ts';
import type { StepView } from './ledger.ts';
import type { Step, StepValue } from './steps.ts';

/** What a member knows of an agreement. */
export interface Bracha87View {
  /** The step whose messages are waited for; phase 0: it has not begun. */
  readonly phase: number;
  readonly step: Step;
  /** What this member said in it; undefined if it has not begun. */
  readonly value: StepValue | undefined;
  readonly decision: Decision | undefined;
  /** The last phase is over and nothing is decided: only the DECIDEs of others can help. */
  readonly exhausted: boolean;
  readonly ended: boolean;
  /** Valid messages that the step needs: n - f. */
  readonly needed: number;
  readonly waiting: StepView;
  /** Who said that it decided, and what. */
  readonly decides: readonly { readonly member: NodeId; readonly value: Bit }[];
}
