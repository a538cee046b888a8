import type { Committee } from '../committee/index.ts';

/**
 * Which of the two forms all members of a cluster run. Mixing them is unsafe, so it stands in the cluster
 * definition.
 *
 * - `early`: Bracha with early delivery after two message delays. For f = 0 the same as `classic`.
 * - `classic`: Bracha's Figure 1 of 1987 with digests in the votes: three waits, no early delivery.
 */
export type BroadcastForm = 'early' | 'classic';

/** The thresholds that one form applies to one committee. */
export interface Rules {
  /** Whether the sender's own ECHO counts. */
  readonly countsSenderEcho: boolean;
  /** ECHOs that count, of one digest, before READY. */
  readonly echo: number;
  /** ECHOs that count, of one digest held, before delivery; undefined: never on ECHOs. */
  readonly deliverEarly: number | undefined;
  /** READYs before READY. */
  readonly amplify: number;
  /** READYs before the digest is decided. */
  readonly deliver: number;
  /** DONEs before the digest is decided. */
  readonly adopt: number;
  /** Whether a quorum of ECHOs or f+1 READYs makes a member ECHO too (wait 1 of Figure 1). */
  readonly echoesOnVotes: boolean;
}

/**
 * The rules of `form`. Early delivery takes both of its changes or none: counting the sender's ECHO while
 * delivering at `deliverEarly`, or keeping the plain echo quorum beside it, loses totality.
 */
export function rulesOf(committee: Committee, form: BroadcastForm): Rules {
  const { amplify, deliver, adopt, echo, echoEarly, deliverEarly } = committee.quorums;
  if (form === 'early' && committee.f > 0) {
    return {
      countsSenderEcho: false,
      echo: echoEarly,
      deliverEarly,
      amplify,
      deliver,
      adopt,
      echoesOnVotes: false,
    };
  }
  return {
    countsSenderEcho: true,
    echo,
    deliverEarly: undefined,
    amplify,
    deliver,
    adopt,
    echoesOnVotes: form === 'classic',
  };
}
