export type {
  AgreeingNode,
  Agreement,
  AgreementCounts,
  AgreementValue,
  AgreementView,
  AgreeOptions,
} from './api.ts';
export { AgreementDesk } from './desk.ts';
export { AgreementTurns } from './turns.ts';
export { wireAgreements } from './wire.ts';
