export { Committee, MEMBERS_MAX, type NodeId } from './committee.ts';
export { type Quorums, faultyMax, quorums } from './quorum.ts';
export { LIMITS_DEFAULT, type Limits } from './limits.ts';
