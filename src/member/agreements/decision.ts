import type { Bit } from '../../base/index.ts';

/** What is proposed and decided: a bit, or some bytes. */
export type TopicValue = Bit | Uint8Array;

/** What came of an agreement. */
export interface TopicDecision {
  readonly value: TopicValue;
  /** The round or phase in which this member came to it, from 1 on; 0 if it was told, or had not begun. */
  readonly round: number;
}
