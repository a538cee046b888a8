import type { Bit } from '../base/index.ts';

/** What a binary agreement ends with: at most once, the same value at every correct member. */
export interface Decision {
  readonly value: Bit;
  /** The round or phase in which this member came to it, from 1 on; 0 if it had not begun. Differs among members. */
  readonly round: number;
}
