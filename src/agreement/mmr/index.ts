export { BinaryAgreement } from './binary-agreement.ts';
export { AHEAD_ROUNDS } from './look-ahead.ts';
export type { BinaryAgreementOptions } from './options.ts';
export type { AgreementView, Waiting } from './view.ts';
