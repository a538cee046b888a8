import type { Bit } from '../../base/index.ts';
import type { Committee } from '../../committee/index.ts';
import { bitOf, type Counts, isMarked, type StepValue, total } from './steps.ts';

/**
 * Whether a message can be what a correct member says after some n-f of the valid messages of the step before it.
 * [Bracha 1987, the sets VALID] Each is a closed form of "there is a set of n-f valid messages for which the step
 * yields this value"; `test/bracha87/validation.test.ts` compares it with looking at all sets, n = 4 to 13. Each can
 * only become true as messages are added, never false again.
 */

/** A step-2 message `value`, given the valid step-1 messages. */
export function validInStep2(committee: Committee, before: Counts, value: Bit): boolean {
  const { correct, majorityZero, majorityOne } = committee.quorums;
  if (total(before) < correct) return false;
  const [zero, one] = before;
  return value === 0 ? zero >= majorityZero : one >= majorityOne;
}

/** A step-3 message `value`, given the valid step-2 messages, of which its sender's says `own`; undefined: has none. */
export function validInStep3(
  committee: Committee,
  before: Counts,
  value: StepValue,
  own: Bit | undefined,
): boolean {
  const { correct, moreThanHalf } = committee.quorums;
  if (total(before) < correct) return false;
  const [zero, one] = before;
  const bit = bitOf(value);
  if (isMarked(value)) return (bit === 0 ? zero : one) >= moreThanHalf;
  const undecided = Math.min(zero, moreThanHalf - 1) + Math.min(one, moreThanHalf - 1) >= correct;
  return undecided && own === bit;
}

/** A step-1 message `value` of the next phase, given the valid step-3 messages. */
export function validInNextStep1(committee: Committee, before: Counts, value: Bit): boolean {
  const { correct, marksToAdopt } = committee.quorums;
  if (total(before) < correct) return false;
  const [zero, one, markedZero, markedOne] = before;
  if ((value === 0 ? markedZero : markedOne) >= marksToAdopt) return true;
  // Whoever sees too few marks of either bit tosses a coin, and any value will do.
  const few = marksToAdopt - 1;
  return zero + one + Math.min(markedZero, few) + Math.min(markedOne, few) >= correct;
}
