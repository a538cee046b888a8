export { Committee, faultyMax, type NodeId, type Quorums, quorums } from './committee/index.ts';
