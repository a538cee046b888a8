export type { ChangingNode, EpochMemberView, EpochsView } from './api.ts';
export { EpochNode } from './epoch-node.ts';
export { JOIN_HINT } from './joiner.ts';
export { createNode, startEpochNode } from './start.ts';
export { type EpochOnDisk, type EpochsOnDisk, surveyEpochs } from './survey.ts';
