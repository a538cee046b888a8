import { describe, test } from 'vitest';
import type { BinaryAgreement, Decision } from '../../src/agreement/index.ts';
import type { Bit } from '../../src/base/index.ts';
import type { AgreementMessage } from '../../src/codec/index.ts';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import { CONFORMANCE, type ConformanceSubject } from '../../src/testing/index.ts';
import { arbitraryMessage, contradicts, makeAgreement } from './subject.ts';

const COMMITTEES = Array.from({ length: 8 }, (_, i) => i + 1).flatMap((n) =>
  Array.from({ length: faultyMax(n) + 1 }, (_, f) => ({ n, f })),
);

function subject(committee: Committee): ConformanceSubject<Bit, AgreementMessage, Decision> {
  const machines = new WeakMap<object, BinaryAgreement>();
  return {
    committee,
    create: (self) => {
      const machine = makeAgreement(committee, self, committee.n);
      machines.set(machine, machine);
      return machine;
    },
    inputOf: (self) => (self % 2 === 0 ? 0 : 1),
    arbitrary: arbitraryMessage,
    remember: (said, effect) => {
      if (effect.kind === 'broadcast') said.push(effect.message);
    },
    contradicts,
    // In rounds: those that were entered and few more.
    size: (machine) => {
      const known = machines.get(machine);
      if (known === undefined) throw new Error('a machine of another suite');
      return known.fingerprint().split('|').length - 2 - known.inspect().round;
    },
    sizeMax: 3,
  };
}

describe('binary agreement', () => {
  test.each(CONFORMANCE)('$name', ({ run }) => {
    for (const { n, f } of COMMITTEES) run(subject(new Committee(n, f)));
  });
});
