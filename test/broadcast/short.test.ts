import { describe, expect, test } from 'vitest';
import type { Prng } from '../../src/base/index.ts';
import { type Rules, rulesOf, ShortBroadcast, type ShortMessage } from '../../src/broadcast/index.ts';
import { Committee, faultyMax, type NodeId } from '../../src/committee/index.ts';
import { drawTrial, runTrial, type TrialProperty, type TrialSubject } from '../../src/simulator/index.ts';
import { CONFORMANCE, type ConformanceSubject } from '../../src/testing/index.ts';

const VALUES = 4;
const FORMS = ['early', 'classic'] as const;
const KINDS = ['initial', 'echo', 'ready'] as const;
const arbitrary = (prng: Prng): ShortMessage => ({ kind: prng.pick(KINDS), value: prng.below(VALUES + 1) });
const contradicts = (a: ShortMessage, b: ShortMessage): boolean => a.kind === b.kind && a.value !== b.value;

function conforming(committee: Committee, rules: Rules): ConformanceSubject<number, ShortMessage, number> {
  const sender = committee.member(0);
  return {
    committee,
    create: (self) => new ShortBroadcast({ committee, self, sender, rules, values: VALUES }),
    inputOf: (self) => (self === sender ? 2 : undefined),
    arbitrary,
    remember: (said, effect) => {
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    contradicts,
    // Its arrays are as long in the beginning as in the end.
    size: () => 0,
    sizeMax: 0,
  };
}

describe.each(FORMS)('short broadcast, %s form', (form) => {
  test.each(CONFORMANCE)('$name', ({ run }) => {
    for (let n = 1; n <= 10; n += 1)
      for (let f = 0; f <= faultyMax(n); f += 1) {
        const committee = new Committee(n, f);
        run(conforming(committee, rulesOf(committee, form)));
      }
  });
});

const PROPERTIES: Readonly<Record<string, TrialProperty<number, number>>> = {
  agreement: ({ outputs }) => (new Set(outputs.flat()).size > 1 ? 'two values are delivered' : undefined),
  totality: ({ outputs, correct, ended }) => {
    const without = correct.filter((id) => outputs[id]?.length === 0);
    const some = ended && without.length > 0 && without.length < correct.length;
    return some ? `p${without.join(', p')} delivered nothing` : undefined;
  },
  validity: ({ inputs, outputs, correct, ended }) => {
    const [input] = inputs.filter((given) => given !== undefined);
    if (input === undefined) return undefined;
    const missing = ended && correct.some((id) => outputs[id]?.length === 0);
    return missing || outputs.flat().some((value) => value !== input)
      ? `not all delivered ${input}`
      : undefined;
  },
};

function subject(
  form: (typeof FORMS)[number],
  wrong: Partial<Rules> = {},
): TrialSubject<number, ShortMessage, number> {
  return {
    name: 'short',
    kinds: KINDS,
    create: ({ committee, self }) => {
      const sender = committee.member(committee.n - 1);
      const rules = { ...rulesOf(committee, form), ...wrong };
      return new ShortBroadcast({ committee, self, sender, rules, values: VALUES });
    },
    inputOf: (self: NodeId, prng, committee) => (self === committee.n - 1 ? prng.below(VALUES) : undefined),
    encode: ({ kind, value }) => Uint8Array.of(KINDS.indexOf(kind), value),
    decode: ([kind = 0, value = 0]) => ({ kind: KINDS[kind] ?? 'initial', value }),
    arbitrary: (prng) => ({ kind: prng.pick(KINDS), value: prng.below(VALUES) }),
    contradicts,
    properties: PROPERTIES,
  };
}

test.each(FORMS)('in its %s form it holds under every liar, schedule and restart', (form) => {
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const { violated, ended } = runTrial(subject(form), { scenario: drawTrial(seed) });
    expect({ seed, violated, ended }).toEqual({ seed, violated: undefined, ended: true });
  }
});

test('a wrong threshold shows', () => {
  const broken = (wrong: Partial<Rules>): boolean => {
    for (let seed = 1; seed <= 2_000; seed += 1)
      if (runTrial(subject('early', wrong), { scenario: drawTrial(seed) }).violated !== undefined)
        return true;
    return false;
  };
  expect(broken({})).toBe(false);
  expect(broken({ amplify: 1 })).toBe(true);
  expect(broken({ deliver: 1 })).toBe(true);
  expect(broken({ deliverEarly: 1 })).toBe(true);
});

test('who delivers without having heard the sender says ECHO all the same: others may need it', () => {
  const committee = new Committee(5, 1);
  const [sender, self, ...others] = committee.ids;
  if (sender === undefined || self === undefined) throw new Error('five members');
  const rules = rulesOf(committee, 'early');
  const machine = new ShortBroadcast({ committee, self, sender, rules, values: VALUES });
  const effects = others.flatMap((from) => machine.handle(from, { kind: 'echo', value: 3 }));
  expect(effects).toEqual([
    { kind: 'broadcast', message: { kind: 'echo', value: 3 } },
    { kind: 'broadcast', message: { kind: 'ready', value: 3 } },
    { kind: 'output', output: 3 },
  ]);
});
