import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/index.ts';
import { Committee, faultyMax, type NodeId } from '../../src/committee/index.ts';
import type { Effects } from '../../src/protocol/index.ts';
import {
  drawTrial,
  runTrial,
  type TrialMember,
  type TrialProperty,
  type TrialSubject,
} from '../../src/simulator/index.ts';
import { type Choice, choose, type Proposal } from '../../src/subset/index.ts';
import { CONFORMANCE, type ConformanceSubject } from '../../src/testing/index.ts';
import {
  arbitrary,
  choiceOf,
  contradicts,
  decode,
  encode,
  type Message,
  REFUSED,
  remember,
  subsetOf,
} from './subject.ts';

const COMMITTEES = [1, 2, 3, 4, 5, 6, 7].map((n) => new Committee(n, faultyMax(n)));

interface Machine<Output> {
  propose(payload: Uint8Array): Effects<Message, Output>;
  handle(from: NodeId, message: Message): Effects<Message, Output>;
  restore(said: readonly Message[]): Effects<Message, Output>;
  readonly terminated: boolean;
  readonly settled: boolean;
  retry(): Effects<Message, Output>;
  linkReset(peer: NodeId): void;
  owedTo(peer: NodeId): readonly Message[];
}

function conforming<Output>(
  committee: Committee,
  make: (committee: Committee, self: NodeId, seed: number) => Machine<Output>,
): ConformanceSubject<Uint8Array, Message, Output> {
  const machines = new WeakMap<object, Machine<Output>>();
  return {
    committee,
    create: (self) => {
      const machine = make(committee, self, committee.n);
      machines.set(machine, machine);
      return machine;
    },
    inputOf: (self) => Uint8Array.of(self),
    arbitrary: (prng) => arbitrary(prng, committee),
    remember,
    contradicts,
    retry: (machine) => machines.get(machine)?.retry() ?? [],
    // Its children are measured by their own suites.
    size: () => 0,
    sizeMax: 0,
  };
}

describe('common subset', () => {
  test.each(CONFORMANCE)('$name', ({ run }) => {
    for (const committee of COMMITTEES) run(conforming(committee, subsetOf));
  });
});

describe('multi-valued agreement', () => {
  test.each(CONFORMANCE)('$name', ({ run }) => {
    for (const committee of COMMITTEES) run(conforming(committee, choiceOf));
  });
});

function subjectOf<Output>(
  name: string,
  make: (committee: Committee, self: NodeId, seed: number) => Machine<Output>,
  properties: Readonly<Record<string, TrialProperty<Uint8Array, Output>>>,
  inputOf: TrialSubject<Uint8Array, Message, Output>['inputOf'] = (self, prng) =>
    Uint8Array.of(self, prng.below(3)),
): TrialSubject<Uint8Array, Message, Output> {
  const machines = new WeakMap<object, Machine<Output>>();
  return {
    ...{ name, encode, decode, arbitrary, remember, contradicts, properties, inputOf },
    create: ({ committee, self }: TrialMember) => {
      const machine = make(committee, self, 1);
      machines.set(machine, machine);
      return machine;
    },
    retry: (machine) => machines.get(machine)?.retry() ?? [],
    linkUp: (machine, peer) => {
      const known = machines.get(machine);
      known?.linkReset(peer);
      return (known?.owedTo(peer) ?? []).map((message) => ({ kind: 'send' as const, to: peer, message }));
    },
  };
}

const text = (proposals: readonly Proposal[]): string =>
  proposals.map(({ proposer, payload }) => `${proposer}:${toHex(payload)}`).join(' ');

/** What holds of anything that every correct member is to output once, and alike. */
function common<Output>(of: (output: Output) => string): Record<string, TrialProperty<Uint8Array, Output>> {
  return {
    agreement: ({ outputs }) => {
      const values = new Set(outputs.flat().map(of));
      return values.size > 1 ? [...values].join(' and ') : undefined;
    },
    integrity: ({ outputs }) => {
      const id = outputs.findIndex((own) => own.length > 1);
      return id < 0 ? undefined : `p${id} output twice`;
    },
    termination: ({ outputs, correct, ended }) => {
      const without = ended ? correct.filter((id) => outputs[id]?.length === 0) : [];
      return without.length > 0 ? `${without.join()} have nothing` : undefined;
    },
  };
}

const SUBSET: Record<string, TrialProperty<Uint8Array, readonly Proposal[]>> = {
  ...common(text),
  size: ({ outputs, committee }) => {
    const short = outputs.flat().find((set) => set.length < committee.quorums.correct);
    return short === undefined ? undefined : `only ${short.length} are in`;
  },
  validity: ({ outputs, correct, inputs }) => {
    for (const { proposer, payload } of outputs.flat(2)) {
      if (payload[0] === REFUSED) return 'a proposal that nobody may vouch for is in';
      const input = inputs[proposer];
      if (correct.includes(proposer) && (input === undefined || toHex(input) !== toHex(payload)))
        return `p${proposer} did not propose ${toHex(payload)}`;
    }
    return undefined;
  },
};

test('a common subset holds under every liar, schedule and restart', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const scenario = drawTrial(seed, { n: 4 + (seed % 2) });
    const { violated, ended } = runTrial(subjectOf('subset', subsetOf, SUBSET), { scenario });
    expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
  }
});

test('a multi-valued agreement decides what all correct members propose, and only what is valid', () => {
  const validity: TrialProperty<Uint8Array, Choice> = ({ outputs }) => {
    const other = outputs.flat().find(({ value }) => toHex(value) !== '07');
    return other === undefined ? undefined : `${toHex(other.value)} was decided`;
  };
  const properties = { ...common(({ value }: Choice) => toHex(value)), validity };
  const subject = subjectOf('choice', choiceOf, properties, () => Uint8Array.of(7));
  for (let seed = 1; seed <= 40; seed += 1) {
    const scenario = drawTrial(seed, { n: 4 });
    const { violated, ended } = runTrial(subject, { scenario });
    expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
  }
});

test('of several values the most proposed is chosen, of equals that of the lowest proposer', () => {
  const committee = new Committee(7, 2);
  const proposals = (values: string): Proposal[] =>
    [...values].map((value, at) => ({
      proposer: committee.member(at),
      payload: Uint8Array.of(Number(value)),
    }));
  expect(choose(proposals('12212'))).toMatchObject({ value: Uint8Array.of(2), of: 5 });
  expect(choose(proposals('1221')).value).toEqual(Uint8Array.of(1));
  expect(choose(proposals('3')).proposers).toEqual([0]);
});

test('without the liar that is silent all settle, and nobody waits for it', () => {
  const committee = new Committee(4, 1);
  const machines = committee.ids.slice(0, 3).map((self) => subsetOf(committee, self, 5));
  const pool: { from: NodeId; to: NodeId; message: Message }[] = [];
  const sets: string[] = [];
  const carry = (self: NodeId, effects: Effects<Message, readonly Proposal[]>): void => {
    for (const effect of effects) {
      if (effect.kind === 'output') sets.push(text(effect.output));
      if (effect.kind === 'send') pool.push({ from: self, to: effect.to, message: effect.message });
      if (effect.kind !== 'broadcast') continue;
      for (const to of committee.ids) pool.push({ from: self, to, message: effect.message });
    }
  };
  for (const id of committee.ids.slice(0, 3)) carry(id, machines[id]?.propose(Uint8Array.of(id)) ?? []);
  for (let letter = pool.shift(); letter !== undefined; letter = pool.shift())
    carry(letter.to, machines[letter.to]?.handle(letter.from, letter.message) ?? []);
  expect(sets).toEqual(Array(3).fill('0:00 1:01 2:02'));
  expect(machines.map(({ settled, terminated }) => [settled, terminated])).toEqual(
    Array(3).fill([true, false]),
  );
});
