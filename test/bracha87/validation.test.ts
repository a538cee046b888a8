import { describe, expect, test } from 'vitest';
import { afterStep1, afterStep2, afterStep3, bitOf, isMarked } from '../../src/agreement/bracha87/steps.ts';
import * as validation from '../../src/agreement/bracha87/validation.ts';
import type { Bit } from '../../src/base/index.ts';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import { BITS, counts, disagreement, fillings } from './sets.ts';

const { validInNextStep1, validInStep2, validInStep3 } = validation;
const COMMITTEES = Array.from({ length: 10 }, (_, i) => i + 4).flatMap((n) =>
  Array.from({ length: faultyMax(n) + 1 }, (_, f) => new Committee(n, f)),
);

describe('the closed forms of what is valid are the definition', () => {
  test.each(COMMITTEES.map((committee) => ({ committee, n: committee.n, f: committee.f })))(
    'n=$n f=$f',
    ({ committee }) => expect(disagreement(committee, validation)).toBeUndefined(),
  );
});

test('for n up to 7 counting sets is the same as looking at every single one', () => {
  for (const committee of COMMITTEES.filter(({ n }) => n <= 7)) {
    const { n, quorums } = committee;
    for (let ones = 0; ones <= n; ones += 1) {
      const values = Array.from({ length: n }, (_, id): Bit => (id < ones ? 1 : 0));
      for (const bit of BITS) {
        let found = false;
        for (let set = 0; set < 2 ** n; set += 1) {
          const chosen = values.filter((_, id) => (set >> id) % 2 === 1);
          if (chosen.length !== quorums.correct) continue;
          const said = chosen.filter((value) => value === 1).length;
          if (afterStep1([chosen.length - said, said, 0, 0]) === bit) found = true;
        }
        expect(validInStep2(committee, [n - ones, ones, 0, 0], bit)).toBe(found);
      }
    }
  }
});

test('what is valid stays valid as messages are added', () => {
  for (const committee of COMMITTEES.filter(({ n }) => n <= 8)) {
    for (const filling of fillings(4, committee.n - 1)) {
      const before = counts(filling);
      for (let more = 0; more < 4; more += 1) {
        const after = counts(filling.map((count, value) => (value === more ? count + 1 : count)));
        for (const bit of BITS) {
          if (validInNextStep1(committee, before, bit))
            expect(validInNextStep1(committee, after, bit)).toBe(true);
          if (more > 1) continue;
          if (validInStep2(committee, before, bit)) expect(validInStep2(committee, after, bit)).toBe(true);
        }
      }
    }
  }
});

test('no phase has valid marks of both bits, and a decided bit is the only one that the next phase can begin with', () => {
  for (const committee of COMMITTEES) {
    const { n, quorums } = committee;
    for (const [zero = 0, one = 0] of fillings(2, n)) {
      const marks = BITS.filter((bit) => validInStep3(committee, [zero, one, 0, 0], bit === 0 ? 2 : 3, 0));
      expect(marks.length).toBeLessThan(2);
    }
    for (const [plain = 0, marked = 0] of fillings(2, n)) {
      // Of the valid messages, n-f made somebody decide 0: more than 2f say (d,0), those of others cannot say (d,1).
      if (marked < quorums.marksToDecide) continue;
      expect(validInNextStep1(committee, [plain, 0, marked, 0], 1)).toBe(false);
    }
  }
});

test('ties go to 0, and a mark is what more than half said', () => {
  expect(afterStep1([2, 2, 0, 0])).toBe(0);
  expect(afterStep1([1, 2, 0, 0])).toBe(1);
  const committee = new Committee(5, 1);
  expect(afterStep2(committee, [2, 2, 0, 0], 1)).toBe(1);
  const value = afterStep2(committee, [1, 3, 0, 0], 0);
  expect([isMarked(value), bitOf(value)]).toEqual([true, 1]);
  expect(afterStep3(committee, [1, 1, 0, 2])).toEqual({ kind: 'adopt', value: 1 });
  expect(afterStep3(committee, [1, 0, 3, 0])).toEqual({ kind: 'decide', value: 0 });
  expect(afterStep3(committee, [2, 1, 0, 1])).toEqual({ kind: 'toss' });
});
