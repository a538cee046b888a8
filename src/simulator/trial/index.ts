export { TRIAL_LIARS, type TrialLiar } from './liars.ts';
export type { TrialOptions, TrialResult, TrialStep } from './options.ts';
export { drawTrial, type TrialScenario } from './scenario.ts';
export { type ShrunkTrial, shrinkTrial } from './shrink-trial.ts';
export type { TrialMember, TrialOutcome, TrialProperty, TrialSubject } from './subject.ts';
export { runTrial } from './trial.ts';
