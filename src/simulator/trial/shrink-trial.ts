import { ddmin } from '../shrink/index.ts';
import type { TrialResult, TrialStep } from './options.ts';
import type { TrialScenario } from './scenario.ts';
import type { TrialSubject } from './subject.ts';
import { runTrial } from './trial.ts';

/** A trial that failed, and the least that makes it fail. */
export interface ShrunkTrial {
  readonly property: string;
  readonly note: string;
  /** Steps of the trial that failed. */
  readonly before: number;
  readonly steps: readonly TrialStep[];
  /** What happens in the short one, a sentence an event. */
  readonly story: readonly string[];
}

/** Trials made while shortening at most. */
const TRIES_MAX = 3_000;

/** Shortens a trial that breaks a property; undefined if it breaks none. */
export function shrinkTrial<Input, Message, Output>(
  subject: TrialSubject<Input, Message, Output>,
  scenario: TrialScenario,
): ShrunkTrial | undefined {
  const first = runTrial(subject, { scenario, record: true });
  const { violated } = first;
  if (violated === undefined) return undefined;
  let tries = 0;
  const breaks = (result: TrialResult): boolean => result.violated?.property === violated.property;
  const fails = (replay: readonly TrialStep[]): boolean => {
    tries += 1;
    return tries <= TRIES_MAX && breaks(runTrial(subject, { scenario, replay }));
  };
  const steps = fails(first.steps) ? ddmin(first.steps, fails) : undefined;
  const story: string[] = [];
  const told = runTrial(subject, {
    scenario,
    tell: (line) => story.push(line),
    ...(steps === undefined ? {} : { replay: steps }),
  });
  return {
    property: violated.property,
    note: (told.violated ?? violated).note,
    before: first.count,
    steps: steps ?? first.steps,
    story,
  };
}
