import type { TrialViolation } from './judge.ts';
import type { TrialScenario } from './scenario.ts';

/** One step of a trial; the same steps in the same order give the same trial. Letters by name, bytes in hexadecimal. */
export type TrialStep =
  | readonly ['propose', number]
  | readonly ['deliver', string]
  /** The member dies amid what this letter made it do, after so many effects, and comes back. */
  | readonly ['tear', string, number]
  | readonly ['inject', number, number, string]
  | readonly ['retry', number];

/** How to try a subject. */
export interface TrialOptions {
  readonly scenario: TrialScenario;
  /** Told what happens, a sentence an event. */
  readonly tell?: (line: string) => void;
  /** Instead of chance: these steps, and then everything that is under way. */
  readonly replay?: readonly TrialStep[];
  /** Names the letters and keeps the steps, to replay them. Slower. */
  readonly record?: boolean;
}

/** What came of a trial. */
export interface TrialResult {
  /** The property that broke first, and how; undefined if none did. */
  readonly violated: TrialViolation | undefined;
  /** Whether it came to its end: nothing was left to come. */
  readonly ended: boolean;
  readonly steps: readonly TrialStep[];
  /** How many steps there were, recorded or not. */
  readonly count: number;
}
