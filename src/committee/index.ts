export { Committee, MEMBERS_MAX, type NodeId } from './committee.ts';
export { LIMITS_DEFAULT, type Limits } from './limits.ts';
export { faultyMax, type Quorums, quorums } from './quorum.ts';
