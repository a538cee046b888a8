export {
  AGREEMENT_PHASES_MAX,
  type AgreementEffect,
  type AgreementMemory,
  type AgreementParticipant,
  Agreements,
  type AgreementsOptions,
  aboutBytes,
  checkTopic,
  keyOf,
  LOCAL_VALUE_MEMBERS_MAX,
  OWN_TOPICS_MAX,
  OWN_VALUES_MAX,
  PEER_TOPICS_MAX,
  PEER_VALUES_MAX,
  SETTLED_TOPICS_MAX,
  type Subject,
  SYNC,
  sameValue,
  type TopicDecision,
  type TopicState,
  type TopicValue,
  type TopicView,
} from './agreements/index.ts';
export type { DeliveredDigest } from './claims.ts';
export {
  CODED_BYTES_MIN,
  CODED_MEMBERS_MIN,
  type MemberCoding,
  type Stored,
  senderBytesMax,
  storedOf,
} from './coding.ts';
export type { MemberEffect, Statement } from './effect.ts';
export { duration, type ExplainContext, explainOpen, openInstanceOf, shortHex } from './explain.ts';
export { Member } from './member.ts';
export type { Candidate, MemberMemory, MemberOptions, StreamStatus } from './options.ts';
export type { Participant } from './participant.ts';
export { type EquivocationProof, equivocationProof, proves, type SignedBatch } from './proof.ts';
