import { expect, test } from 'vitest';
import { BinaryAgreement } from '../../src/agreement/index.ts';
import type { Bit } from '../../src/base/index.ts';
import { BlsCoin, blsDeal } from '../../src/bls/index.ts';
import { type Coin, DealtCoin, dealCoins } from '../../src/coin/index.ts';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { portableSha256 } from '../../src/crypto/index.ts';
import { type AgreementMaker, drawAgreement, ROUNDS_LIMIT, runAgreement } from '../../src/simulator/index.ts';
import { randomOf } from '../coin/kit.ts';
import { SCOPE } from './subject.ts';

const sha256 = portableSha256;

/** A maker of machines whose coins are real ones. */
function makerOf(coinsOf: (committee: Committee, seed: number) => readonly Coin[]): AgreementMaker {
  const dealt = new Map<string, readonly Coin[]>();
  const coinOf = (committee: Committee, self: NodeId, seed: number): Coin => {
    const key = `${committee.n} ${committee.f} ${seed}`;
    const coins = dealt.get(key) ?? coinsOf(committee, seed);
    dealt.clear();
    dealt.set(key, coins);
    const coin = coins[self];
    if (coin === undefined) throw new Error('a coin for each member');
    return coin;
  };
  return {
    machine: (committee, self, seed) =>
      new BinaryAgreement({ committee, self, scope: SCOPE, coin: coinOf(committee, self, seed) }),
    toss: (committee, self, seed, round) => coinOf(committee, self, seed).toss({ ...SCOPE, round }),
    peek: (committee, seed, round): Bit => {
      const toss = coinOf(committee, committee.member(0), seed).toss({ ...SCOPE, round });
      for (const id of committee.ids)
        toss.add(
          id,
          coinOf(committee, id, seed)
            .toss({ ...SCOPE, round })
            .share() ?? new Uint8Array(0),
        );
      return toss.value() ?? 0;
    },
  };
}

function dealtCoins(rounds: number) {
  return (committee: Committee, seed: number): Coin[] => {
    const ids = Array.from({ length: rounds }, (_, index) => ({ ...SCOPE, round: index + 1 }));
    return dealCoins({ committee, sha256, ids, random: randomOf(seed) }).map(
      (purse, self) => new DealtCoin({ committee, self: committee.member(self), sha256, purse }),
    );
  };
}

test('agreement with dealt coins', () => {
  const maker = makerOf(dealtCoins(ROUNDS_LIMIT));
  for (let seed = 1; seed <= 60; seed += 1) {
    const scenario = drawAgreement(seed);
    expect(runAgreement(maker, scenario).violated, JSON.stringify(scenario)).toBeUndefined();
  }
});

test('agreement with threshold signatures', () => {
  const maker = makerOf((committee, seed) => {
    const { secrets, keys } = blsDeal(committee.n, committee.quorums.coin, randomOf(seed));
    return committee.ids.map((self) => {
      const secret = secrets[self] ?? new Uint8Array(0);
      return new BlsCoin({ committee, self, sha256, secret, keys });
    });
  });
  const scenario = drawAgreement(1, { n: 4, plan: 'uniform', restarts: false });
  expect(runAgreement(maker, scenario).violated, JSON.stringify(scenario)).toBeUndefined();
});

test('a purse that is spent stops the agreement, and does not decide it', () => {
  const maker = makerOf(dealtCoins(1));
  const stopped = Array.from({ length: 40 }, (_, index) =>
    runAgreement(maker, drawAgreement(index + 1, { n: 4, plan: 'uniform', restarts: false })),
  ).map(({ violated = '' }) => violated.split(':')[0]);
  expect(new Set(stopped)).toEqual(new Set(['', 'termination']));
});

test('a member whose coin is spent says what it waits for', () => {
  const committee = new Committee(1, 0);
  const self = committee.member(0);
  const machine = makerOf(dealtCoins(0)).machine(committee, self, 1);
  const carry = (effects: ReturnType<typeof machine.propose>): void => {
    for (const effect of effects)
      if (effect.kind === 'broadcast') carry(machine.handle(self, effect.message));
  };
  carry(machine.propose(1));
  expect(machine.inspect()).toMatchObject({ waitingFor: 'coin-exhausted', decision: undefined });
});
