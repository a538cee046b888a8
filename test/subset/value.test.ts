import { describe, expect, test } from 'vitest';
import type { AgreementMessage, InstanceMessage } from '../../src/codec/index.ts';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import * as subset from '../../src/subset/index.ts';
import { ValueAgreement, type ValueDecision, type ValueMessage } from '../../src/subset/index.ts';
import { CONFORMANCE, type ConformanceSubject } from '../../src/testing/index.ts';
import { CAMPAIGNS, type SubsetCampaign } from './campaigns.ts';
import { contradicts, optionsOf } from './subject.ts';
import { VALUE_CODEC } from './value-codec.ts';

type Message = ValueMessage<InstanceMessage, AgreementMessage>;

function conforming(committee: Committee): ConformanceSubject<Uint8Array, Message, ValueDecision> {
  return {
    committee,
    create: (self) => new ValueAgreement(optionsOf(committee, self, committee.n)),
    inputOf: (self) => Uint8Array.of(self),
    arbitrary: (prng) => VALUE_CODEC.arbitrary(prng, committee),
    remember: (said, effect) => {
      if (effect.kind === 'keep') said.push({ kind: 'kept', payload: effect.payload });
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    contradicts: (earlier, later) => {
      if (earlier.kind === 'decided' || later.kind === 'decided')
        return earlier.kind === later.kind && JSON.stringify(earlier) !== JSON.stringify(later);
      return contradicts(earlier, later);
    },
    retry: (machine) => (machine instanceof ValueAgreement ? machine.retry() : []),
    // Its children are measured by their own suites.
    size: () => 0,
    sizeMax: 0,
  };
}

describe('an agreement on a value', () => {
  test.each(CONFORMANCE)('$name', ({ run }) => {
    for (const n of [1, 4, 5, 6, 7]) run(conforming(new Committee(n, faultyMax(n))));
  });

  const SEEDS: Readonly<Partial<Record<SubsetCampaign, number>>> = {
    value: 15,
    'value-restarts': 15,
    'value-alike': 15,
    'own-coins': 8,
    'own-coins-restarts': 4,
  };

  test.each(Object.entries(SEEDS))('holds in %s, with seeds 1 to %i', (name, seeds) => {
    for (let seed = 1; seed <= seeds; seed += 1)
      expect(CAMPAIGNS[name as SubsetCampaign](subset, seed), `seed ${seed}`).toBeUndefined();
  });
});
