export {
  type AgreementParticipant,
  Agreements,
  type AgreementsOptions,
  checkTopic,
  keyOf,
  OWN_TOPICS_MAX,
  OWN_VALUES_MAX,
  PEER_TOPICS_MAX,
  PEER_VALUES_MAX,
  SETTLED_TOPICS_MAX,
  sameValue,
  type TopicView,
} from './agreements.ts';
export type { TopicDecision, TopicValue } from './decision.ts';
export type { AgreementEffect, AgreementMemory, Subject } from './effect.ts';
export { AGREEMENT_PHASES_MAX, aboutBytes, LOCAL_VALUE_MEMBERS_MAX } from './forms.ts';
export type { TopicState } from './machine.ts';
export { SYNC } from './topic.ts';
