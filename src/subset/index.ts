export { type BrachaSubsetOptions, brachaSubset } from './children.ts';
export { CommonSubset, type CommonSubsetOptions } from './common-subset.ts';
export type { Child, ChildFactory } from './factory.ts';
export type { Proposal, SubsetMessage } from './message.ts';
export { type Choice, choose, MultiValuedAgreement } from './multi-valued.ts';
