import type { MemberMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Participant } from '../../member/index.ts';
import { type AdversaryContext, BendingParticipant } from './adversary.ts';

/** Instances whose lies are remembered, so that each is reported once. */
const REPORTED_MAX = 1_024;

/**
 * Sends its payloads to as few members as can carry them through, so that the rest must fetch them; vouches for
 * payloads and never hands one out; says READY to one member only.
 */
export function withhold({ committee, self, honest, report }: AdversaryContext): Participant {
  const others = committee.ids.filter((id) => id !== self);
  const chosen = new Set<NodeId>(others.slice(0, committee.quorums.echoEarly));
  const reported = new Set<string>();

  const tell = (text: string, sender: NodeId, instance: number): void => {
    if (reported.has(text) || reported.size >= REPORTED_MAX) return;
    reported.add(text);
    report({ text, about: { sender, instance } });
  };

  const bend = (to: NodeId, message: MemberMessage): readonly MemberMessage[] => {
    if (message.kind !== 'instance') return [message];
    const { sender, instance, body } = message;
    if (body.kind === 'payload') {
      tell(
        `p${self} did not hand out the payload of p${sender}'s instance ${instance} it vouched for`,
        sender,
        instance,
      );
      return [];
    }
    if (body.kind === 'initial' && !chosen.has(to)) {
      tell(
        `p${self} sent its instance ${instance} to ${chosen.size} of ${others.length} members only`,
        sender,
        instance,
      );
      return [];
    }
    if (body.kind === 'ready' && to !== others[0]) {
      tell(`p${self} said READY in p${sender}'s instance ${instance} to one member only`, sender, instance);
      return [];
    }
    return [message];
  };
  return new BendingParticipant(honest, bend);
}
