import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BroadcastForm, type Rules, rulesOf } from '../../src/broadcast/index.ts';
import { type Committee, faultyMax } from '../../src/committee/index.ts';
import { play, type Violation } from './arena.ts';

const FORMS: readonly BroadcastForm[] = ['early', 'classic'];

/** Any committee of 4 to 10 members with any f it tolerates, and anything that may happen to it. */
const scenarios = fc
  .record({
    n: fc.integer({ min: 4, max: 10 }),
    below: fc.nat({ max: 2 }),
    form: fc.constantFrom(...FORMS),
    senderLies: fc.boolean(),
    crashes: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ n, below, form, ...rest }) => {
    const f = Math.max(0, faultyMax(n) - below);
    return {
      ...rest,
      n,
      f,
      liars: f,
      senderLies: rest.senderLies && f > 0,
      rules: (committee: Committee) => rulesOf(committee, form),
      form,
    };
  });

describe('with at most f liars', () => {
  test('every promise holds under any schedule, with duplicates, crashes and broken links', () => {
    fc.assert(
      fc.property(scenarios, (scenario) => {
        expect(play(scenario)).toEqual([]);
      }),
      { numRuns: 6_000 },
    );
  });

  test.each([1, 2, 3, 4, 7])('%d members that all tell the truth deliver', (n) => {
    for (const form of FORMS) {
      for (let seed = 0; seed < 50; seed += 1) {
        const rules = (committee: Committee): Rules => rulesOf(committee, form);
        const scenario = { n, f: faultyMax(n), liars: 0, senderLies: false, crashes: true, rules, seed };
        expect(play(scenario)).toEqual([]);
      }
    }
  });
});

interface Mutant {
  readonly name: string;
  readonly form: BroadcastForm;
  readonly change: (rules: Rules, committee: Committee) => Partial<Rules>;
  /** By n: what shows first, at the maximal f. An empty list: the same protocol at this n, nothing must show. */
  readonly shows: Readonly<Record<number, readonly Violation[]>>;
}

const off = (rules: Rules, by: number): number => (rules.deliverEarly ?? 0) + by;

/** Every threshold one too low and one too high, and the traps of the literature. */
const MUTANTS: readonly Mutant[] = [
  {
    name: 'READY at one ECHO less',
    form: 'classic',
    change: ({ echo }) => ({ echo: echo - 1 }),
    shows: { 4: ['totality'], 5: ['agreement'], 6: ['agreement'], 7: ['totality'], 9: ['agreement'] },
  },
  {
    name: 'READY at one ECHO more',
    form: 'classic',
    change: ({ echo }) => ({ echo: echo + 1 }),
    shows: { 4: ['validity'], 5: ['validity'], 6: [], 7: ['validity'], 8: ['validity'], 9: [] },
  },
  {
    name: 'READY at 2f+1 ECHOs',
    form: 'classic',
    change: (_, { f }) => ({ echo: 2 * f + 1 }),
    shows: { 4: [], 5: ['agreement'], 6: ['agreement'], 7: [], 9: ['agreement'] },
  },
  {
    name: 'READY at a simple majority of ECHOs',
    form: 'classic',
    change: (_, { n }) => ({ echo: Math.floor(n / 2) + 1 }),
    shows: { 4: [], 5: ['agreement'], 7: ['totality'], 9: ['agreement'] },
  },
  {
    name: 'amplify at f',
    form: 'classic',
    change: ({ amplify }) => ({ amplify: amplify - 1 }),
    shows: { 4: ['integrity'], 5: ['agreement'], 6: ['agreement'], 7: ['integrity'] },
  },
  {
    name: 'amplify at f+2',
    form: 'classic',
    change: ({ amplify }) => ({ amplify: amplify + 1 }),
    shows: { 4: ['totality'], 5: ['totality'], 6: ['totality'], 7: ['totality'] },
  },
  {
    name: 'deliver at 2f',
    form: 'classic',
    change: ({ deliver }) => ({ deliver: deliver - 1 }),
    shows: { 4: ['totality'], 5: ['totality'], 6: ['totality'], 7: ['totality'] },
  },
  {
    name: 'deliver at 2f+2',
    form: 'classic',
    change: ({ deliver }) => ({ deliver: deliver + 1 }),
    shows: { 4: ['validity'], 5: [], 6: [], 7: ['validity'], 8: [], 9: [] },
  },
  {
    name: 'adopt what f members say they delivered',
    form: 'early',
    change: ({ adopt }) => ({ adopt: adopt - 1 }),
    shows: { 4: ['agreement', 'totality'], 5: ['totality'], 6: ['totality'], 7: ['totality'] },
  },
  {
    name: 'early form: READY at one ECHO less',
    form: 'early',
    change: ({ echo }) => ({ echo: echo - 1 }),
    shows: { 4: ['agreement'], 5: ['agreement'], 6: ['agreement'], 7: ['totality'], 9: ['agreement'] },
  },
  {
    name: 'early form: READY at one ECHO more',
    form: 'early',
    change: ({ echo }) => ({ echo: echo + 1 }),
    shows: { 4: ['stopped'], 5: ['stopped'], 6: ['stopped'], 7: ['validity'], 8: ['validity'] },
  },
  {
    name: 'early form: deliver at one ECHO less',
    form: 'early',
    change: (rules) => ({ deliverEarly: off(rules, -1) }),
    shows: { 4: ['stopped'], 5: ['stopped'], 6: ['stopped'], 7: ['totality'], 8: ['totality'] },
  },
  {
    name: 'early form: the sender’s ECHO counts',
    form: 'early',
    change: () => ({ countsSenderEcho: true }),
    shows: { 4: ['agreement'], 5: ['agreement'], 6: ['agreement'], 7: ['totality'], 9: ['agreement'] },
  },
  {
    name: 'early delivery beside the plain quorum',
    form: 'classic',
    change: (_, { quorums }) => ({ deliverEarly: quorums.deliverEarly }),
    shows: { 4: ['stopped'], 5: ['stopped'], 6: ['stopped'], 7: ['totality'] },
  },
];

const SEEDS_MAX = 1_500;
const SEEDS_EQUIVALENT = 150;

describe('a threshold that is off by one is found', () => {
  for (const { name, form, change, shows } of MUTANTS) {
    for (const [members, expected] of Object.entries(shows)) {
      const n = Number(members);
      const rules = (committee: Committee): Rules => {
        const right = rulesOf(committee, form);
        return { ...right, ...change(right, committee) };
      };
      const run = (seed: number): Violation[] =>
        [true, false].flatMap((senderLies) =>
          play({ n, f: faultyMax(n), liars: faultyMax(n), senderLies, crashes: false, rules, seed }),
        );
      if (expected.length === 0) {
        test(`${name}: the same at n=${n}`, () => {
          for (let seed = 0; seed < SEEDS_EQUIVALENT; seed += 1) expect(run(seed)).toEqual([]);
        });
      } else {
        test(`${name}: breaks ${expected.join(' and ')} at n=${n}`, () => {
          const found = new Set<Violation>();
          for (let seed = 0; seed < SEEDS_MAX && expected.some((kind) => !found.has(kind)); seed += 1) {
            for (const violation of run(seed)) found.add(violation);
          }
          expect([...found]).toEqual(expect.arrayContaining([...expected]));
        });
      }
    }
  }

  test.each(FORMS)('one liar more than f breaks the %s form: the checks can fail', (form) => {
    const found = new Set<Violation>();
    for (let seed = 0; seed < SEEDS_MAX && !found.has('agreement'); seed += 1) {
      const rules = (committee: Committee): Rules => rulesOf(committee, form);
      for (const kind of play({ n: 4, f: 1, liars: 2, senderLies: true, crashes: false, rules, seed }))
        found.add(kind);
    }
    expect([...found]).toEqual(expect.arrayContaining(['agreement']));
  });
});
