export {
  Bracha87,
  type Bracha87Message,
  type Bracha87Options,
  type Bracha87View,
  type Bracha87WireMessage,
  type Decision,
  PHASES_AHEAD,
  PHASES_MAX,
  readBracha87,
  type Step,
  type StepBroadcast,
  type StepBroadcastFactory,
  type StepValue,
  type StepView,
  shortSteps,
  writeBracha87,
} from './agreement/index.ts';
export { AssertionError, type Bit, Prng, UsageError } from './base/index.ts';
export {
  Bracha,
  type BrachaOptions,
  type BrachaOutput,
  type BroadcastForm,
  type BroadcastView,
  type Phase,
  type Rules,
  rulesOf,
  ShortBroadcast,
  type ShortBroadcastOptions,
  type ShortMessage,
  type ValueView,
} from './broadcast/index.ts';
export {
  type Decoded,
  type DecodeError,
  decodeMessages,
  FramePacker,
  frameBytesMax,
  type InstanceMessage,
  type MemberMessage,
  type MessageBounds,
} from './codec/index.ts';
export {
  type Coin,
  type CoinId,
  type CoinScope,
  coinName,
  LocalCoin,
  type ShareVerdict,
  type Toss,
} from './coin/index.ts';
export {
  Committee,
  faultyMax,
  LIMITS_DEFAULT,
  type Limits,
  MEMBERS_MAX,
  type NodeId,
  type Quorums,
  quorums,
} from './committee/index.ts';
export { type Digest, PayloadHasher, portableSha256, type Sha256 } from './crypto/index.ts';
export {
  type Candidate,
  Member,
  type MemberEffect,
  type MemberMemory,
  type MemberOptions,
  type StreamStatus,
} from './member/index.ts';
export {
  type Effect,
  type Effects,
  FAULT_CODES,
  type FaultCode,
  lift,
  NOTHING,
  type Protocol,
} from './protocol/index.ts';
export type { ChildFactory } from './subset/index.ts';
