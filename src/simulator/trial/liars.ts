import type { Prng } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import type { Effects, Protocol } from '../../protocol/index.ts';

/** Ways to be faulty that need to know nothing of the protocol. */
export const TRIAL_LIARS = [
  'silent',
  'stops',
  'withholds',
  'two-faced',
  'two-lives',
  'babbles',
  'repeats',
  'everything',
] as const;

/** One of `TRIAL_LIARS`. */
export type TrialLiar = (typeof TRIAL_LIARS)[number];

/** What the one mind behind all faulty members has to work with. */
export interface LiarContext<Input, Message, Output> {
  readonly committee: Committee;
  readonly faulty: readonly NodeId[];
  readonly correct: readonly NodeId[];
  readonly prng: Prng;
  /** Sends as one of its members. */
  readonly send: (from: NodeId, to: NodeId, message: Message) => void;
  readonly arbitrary: () => Message;
  /** An honest machine of one of its members, with something to propose. */
  readonly honest: (self: NodeId) => {
    readonly machine: Protocol<Input, Message, Output>;
    readonly input: Input | undefined;
  };
}

/** The mind of a trial. */
export interface TrialMind<Message> {
  /** Anybody sends something to anybody: it hears all. */
  heard(from: NodeId, to: NodeId, message: Message): void;
  /** One of its members is handed a message. */
  receive(self: NodeId, from: NodeId, message: Message): void;
  /** Its turn: now and then, a bounded number of times. */
  act(): void;
}

/** Messages that a mind remembers, to repeat them. */
const HEARD_MAX = 64;

/** The mind that lies in this way. */
export function mindOf<Input, Message, Output>(
  kind: TrialLiar,
  context: LiarContext<Input, Message, Output>,
): TrialMind<Message> {
  const { prng } = context;
  switch (kind) {
    case 'silent':
      return { heard: () => undefined, receive: () => undefined, act: () => undefined };
    case 'babbles':
      return chatter(context, (from) => context.send(from, prng.pick(context.correct), context.arbitrary()));
    case 'repeats':
      return repeater(context);
    case 'stops':
      return faces(context, 1, () => prng.below(40));
    case 'withholds':
      return faces(context, 1, () => Number.POSITIVE_INFINITY, true);
    case 'two-faced':
      return faces(context, 2, () => Number.POSITIVE_INFINITY, true);
    case 'two-lives':
      return faces(context, 2, () => Number.POSITIVE_INFINITY);
    case 'everything':
      return together([
        mindOf(prng.pick(['two-faced', 'two-lives', 'withholds'] as const), context),
        mindOf('babbles', context),
        mindOf('repeats', context),
      ]);
  }
}

function together<Message>(minds: readonly TrialMind<Message>[]): TrialMind<Message> {
  return {
    heard: (from, to, message) => {
      for (const mind of minds) mind.heard(from, to, message);
    },
    receive: (self, from, message) => {
      for (const mind of minds) mind.receive(self, from, message);
    },
    act: () => {
      for (const mind of minds) mind.act();
    },
  };
}

function chatter<Input, Message, Output>(
  { prng, faulty }: LiarContext<Input, Message, Output>,
  speak: (from: NodeId) => void,
): TrialMind<Message> {
  return {
    heard: () => undefined,
    receive: () => undefined,
    act: () => speak(prng.pick(faulty)),
  };
}

/** Says what others said, as its own, to some. */
function repeater<Input, Message, Output>(context: LiarContext<Input, Message, Output>): TrialMind<Message> {
  const { prng, correct, send } = context;
  const heard: Message[] = [];
  return {
    ...chatter(context, (from) => {
      if (heard.length > 0) send(from, prng.pick(correct), prng.pick(heard));
    }),
    heard: (_from, _to, message) => {
      if (heard.length < HEARD_MAX) heard.push(message);
      else heard[prng.below(HEARD_MAX)] = message;
    },
  };
}

/**
 * Each of its members runs honest machines, `count` of them, with proposals of their own. With `sides` each machine
 * speaks to a part of the others only; after `lifetime` messages a machine says no more.
 */
function faces<Input, Message, Output>(
  context: LiarContext<Input, Message, Output>,
  count: number,
  lifetime: () => number,
  sides = false,
): TrialMind<Message> {
  const { prng, faulty, committee, send } = context;
  const all = faulty.flatMap((self) =>
    Array.from({ length: count }, (_, face) => ({ self, face, ...context.honest(self), left: lifetime() })),
  );
  // Where two machines have a side each, the sides part the committee; a single one leaves out whom it draws.
  const sideOf = committee.ids.map(() => prng.below(2));
  const speak = (face: (typeof all)[number], effects: Effects<Message, Output>): void => {
    for (const effect of effects) {
      if (effect.kind !== 'send' && effect.kind !== 'broadcast') continue;
      const targets = effect.kind === 'send' ? [effect.to] : committee.ids;
      for (const to of targets) {
        if (to === face.self || (sides && sideOf[to] !== face.face)) continue;
        if (face.left > 0) send(face.self, to, effect.message);
        face.left -= 1;
      }
      if (effect.kind === 'broadcast') speak(face, face.machine.handle(face.self, effect.message));
    }
  };
  let begun = false;
  return {
    heard: () => undefined,
    receive: (self, from, message) => {
      for (const face of all) if (face.self === self) speak(face, face.machine.handle(from, message));
    },
    act: () => {
      if (begun) return;
      begun = true;
      for (const face of all) if (face.input !== undefined) speak(face, face.machine.propose(face.input));
    },
  };
}
