export { TRIAL_LIARS, type TrialLiar } from './liars.ts';
export { drawTrial, type TrialScenario } from './scenario.ts';
export { type ShrunkTrial, shrinkTrial } from './shrink-trial.ts';
export type { TrialMember, TrialOutcome, TrialProperty, TrialSubject } from './subject.ts';
export { runTrial, type TrialOptions, type TrialResult, type TrialStep } from './trial.ts';
