export {
  type AgreementMachine,
  type AgreementMaker,
  type AgreementResult,
  ROUNDS_LIMIT,
  runAgreement,
} from './arena.ts';
export { type IdealMessage, idealSteps } from './ideal-steps.ts';
export {
  type InStepOptions,
  inStep,
  modelled,
  type PhaseHistogram,
  type PlayedInStep,
  playInStep,
  type SeededRuns,
} from './in-step.ts';
export {
  AGREEMENT_PLANS,
  type AgreementPlan,
  type AgreementScenario,
  drawAgreement,
} from './scenario.ts';
