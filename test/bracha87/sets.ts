import {
  afterStep1,
  afterStep2,
  afterStep3,
  type Counts,
  type StepValue,
  total,
} from '../../src/agreement/bracha87/steps.ts';
import type * as validation from '../../src/agreement/bracha87/validation.ts';
import type { Bit } from '../../src/base/index.ts';
import type { Committee } from '../../src/committee/index.ts';

/** The closed forms of what is valid. */
export type Validation = typeof validation;

export const BITS: readonly Bit[] = [0, 1];

/** All ways to fill `kinds` counts with at most `max` in total. */
export function* fillings(kinds: number, max: number): Generator<number[]> {
  if (kinds === 0) yield [];
  else
    for (let first = 0; first <= max; first += 1)
      for (const rest of fillings(kinds - 1, max - first)) yield [first, ...rest];
}

export const counts = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Counts => [a, b, c, d];

/** All sets of n-f messages out of these, as counts: who says what makes no difference. */
export function sets({ n, f }: Committee, from: Counts): readonly Counts[] {
  const size = n - f;
  return [...fillings(from.length, size)]
    .map(counts)
    .filter((set) => total(set) === size && set.every((count, value) => count <= (from[value] ?? 0)));
}

/** Where the closed forms and the definition, "there is a set for which the step says this", differ; undefined if nowhere. */
export function disagreement(committee: Committee, forms: Validation): string | undefined {
  return inSteps(committee, forms) ?? inNextPhase(committee, forms);
}

function inSteps(committee: Committee, forms: Validation): string | undefined {
  for (const filling of fillings(2, committee.n)) {
    const before = counts(filling);
    const possible = sets(committee, before);
    for (const bit of BITS) {
      const second = possible.some((set) => afterStep1(set) === bit);
      if (forms.validInStep2(committee, before, bit) !== second) return `step 2: ${bit} after ${before}`;
      const mark: StepValue = bit === 0 ? 2 : 3;
      for (const own of [0, 1, undefined] as const) {
        const plain = possible.some((set) => own === bit && afterStep2(committee, set, own) === own);
        if (forms.validInStep3(committee, before, bit, own) !== plain)
          return `step 3: ${bit} after ${before}`;
        const marked = possible.some((set) => afterStep2(committee, set, 0) === mark);
        if (forms.validInStep3(committee, before, mark, own) !== marked)
          return `step 3: (d,${bit}) after ${before}`;
      }
    }
  }
  return undefined;
}

function inNextPhase(committee: Committee, forms: Validation): string | undefined {
  for (const [plain = 0, zeros = 0, ones = 0] of fillings(3, committee.n)) {
    // Marks of both bits are never valid in one phase: more than half of the members each.
    if (zeros > 0 && ones > 0) continue;
    const before: Counts = [plain, 0, zeros, ones];
    const verdicts = sets(committee, before).map((set) => afterStep3(committee, set));
    for (const bit of BITS) {
      const possible = verdicts.some((verdict) => verdict.kind === 'toss' || verdict.value === bit);
      if (forms.validInNextStep1(committee, before, bit) !== possible)
        return `step 1: ${bit} after ${before}`;
    }
  }
  return undefined;
}
