import * as agreement from '../../src/agreement/index.ts';
import {
  type Bracha87,
  type Bracha87WireMessage,
  type Decision,
  decodeBracha87,
  encodeBracha87,
  type Step,
} from '../../src/agreement/index.ts';
import type { Bit, Prng } from '../../src/base/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import type { TrialProperty, TrialSubject } from '../../src/simulator/index.ts';

/** No run may take longer. */
export const PHASES_LIMIT = 60;

export const randomBit = (prng: Prng): Bit => (prng.below(2) === 0 ? 0 : 1);

/** What binary agreement promises, whoever proposed what. */
export const AGREEMENT: Readonly<Record<string, TrialProperty<Bit, Decision>>> = {
  agreement: ({ outputs }) => {
    const values = new Set(outputs.flat().map(({ value }) => value));
    return values.size > 1 ? 'both bits are decided' : undefined;
  },
  validity: ({ inputs, outputs, correct }) => {
    const proposed = new Set(correct.map((id) => inputs[id]).filter((input) => input !== undefined));
    const [decision] = outputs.flat();
    if (decision === undefined || proposed.size === 0 || proposed.has(decision.value)) return undefined;
    return `${decision.value} is decided, which no correct member proposed`;
  },
  termination: ({ outputs, correct, ended }) => {
    const undecided = ended ? correct.filter((id) => outputs[id]?.length === 0) : [];
    return undecided.length === 0 ? undefined : `p${undecided.join(', p')} decided nothing`;
  },
  'few phases': ({ outputs }) => {
    const longest = Math.max(0, ...outputs.flat().map(({ round }) => round));
    return longest > PHASES_LIMIT ? `a decision in phase ${longest}` : undefined;
  },
  unanimity: ({ inputs, outputs, correct }) => {
    const proposed = new Set(correct.map((id) => inputs[id]));
    // Who comes back knows what it decided, not any more when.
    const late = outputs.map(([first]) => first).find((first) => first !== undefined && first.round > 1);
    const unanimous = proposed.size === 1 && !proposed.has(undefined);
    return unanimous && late !== undefined
      ? `all proposed the same, decided in phase ${late.round}`
      : undefined;
  },
};

export const encode = encodeBracha87;

export function decode(bytes: Uint8Array, committee: Committee): Bracha87WireMessage | undefined {
  const decoded = decodeBracha87(bytes, committee);
  return decoded.ok ? decoded.value : undefined;
}

/** Any message of the first phases, such as correct members send among them. */
export function arbitrary(prng: Prng, committee: Committee): Bracha87WireMessage {
  if (prng.chance(1, 12)) return { kind: 'decide', value: randomBit(prng) };
  const phase = 1 + prng.below(prng.chance(1, 10) ? 300 : 4);
  if (prng.chance(1, 12)) return { kind: 'again', phase };
  const step = prng.pick<Step>([1, 2, 3]);
  const kind = prng.pick(['initial', 'echo', 'ready'] as const);
  const value = prng.below(step === 3 ? 4 : 2);
  return { kind: 'step', phase, step, sender: prng.pick(committee.ids), body: { kind, value } };
}

/** The same statement with another content. */
export function contradicts(earlier: Bracha87WireMessage, later: Bracha87WireMessage): boolean {
  if (earlier.kind === 'decide' && later.kind === 'decide') return earlier.value !== later.value;
  if (earlier.kind !== 'step' || later.kind !== 'step') return false;
  const same =
    earlier.phase === later.phase &&
    earlier.step === later.step &&
    earlier.sender === later.sender &&
    earlier.body.kind === later.body.kind;
  return same && earlier.body.value !== later.body.value;
}

type Bracha87WireBody = Extract<Bracha87WireMessage, { readonly kind: 'step' }>['body'];

/** How the inputs of a run are drawn: each member's own, or one for all of them. */
export type Inputs = 'random' | 'zeros' | 'ones';

/** The code under trial: this program's own, or a copy of it with a bug. */
export interface Code {
  readonly agreement: Pick<typeof agreement, 'Bracha87' | 'shortSteps'>;
  readonly committee: { readonly Committee: typeof Committee };
}

export const OWN: Code = { agreement, committee: { Committee } };

/** One agreement. */
export function bracha87Subject({
  inputs = 'random',
  phasesAhead = 1,
  code = OWN,
}: {
  readonly inputs?: Inputs;
  readonly phasesAhead?: number;
  readonly code?: Code;
} = {}): TrialSubject<Bit, Bracha87WireMessage, Decision> {
  const machines = new WeakMap<object, Bracha87<Bracha87WireBody>>();
  return {
    name: 'bracha87',
    kinds: ['initial', 'echo', 'ready', 'decide'],
    kindOf: (message) => (message.kind === 'step' ? message.body.kind : message.kind),
    create: ({ committee: { n, f }, self, prng }) => {
      const committee = new code.committee.Committee(n, f);
      const machine = new code.agreement.Bracha87({
        committee,
        self,
        broadcast: code.agreement.shortSteps(committee, self),
        toss: () => randomBit(prng),
        phasesAhead,
      });
      machines.set(machine, machine);
      return machine;
    },
    inputOf: (_self: NodeId, prng) => (inputs === 'random' ? randomBit(prng) : inputs === 'ones' ? 1 : 0),
    arbitrary,
    encode,
    decode,
    contradicts,
    describe: (message) => {
      if (message.kind === 'again') return `AGAIN ${message.phase}`;
      if (message.kind === 'decide') return `DECIDE ${message.value}`;
      const { phase, step, sender, body } = message;
      const value = body.value < 2 ? body.value : `(d,${body.value - 2})`;
      return `${body.kind.toUpperCase()} ${value} of p${sender} in phase ${phase}, step ${step}`;
    },
    linkUp: (machine, peer) => {
      const known = machines.get(machine);
      known?.linkReset(peer);
      return (known?.said() ?? []).map((message) => ({ kind: 'send' as const, to: peer, message }));
    },
    properties: AGREEMENT,
  };
}
