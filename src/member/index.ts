export type { MemberEffect, Statement } from './effect.ts';
export { duration, type ExplainContext, explainOpen, shortHex } from './explain.ts';
export {
  type Candidate,
  Member,
  type MemberMemory,
  type MemberOptions,
  type Participant,
  type StreamStatus,
} from './member.ts';
