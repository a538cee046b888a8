export {
  type BrachaSubsetOptions,
  brachaSubset,
  type InspectableSubset,
  type LocalSubsetOptions,
  localSubset,
  type ProposalOptions,
} from './children.ts';
export {
  type AgreementCodec,
  decodeValueMessage,
  encodeValueMessage,
  type ValueWireMessage,
  valueAboutBytes,
} from './codec.ts';
export { CommonSubset, type CommonSubsetOptions } from './common-subset.ts';
export type { Child, ChildFactory } from './factory.ts';
export type { Proposal, SubsetMessage, ValueMessage } from './message.ts';
export { type Choice, choose, MultiValuedAgreement } from './multi-valued.ts';
export { ValueAgreement, type ValueDecision, type ValueView } from './value-agreement.ts';
