import type { Bit } from '../../base/index.ts';
import type { Committee } from '../../committee/index.ts';

/** The steps of a phase. */
export type Step = 1 | 2 | 3;
export const STEPS: readonly Step[] = [1, 2, 3];

/**
 * What a step message says: a plain bit, or, in step 3 alone, a bit marked d: "more than n/2 said so".
 * 0 and 1 are plain, 2 and 3 are (d,0) and (d,1).
 */
export type StepValue = 0 | 1 | 2 | 3;

/** How many of the values a step may say: 0 to this, exclusively. */
export function valuesOf(step: Step): number {
  return step === 3 ? 4 : 2;
}

/** (d, bit). */
export function marked(bit: Bit): StepValue {
  return bit === 0 ? 2 : 3;
}

export function isMarked(value: StepValue): boolean {
  return value >= 2;
}

/** The bit of a value, marked or not. */
export function bitOf(value: StepValue): Bit {
  return value === 0 || value === 2 ? 0 : 1;
}

/** How many members said each value: plain 0, plain 1, (d,0), (d,1). */
export type Counts = readonly [number, number, number, number];

export function total([zero, one, markedZero, markedOne]: Counts): number {
  return zero + one + markedZero + markedOne;
}

/** Step 1: the majority of n-f messages; 0 if both are said as often. */
export function afterStep1([zero, one]: Counts): Bit {
  return one > zero ? 1 : 0;
}

/** Step 2: (d,v) if more than n/2 members say v, and the own value as it was otherwise. */
export function afterStep2({ quorums }: Committee, [zero, one]: Counts, own: Bit): StepValue {
  if (zero >= quorums.moreThanHalf) return marked(0);
  if (one >= quorums.moreThanHalf) return marked(1);
  return own;
}

/** What step 3 makes of n-f messages. */
export type Verdict =
  /** More than 2f say (d,v): v is decided. */
  | { readonly kind: 'decide'; readonly value: Bit }
  /** More than f do: one of them is correct, so somebody may have decided. */
  | { readonly kind: 'adopt'; readonly value: Bit }
  /** Nobody can have decided. */
  | { readonly kind: 'toss' };

/** Step 3. [Bracha 1987, Figure 4] */
export function afterStep3({ quorums }: Committee, [, , markedZero, markedOne]: Counts): Verdict {
  const value: Bit = markedOne > markedZero ? 1 : 0;
  const count = Math.max(markedZero, markedOne);
  if (count >= quorums.marksToDecide) return { kind: 'decide', value };
  if (count >= quorums.marksToAdopt) return { kind: 'adopt', value };
  return TOSS;
}

const TOSS: Verdict = { kind: 'toss' };
