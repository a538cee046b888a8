import type { Bracha87, Bracha87WireMessage, Decision } from '../../src/agreement/index.ts';
import { Prng } from '../../src/base/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import type { Effects } from '../../src/protocol/index.ts';
import { type Code, randomBit } from './subject.ts';

type Body = Extract<Bracha87WireMessage, { readonly kind: 'step' }>['body'];

interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Bracha87WireMessage;
}

const [N, F] = [7, 2];
const LAGGARD = 6;
/** They take part until the laggard is needed. */
const SILENT_LATER = new Set<number>([2, 5]);
/** The phase that the others are brought to, one step from what a member keeps in advance. */
const PHASES = 5;

/** What came of it. */
export interface FarBehind {
  readonly undecided: readonly number[];
  /** Requests to say something again. */
  readonly asked: number;
  readonly phases: number;
}

/**
 * Seven members, one of which hears nothing while a schedule keeps the others undecided: each half hears its own
 * opinion first, and tosses it. Then two liars fall silent, so that the laggard is needed; what it missed reaches it
 * latest first.
 */
export function farBehind({ agreement, committee: { Committee: Of } }: Code, seed: number): FarBehind {
  const prng = new Prng(seed);
  const committee = new Of(N, F);
  const { ids } = new Committee(N, F);
  const sideOf = (id: number): 0 | 1 => (id < 3 ? 0 : 1);
  let undecidable = true;
  const machines: Bracha87<Body>[] = ids.map(
    (self) =>
      new agreement.Bracha87<Body>({
        committee,
        self,
        broadcast: agreement.shortSteps(committee, self),
        toss: () => (undecidable ? sideOf(self) : randomBit(prng)),
        phasesAhead: 1,
      }),
  );
  const letters: Letter[] = [];
  const held: Letter[] = [];
  let asked = 0;
  const carry = (self: NodeId, effects: Effects<Bracha87WireMessage, Decision>): void => {
    for (const effect of effects) {
      if (effect.kind === 'send') {
        if (effect.message.kind === 'again') asked += 1;
        letters.push({ from: self, to: effect.to, message: effect.message });
      }
      if (effect.kind !== 'broadcast') continue;
      for (const to of ids) {
        const letter = { from: self, to, message: effect.message };
        const hold = undecidable && (to === LAGGARD || letter.message.kind === 'decide');
        if (to !== self) (hold ? held : letters).push(letter);
      }
      carry(self, machines[self]?.handle(self, effect.message) ?? []);
    }
  };
  const deliver = ({ from, to, message }: Letter): void => {
    if (!undecidable && SILENT_LATER.has(to)) return;
    carry(to, machines[to]?.handle(from, message) ?? []);
  };
  const rank = ({ to, message }: Letter): number =>
    message.kind === 'step'
      ? (message.phase * 4 + message.step) * 2 + (sideOf(message.sender) === sideOf(to) ? 0 : 1)
      : 0;
  for (const id of ids) if (id !== LAGGARD) carry(id, machines[id]?.propose(sideOf(id)) ?? []);
  const furthest = (): number => Math.max(...machines.map((machine) => machine.inspect().phase));
  while (letters.length > 0 && furthest() < PHASES) {
    const least = Math.min(...letters.map(rank));
    const first = letters.filter((letter) => rank(letter) === least);
    const chosen = prng.pick(first);
    letters.splice(letters.indexOf(chosen), 1);
    deliver(chosen);
  }
  undecidable = false;
  const phases = furthest();
  const laggard = committee.member(LAGGARD);
  carry(laggard, machines[LAGGARD]?.propose(1) ?? []);
  for (const letter of held.reverse()) deliver(letter);
  while (letters.length > 0) {
    const [letter] = letters.splice(prng.below(letters.length), 1);
    if (letter !== undefined) deliver(letter);
  }
  const undecided = ids.filter((id) => !SILENT_LATER.has(id) && machines[id]?.decision === undefined);
  return { undecided, asked, phases };
}
