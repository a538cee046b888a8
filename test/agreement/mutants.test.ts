import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BinaryAgreement } from '../../src/agreement/index.ts';
import { copyMutant, mutate } from '../../src/cli/sim/mutant.ts';
import { type AgreementMaker, drawAgreement, runAgreement } from '../../src/simulator/index.ts';
import { PredictableCoin } from '../../src/testing/index.ts';
import { AGREEMENT_MUTANTS, type AgreementMutant, CAMPAIGNS } from './mutants.ts';
import { SCOPE } from './subject.ts';

type Agreements = Pick<typeof import('../../src/agreement/index.ts'), 'BinaryAgreement'>;
type Testing = Pick<typeof import('../../src/testing/index.ts'), 'PredictableCoin'>;

const SEEDS_MAX = 3_000;

/** The adversary of a replay knows the coins of the epoch before. */
const EARLIER = { ...SCOPE, epoch: SCOPE.epoch - 1 };

function makerOf(
  { BinaryAgreement: Agreement }: Agreements,
  { PredictableCoin: TestCoin }: Testing,
  replay: boolean,
): AgreementMaker {
  return {
    machine: (committee, self, seed) =>
      new Agreement({
        committee,
        self,
        scope: SCOPE,
        coin: new TestCoin({ committee, self, seed }),
      }),
    toss: (committee, self, seed, round) => new TestCoin({ committee, self, seed }).toss({ ...SCOPE, round }),
    peek: (committee, seed, round) =>
      new TestCoin({ committee, self: committee.member(0), seed }).peek({
        ...(replay ? EARLIER : SCOPE),
        round,
      }),
  };
}

/** The first seed of the campaign that breaks something, and what. */
function hunt(maker: AgreementMaker, campaign: keyof typeof CAMPAIGNS, seeds: number) {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violated } = runAgreement(maker, drawAgreement(seed, CAMPAIGNS[campaign]));
    if (violated !== undefined) return { seed, violated };
  }
  return undefined;
}

test('every mutant changes one place of the built core, and has one end', () => {
  expect(new Set(AGREEMENT_MUTANTS.map(({ name }) => name)).size).toBe(AGREEMENT_MUTANTS.length);
  for (const mutant of AGREEMENT_MUTANTS) {
    const text = readFileSync(new URL(`../../dist/${mutant.file}`, import.meta.url), 'utf8');
    expect(mutate(text, mutant), mutant.name).not.toBe(text);
    expect(mutant.equivalent === undefined, mutant.name).toBe(mutant.campaign !== undefined);
  }
});

test.each(AGREEMENT_MUTANTS.filter(({ campaign }) => campaign !== undefined))(
  '$name is found by the campaign $campaign',
  async (mutant: AgreementMutant) => {
    const { campaign = 'anything', breaks = /./ } = mutant;
    const copy = copyMutant(mutant);
    try {
      const agreements: Agreements = await import(new URL('../agreement/index.js', copy.url).href);
      const testing: Testing = await import(new URL('../testing/index.js', copy.url).href);
      const found = hunt(makerOf(agreements, testing, campaign === 'replay'), campaign, SEEDS_MAX);
      expect(found?.violated).toMatch(breaks);
      // The correct code passes the same.
      const correct = makerOf({ BinaryAgreement }, { PredictableCoin }, campaign === 'replay');
      expect(hunt(correct, campaign, found?.seed ?? 0)).toBeUndefined();
    } finally {
      copy.remove();
    }
  },
);
