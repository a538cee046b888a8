import type { Committee, NodeId } from '../committee/index.ts';
import type { Digest } from '../crypto/index.ts';
import { type Ballots, type Candidate, DONE, ECHO, NO_VOTE, READY, type VoteType } from './candidate.ts';
import type { Rules } from './rules.ts';

/**
 * What an instance remembers of the votes and of its own statements, as plain data. Two machines of the same options
 * whose snapshots say the same, whatever the order of their candidates, say and deliver the same from here on. Left
 * out: whom a machine asked for a payload and whom it answered, which decide who is asked next and nothing else.
 *
 * Every number but those of `candidates` is a position in `candidates`, or -1 for none.
 */
export interface BrachaSnapshot {
  /** The digests that somebody named, in order of appearance, and whether the payload is here. */
  readonly candidates: readonly { readonly digest: Digest; readonly held: boolean }[];
  /** By member: what its first vote of the type was for. */
  readonly echoes: readonly number[];
  readonly readies: readonly number[];
  readonly dones: readonly number[];
  /** The sender's first INITIAL. */
  readonly first: number;
  readonly initialClosed: boolean;
  readonly proposed: boolean;
  readonly echoed: number;
  readonly readied: number;
  readonly decided: number;
  /** The last payload that was handed over to be held durably. */
  readonly kept: number;
  /** The payload to be had from another member. */
  readonly wanted: number;
  readonly delivered: boolean;
}

/** The state of an instance, as views and snapshots need it. */
export interface BrachaState {
  readonly committee: Committee;
  readonly sender: NodeId;
  readonly rules: Rules;
  readonly ballots: Ballots;
  readonly candidates: Iterable<Candidate>;
  readonly first: Candidate | undefined;
  readonly initialClosed: boolean;
  readonly proposed: boolean;
  readonly echoed: Candidate | undefined;
  readonly readied: Candidate | undefined;
  readonly decided: Candidate | undefined;
  readonly kept: Candidate | undefined;
  readonly wanted: Candidate | undefined;
  readonly pulling: boolean;
  readonly delivered: boolean;
}

/** The snapshot of an instance. Shares nothing but the digests, which nobody writes to. */
export function snapshotOf(state: BrachaState): BrachaSnapshot {
  const votes = (type: VoteType): number[] => state.committee.ids.map((id) => state.ballots.of(type, id));
  return {
    candidates: Array.from(state.candidates, ({ digest, body }) => ({ digest, held: body !== undefined })),
    echoes: votes(ECHO),
    readies: votes(READY),
    dones: votes(DONE),
    first: at(state.first),
    initialClosed: state.initialClosed,
    proposed: state.proposed,
    echoed: at(state.echoed),
    readied: at(state.readied),
    decided: at(state.decided),
    kept: at(state.kept),
    wanted: at(state.wanted),
    delivered: state.delivered,
  };
}

function at(candidate: Candidate | undefined): number {
  return candidate?.index ?? NO_VOTE;
}
