import type { Participant } from '../../member/index.ts';
import type { AdversaryContext } from './adversary.ts';
import { equivocate } from './equivocate.ts';
import { silent } from './silent.ts';
import { withhold } from './withhold.ts';

export { type AdversaryContext, type Bend, BendingParticipant, type Lie } from './adversary.ts';
export {
  AGREEMENT_LIARS,
  type AgreementLiar,
  type AgreementLiarName,
} from './agreement-liars.ts';

/** How a faulty member behaves. */
export interface Adversary {
  /** One line for people. */
  readonly summary: string;
  readonly make: (context: AdversaryContext) => Participant;
}

/** The ways to be faulty, by name. */
export const ADVERSARIES = {
  equivocate: { summary: 'says different things to different members', make: equivocate },
  silent: { summary: 'keeps its links up and says nothing', make: silent },
  withhold: { summary: 'sends payloads to few, votes to fewer, hands nothing out', make: withhold },
} as const satisfies Record<string, Adversary>;

/** One of the names of `ADVERSARIES`. */
export type AdversaryName = keyof typeof ADVERSARIES;
