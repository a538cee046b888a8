export {
  type AgreementMachine,
  type AgreementMaker,
  type AgreementResult,
  ROUNDS_LIMIT,
  runAgreement,
} from './arena.ts';
export {
  AGREEMENT_PLANS,
  type AgreementPlan,
  type AgreementScenario,
  drawAgreement,
} from './scenario.ts';
