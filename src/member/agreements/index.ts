export {
  type AgreementParticipant,
  Agreements,
  type AgreementsOptions,
  checkTopic,
  OWN_TOPICS_MAX,
  PEER_TOPICS_MAX,
  SETTLED_TOPICS_MAX,
  type TopicView,
} from './agreements.ts';
export type { AgreementEffect, AgreementMemory } from './effect.ts';
export { AGREEMENT_PHASES_MAX } from './topic.ts';
