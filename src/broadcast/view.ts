import type { Committee, NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import { type Ballots, type Candidate, ECHO, NO_VOTE, READY } from './candidate.ts';
import type { Rules } from './rules.ts';

/** How far an instance has come here. */
export type Phase = 'init' | 'echoed' | 'readied' | 'delivered';

/** What one member knows of one instance: for `trace`, dashboards and explanations. */
export interface BroadcastView {
  readonly phase: Phase;
  /** Whether the sender's INITIAL came and this member does not vouch for it. */
  readonly refused: boolean;
  /** The digest this member will deliver, once it is certain. */
  readonly decided: Digest | undefined;
  /** Whether the decided payload is still to be had from another member. */
  readonly pulling: boolean;
  /** Every digest that somebody voted for, in order of appearance. */
  readonly values: readonly ValueView[];
  /** Members that have not yet said what this instance waits for. */
  readonly waitingFor: readonly NodeId[];
}

/** What one digest has gathered. */
export interface ValueView {
  readonly digest: Digest;
  /** Whether its payload is here. */
  readonly held: boolean;
  /** ECHOs that count, and how many make this member READY. */
  readonly echo: { readonly have: readonly NodeId[]; readonly need: number };
  readonly ready: { readonly have: readonly NodeId[]; readonly amplify: number; readonly need: number };
}

/** The state of an instance as far as a view needs it. */
export interface Inspected {
  readonly committee: Committee;
  readonly sender: NodeId;
  readonly rules: Rules;
  readonly ballots: Ballots;
  readonly candidates: Iterable<Candidate>;
  readonly heardSender: boolean;
  readonly refused: boolean;
  readonly echoed: boolean;
  readonly readied: boolean;
  readonly delivered: boolean;
  readonly decided: Digest | undefined;
  readonly pulling: boolean;
}

/** The view of an instance. Copies; safe to keep. */
export function viewOf(state: Inspected): BroadcastView {
  const { committee, ballots, rules } = state;
  const counts = (id: NodeId): boolean => rules.countsSenderEcho || id !== state.sender;
  const voters = (type: typeof ECHO | typeof READY, index: number): NodeId[] =>
    committee.ids.filter((id) => ballots.of(type, id) === index);
  return {
    phase: phaseOf(state),
    refused: state.refused,
    decided: state.decided,
    pulling: state.pulling,
    values: Array.from(state.candidates, (candidate) => ({
      digest: candidate.digest,
      held: candidate.body !== undefined,
      echo: { have: voters(ECHO, candidate.index).filter(counts), need: rules.echo },
      ready: { have: voters(READY, candidate.index), amplify: rules.amplify, need: rules.deliver },
    })),
    waitingFor: awaited(state),
  };
}

function phaseOf(state: Inspected): Phase {
  if (state.delivered) return 'delivered';
  if (state.readied) return 'readied';
  return state.echoed ? 'echoed' : 'init';
}

function awaited(state: Inspected): NodeId[] {
  if (state.delivered) return [];
  if (!state.heardSender && !state.refused && !state.readied) return [state.sender];
  const type = state.readied ? READY : ECHO;
  return state.committee.ids.filter((id) => state.ballots.of(type, id) === NO_VOTE);
}
