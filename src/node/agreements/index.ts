export type {
  AgreeingNode,
  Agreement,
  AgreementCounts,
  AgreementProposal,
  AgreementValue,
  AgreementView,
  AgreeOptions,
  AnyAgreement,
} from './api.ts';
export { AgreementDesk } from './desk.ts';
export { shownValue } from './explain.ts';
export { type AgreementJson, type AgreementViewJson, agreementJson, agreementViewJson } from './json.ts';
export { AgreementTurns } from './turns.ts';
export { wireAgreements } from './wire.ts';
