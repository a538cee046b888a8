import type { Bracha87WireMessage } from '../../src/agreement/index.ts';
import { type Prng, toHex } from '../../src/base/index.ts';
import type { AgreementMessage, InstanceMessage } from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import type { Effects } from '../../src/protocol/index.ts';
import {
  drawTrial,
  runTrial,
  type TrialMember,
  type TrialProperty,
  type TrialScenario,
  type TrialSubject,
} from '../../src/simulator/index.ts';
import type { Proposal, ValueDecision, ValueMessage } from '../../src/subset/index.ts';
import { arbitrary as arbitraryStep, randomBit } from '../bracha87/subject.ts';
import { brokenLinks, choice, coinNames, inputs, lateMember, refused, type SubsetCode } from './played.ts';
import {
  arbitrary,
  brachaOptions,
  contradicts,
  decode,
  encode,
  type Message,
  optionsOf,
  REFUSED,
} from './subject.ts';
import { LOCAL_CODEC, VALUE_CODEC, type ValueCodec } from './value-codec.ts';

interface Machine<M, Output> {
  readonly terminated: boolean;
  propose(value: Uint8Array): Effects<M, Output>;
  handle(from: NodeId, message: M): Effects<M, Output>;
  restore(said: readonly M[]): Effects<M, Output>;
  retry(): Effects<M, Output>;
  linkReset(peer: NodeId): void;
  owedTo(peer: NodeId): readonly M[];
}

/** What links and time are to these machines. */
function driven<M, Output>(create: (member: TrialMember) => Machine<M, Output>) {
  const machines = new WeakMap<object, Machine<M, Output>>();
  return {
    create: (member: TrialMember) => {
      const machine = create(member);
      machines.set(machine, machine);
      return machine;
    },
    retry: (machine: object) => machines.get(machine)?.retry() ?? [],
    linkUp: (machine: object, peer: NodeId) => {
      const known = machines.get(machine);
      known?.linkReset(peer);
      return (known?.owedTo(peer) ?? []).map((message) => ({ kind: 'send' as const, to: peer, message }));
    },
  };
}

const remember: NonNullable<TrialSubject<Uint8Array, Message, unknown>['remember']> = (said, effect) => {
  if (effect.kind === 'keep') said.push({ kind: 'kept', payload: effect.payload });
  if (effect.kind === 'broadcast') said.push(effect.message);
};

const termination: TrialProperty<Uint8Array, unknown> = ({ outputs, correct, ended }) => {
  const without = ended ? correct.filter((id) => outputs[id]?.length === 0) : [];
  return without.length > 0 ? `p${without.join(', p')} decided nothing` : undefined;
};

function agreement<Output>(text: (output: Output) => string): TrialProperty<Uint8Array, Output> {
  return ({ outputs }) => (new Set(outputs.flat().map(text)).size > 1 ? 'different outputs' : undefined);
}

const drawn = (_self: NodeId, prng: Prng): Uint8Array => Uint8Array.of(prng.below(3));
const alike = (): Uint8Array => Uint8Array.of(7);

const subsetSubject = (code: SubsetCode): TrialSubject<Uint8Array, Message, readonly Proposal[]> => ({
  name: 'subset',
  ...{ encode, decode, arbitrary, remember, contradicts, inputOf: drawn },
  ...driven(({ committee, self }) => new code.CommonSubset(optionsOf(committee, self, 1, code))),
  properties: {
    agreement: agreement((set) => set.map(({ proposer, payload }) => `${proposer}:${toHex(payload)}`).join()),
    termination,
    size: ({ outputs, committee }) =>
      outputs.flat().some((set) => set.length < committee.quorums.correct) ? 'too few are in' : undefined,
    validity: ({ outputs, correct, inputs }) => {
      for (const { proposer, payload } of outputs.flat(2)) {
        if (payload[0] === REFUSED) return 'a proposal that nobody may vouch for is in';
        const input = inputs[proposer];
        const isOwn = input !== undefined && toHex(input) === toHex(payload);
        if (correct.includes(proposer) && !isOwn) return `p${proposer} did not propose ${toHex(payload)}`;
      }
      return undefined;
    },
  },
});

/** An agreement on a value. `A`: what its agreements on proposals say. */
function valueSubject<A>(
  make: (member: TrialMember) => Machine<ValueMessage<InstanceMessage, A>, ValueDecision>,
  codec: ValueCodec<A>,
  inputOf: typeof drawn,
): TrialSubject<Uint8Array, ValueMessage<InstanceMessage, A>, ValueDecision> {
  return {
    name: 'value',
    ...codec,
    inputOf,
    remember: (said, effect) => {
      if (effect.kind === 'keep') said.push({ kind: 'kept', payload: effect.payload });
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    ...driven(make),
    properties: {
      agreement: agreement(({ value }) => toHex(value)),
      termination,
      validity: ({ outputs, correct, inputs }) => {
        const own = new Set(correct.map((id) => inputs[id] && toHex(inputs[id])));
        for (const { value } of outputs.flat()) {
          if (value[0] === REFUSED) return 'a value that nobody may vouch for';
          if (own.size === 1 && !own.has(undefined) && !own.has(toHex(value)))
            return 'another value than what all correct members proposed';
        }
        return undefined;
      },
    },
  };
}

const overCoin = (code: SubsetCode, inputOf = drawn) =>
  valueSubject<AgreementMessage>(
    ({ committee, self }) => new code.ValueAgreement(optionsOf(committee, self, 1, code)),
    VALUE_CODEC,
    inputOf,
  );

const overOwnCoins = (code: SubsetCode) =>
  valueSubject<Bracha87WireMessage>(
    ({ committee, self, prng }) => {
      const { coin: _coin, scope: _scope, ...options } = brachaOptions(committee, self, 1);
      return new code.ValueAgreement(code.localSubset({ ...options, toss: () => randomBit(prng) }));
    },
    { ...LOCAL_CODEC, arbitrary: (prng, committee) => LOCAL_CODEC.about(prng, committee, arbitraryStep) },
    drawn,
  );

type Campaign = (code: SubsetCode, seed: number) => string | undefined;

/** Runs one trial; what it throws is a violation too: no peer and no schedule may do that. */
function tried<M, Output>(
  subject: (code: SubsetCode) => TrialSubject<Uint8Array, M, Output>,
  fixed: Partial<TrialScenario> = {},
): Campaign {
  return (code, seed) => {
    try {
      const { violated, ended } = runTrial(subject(code), { scenario: drawTrial(seed, fixed) });
      return violated?.property ?? (ended ? undefined : 'no end');
    } catch (error) {
      return `throws: ${String(error)}`;
    }
  };
}

/** What tells a bug from the correct code: gives what is wrong, or undefined. */
export const CAMPAIGNS = {
  subset: tried(subsetSubject),
  'subset-calm': tried(subsetSubject, { n: 4, restarts: false, faulty: [] }),
  'subset-restarts': tried(subsetSubject, { n: 4, restarts: true }),
  value: tried(overCoin),
  'value-few': tried(overCoin, { n: 4, restarts: false }),
  'value-restarts': tried(overCoin, { n: 4, restarts: true }),
  'value-alike': tried((code) => overCoin(code, alike), { n: 4, restarts: false }),
  'own-coins': tried(overOwnCoins, { n: 4 }),
  'own-coins-restarts': tried(overOwnCoins, { n: 5, restarts: true }),
  'late-member': lateMember,
  'broken-links': brokenLinks,
  refused,
  inputs,
  'coin-names': coinNames,
  choice,
} as const satisfies Readonly<Record<string, Campaign>>;

/** One of `CAMPAIGNS`. */
export type SubsetCampaign = keyof typeof CAMPAIGNS;
