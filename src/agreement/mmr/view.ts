import type { Bit } from '../../base/index.ts';
import type { Bits } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Decision } from '../output.ts';
import type { Round } from './round.ts';

/** What a member waits for before it goes on. */
export type Waiting =
  | 'proposal'
  /** For 2f+1 BVALs of one value. */
  | 'bval'
  /** For n-f AUXs, CONFs: of values that 2f+1 BVALs back here. */
  | 'aux'
  | 'conf'
  /** For f+1 shares. */
  | 'coin'
  /** For shares of a coin that has none left: only the decision of others ends it. */
  | 'coin-exhausted'
  /** It decided, and waits for n-f members to say so. */
  | 'halt'
  | 'nothing';

/** What is known of an agreement at one member, for people. */
export interface AgreementView {
  readonly round: number;
  readonly estimate: Bit | undefined;
  readonly waitingFor: Waiting;
  /** Members from which what is waited for has not come. */
  readonly missing: readonly NodeId[];
  /** Distinct members so far, by value. */
  readonly bvals: readonly [number, number];
  readonly aux: Bit | undefined;
  readonly conf: Bits | undefined;
  /** What n-f CONFs left when this member released its share: one value, or both. */
  readonly outcome: Bits | undefined;
  readonly coin: Bit | undefined;
  readonly decision: Decision | undefined;
  readonly terminated: boolean;
}

/** What a view is made of. */
export interface ViewParts {
  readonly ids: readonly NodeId[];
  readonly number: number;
  /** Undefined before this member proposed. */
  readonly round: Round | undefined;
  readonly decided: (id: NodeId) => boolean;
  readonly decision: Decision | undefined;
  readonly terminated: boolean;
  /** Whether the coin has none of this round. */
  readonly exhausted: () => boolean;
}

/** Puts the view together. */
export function viewOf(parts: ViewParts): AgreementView {
  const { round, number, decision, terminated } = parts;
  const waitingFor = waitingOf(parts);
  return {
    round: number,
    estimate: round?.estimate,
    waitingFor,
    missing: missingOf(parts, waitingFor),
    bvals: [round?.bvals[0] ?? 0, round?.bvals[1] ?? 0],
    aux: round?.saidAux,
    conf: round?.saidConf,
    outcome: round === undefined || round.outcome === 0 ? undefined : round.outcome,
    coin: round?.toss?.value(),
    decision,
    terminated,
  };
}

function waitingOf({ round, decision, terminated, exhausted }: ViewParts): Waiting {
  if (terminated) return 'nothing';
  if (decision !== undefined) return 'halt';
  if (round === undefined) return 'proposal';
  if (round.saidAux === undefined) return 'bval';
  if (round.saidConf === undefined) return 'aux';
  if (round.outcome === 0) return 'conf';
  return exhausted() ? 'coin-exhausted' : 'coin';
}

function missingOf({ ids, round, decided }: ViewParts, waitingFor: Waiting): NodeId[] {
  if (waitingFor === 'halt') return ids.filter((id) => !decided(id));
  const kind = waitingFor === 'coin' ? 'share' : waitingFor;
  if (kind !== 'bval' && kind !== 'aux' && kind !== 'conf' && kind !== 'share') return [];
  return ids.filter((id) => round?.heard(id, kind) !== true);
}
