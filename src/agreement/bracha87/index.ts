export {
  BRACHA87_BYTES_MAX,
  type Bracha87WireMessage,
  decodeBracha87,
  encodeBracha87,
} from './codec.ts';
export { Bracha87, type Bracha87Options, PHASES_AHEAD, PHASES_MAX } from './consensus.ts';
export type { StepView } from './ledger.ts';
export type { Bracha87Message, StepBroadcast, StepBroadcastFactory } from './message.ts';
export { shortSteps } from './short-steps.ts';
export {
  afterStep1,
  afterStep2,
  afterStep3,
  bitOf,
  STEPS,
  type Step,
  type StepValue,
  valuesOf,
} from './steps.ts';
export type { Bracha87View } from './view.ts';
