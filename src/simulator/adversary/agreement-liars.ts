import type { NodeId } from '../../committee/index.ts';
import type { AgreementEffect, AgreementParticipant, Agreements } from '../../member/index.ts';

/** How a faulty member behaves in agreements. */
export interface AgreementLiar {
  /** One line for people. */
  readonly summary: string;
  /** Stands in front of the honest state machine and bends what it sends. */
  readonly make: (honest: Agreements) => AgreementParticipant;
}

type Send = Extract<AgreementEffect, { readonly kind: 'send' }>;

/** The ways to be faulty in agreements, by name. */
export const AGREEMENT_LIARS = {
  equivocate: {
    summary: 'tells members with odd numbers the opposite of what it tells the others',
    make: (honest) => bending(honest, (send) => [isOdd(send.to) ? opposite(send) : send]),
  },
  contrary: {
    summary: 'tells everybody the opposite of what it should',
    make: (honest) => bending(honest, (send) => [opposite(send)]),
  },
  silent: { summary: 'keeps its links up and says nothing', make: (honest) => bending(honest, () => []) },
  withhold: {
    summary: 'speaks to members with even numbers only',
    make: (honest) => bending(honest, (send) => (isOdd(send.to) ? [] : [send])),
  },
} as const satisfies Record<string, AgreementLiar>;

/** One of the names of `AGREEMENT_LIARS`. */
export type AgreementLiarName = keyof typeof AGREEMENT_LIARS;

/** Where what is meant stands last: turns its last bit over, in a digest or a value too. A share of a coin becomes a wrong one. */
function opposite(send: Send): Send {
  if (!bends(send)) return send;
  const body = new Uint8Array(send.body);
  const last = body.length - 1;
  body[last] = (body[last] ?? 0) ^ 1;
  return { ...send, body };
}

/** Whether a message says anything: all but SYNC, AGAIN and PULL do. */
function bends({ form, body }: Send): boolean {
  const [tag = 0] = body;
  if (form === 'bit') return tag >= 1 && tag <= 4;
  if (form === 'common-bit') return body.length > 1 && tag <= 4;
  return tag >= 1 && tag !== 4;
}

function bending(honest: Agreements, bend: (send: Send) => readonly Send[]): AgreementParticipant {
  const bent = (effects: readonly AgreementEffect[]): readonly AgreementEffect[] =>
    effects.flatMap((effect): readonly AgreementEffect[] =>
      effect.kind === 'send' ? bend(effect) : [effect],
    );
  return {
    restore: (memory) => bent(honest.restore(memory)),
    propose: (topic, value) => bent(honest.propose(topic, value)),
    handle: (from, word) => bent(honest.handle(from, word)),
    linkUp: (peer) => bent(honest.linkUp(peer)),
    linkDown: (peer) => honest.linkDown(peer),
    tick: () => bent(honest.tick()),
  };
}

function isOdd(id: NodeId): boolean {
  return id % 2 === 1;
}
