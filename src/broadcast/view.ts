import type { NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import { ECHO, NO_VOTE, READY } from './candidate.ts';
import type { BrachaState } from './snapshot.ts';

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

/** The view of an instance. Copies; safe to keep. */
export function viewOf(state: BrachaState): BroadcastView {
  const { committee, ballots, rules } = state;
  const counts = (id: NodeId): boolean => rules.countsSenderEcho || id !== state.sender;
  const voters = (type: typeof ECHO | typeof READY, index: number): NodeId[] =>
    committee.ids.filter((id) => ballots.of(type, id) === index);
  return {
    phase: phaseOf(state),
    refused: refusedBy(state),
    decided: state.decided?.digest,
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

function refusedBy({ initialClosed, first }: BrachaState): boolean {
  return initialClosed && first === undefined;
}

function phaseOf({ delivered, readied, echoed }: BrachaState): Phase {
  if (delivered) return 'delivered';
  if (readied !== undefined) return 'readied';
  return echoed === undefined ? 'init' : 'echoed';
}

function awaited(state: BrachaState): NodeId[] {
  if (state.delivered) return [];
  const { first, readied, sender } = state;
  if (first === undefined && readied === undefined && !refusedBy(state)) return [sender];
  const type = readied === undefined ? ECHO : READY;
  return state.committee.ids.filter((id) => state.ballots.of(type, id) === NO_VOTE);
}
