export { Committee, type NodeId, type Quorums, faultyMax, quorums } from './committee/index.ts';
