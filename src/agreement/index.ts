export {
  BRACHA87_BYTES_MAX,
  Bracha87,
  type Bracha87Message,
  type Bracha87Options,
  type Bracha87View,
  type Bracha87WireMessage,
  decodeBracha87,
  encodeBracha87,
  PHASES_AHEAD,
  PHASES_MAX,
  type Step,
  type StepBroadcast,
  type StepBroadcastFactory,
  type StepValue,
  type StepView,
  shortSteps,
} from './bracha87/index.ts';
export {
  type AgreementView,
  AHEAD_ROUNDS,
  BinaryAgreement,
  type BinaryAgreementOptions,
  type Waiting,
} from './mmr/index.ts';
export type { Decision } from './output.ts';
