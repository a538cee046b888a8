import { describe, expect, test } from 'vitest';
import { BinaryAgreement } from '../../src/agreement/index.ts';
import { copyMutant } from '../../src/cli/sim/mutant.ts';
import { search } from '../../src/simulator/index.ts';
import { AgreementModel, explorePastReveal, type MakeMachine } from './model.ts';
import { AGREEMENT_MUTANTS } from './mutants.ts';

const correct: MakeMachine = (options) => new BinaryAgreement(options);

// n=4, f=1, two rounds, everything that the liar could say and every order. Another count means another protocol or
// another model. The inputs 0,1,1 and 1,1,1 are these with 0 and 1 in each other's place.
test.each([
  [[0, 0, 0], [0, 0], 118, 384],
  [[0, 0, 0], [0, 1], 118, 384],
  [[0, 0, 0], [1, 0], 325, 1_209],
  [[0, 0, 0], [1, 1], 126, 531],
  [[0, 0, 1], [0, 0], 136_496, 891_816],
  [[0, 0, 1], [0, 1], 128_892, 848_095],
  [[0, 0, 1], [1, 0], 125_444, 795_922],
  [[0, 0, 1], [1, 1], 132_559, 829_230],
] as const)(
  'inputs %o, coins %o: %i states, %i steps, and all of them hold',
  (inputs, coins, states, transitions) => {
    const model = new AgreementModel({ make: correct, inputs, coins });
    expect(search(model, { stopAtViolation: false })).toMatchObject({
      ...{ states, transitions, violations: [], complete: true },
    });
  },
);

describe('the first round is bound before its coin can be known', () => {
  test.each([
    [[0, 0, 0], 49],
    [[0, 0, 1], 2_980],
  ] as const)('inputs %o: in all of %i states', (inputs, states) => {
    expect(explorePastReveal(correct, inputs)).toEqual({ states, unbound: 0 });
  });

  test.each(['own-aux-estimate', 'aux-one-less', 'outcome-one-less'])('but not with %s', async (name) => {
    expect((await explored(name)).unbound).toBeGreaterThan(0);
  });

  test.each(['conf-bin-values', 'aux-counted-twice'])('%s changes nothing about it', async (name) => {
    expect((await explored(name)).unbound).toBe(0);
  });
});

test.each([
  ['estimate-follows-coin', [0, 0, 0], 'validity'],
  ['decides-without-coin', [0, 0, 1], 'agreement'],
  ['bval-relay-at-f', [0, 0, 0], 'validity'],
  ['adopt-at-f', [0, 0, 0], 'validity'],
] as const)('%s breaks something within two rounds', async (name, inputs, property) => {
  const found = await withMutant(name, (make) =>
    [0, 1].flatMap((first) =>
      search(new AgreementModel({ make, inputs, coins: [first === 0 ? 0 : 1, 1] })).violations.map(
        (one) => one.property,
      ),
    ),
  );
  expect(found).toContain(property);
});

const explored = (name: string) => withMutant(name, (make) => explorePastReveal(make, [0, 0, 1]));

async function withMutant<Result>(name: string, use: (make: MakeMachine) => Result): Promise<Result> {
  const mutant = AGREEMENT_MUTANTS.find((known) => known.name === name);
  if (mutant === undefined) throw new Error(`no mutant ${name}`);
  const copy = copyMutant(mutant);
  try {
    const agreements: typeof import('../../src/agreement/index.ts') = await import(
      new URL('../agreement/index.js', copy.url).href
    );
    return use((options) => new agreements.BinaryAgreement(options));
  } finally {
    copy.remove();
  }
}
