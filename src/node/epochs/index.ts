export type { ChangingNode, EpochMemberView, EpochsView } from './api.ts';
export { EpochNode } from './epoch-node.ts';
export { createNode, startEpochNode } from './start.ts';
