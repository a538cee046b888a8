import type { Participant } from '../../member/index.ts';
import { type AdversaryContext, BendingParticipant } from './adversary.ts';

/** Keeps its links up, listens, and says nothing at all: the fault that looks like a slow network. */
export function silent({ honest, report, self }: AdversaryContext): Participant {
  let reported = false;
  return new BendingParticipant(honest, () => {
    if (!reported) report({ text: `p${self} keeps its links up and says nothing`, about: undefined });
    reported = true;
    return [];
  });
}
