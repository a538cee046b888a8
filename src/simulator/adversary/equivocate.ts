import { bytesEqual, concatBytes } from '../../base/index.ts';
import { type CodedMessage, encodeBatch, type MemberMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Participant } from '../../member/index.ts';
import { type AdversaryContext, BendingParticipant } from './adversary.ts';

/** Instances an equivocator remembers its other story of. */
const STORIES_MAX = 512;

interface Story {
  readonly digest: Digest;
  readonly payload: Uint8Array;
}

/**
 * Says one thing to members with an even number and another to the rest. Its own broadcasts carry two payloads, and
 * the last of the rest is sent both; in the broadcasts of others it votes for what they said towards one half, and for
 * something nobody said towards the other.
 */
export function equivocate(context: AdversaryContext): Participant {
  const { committee, self, hasher, honest, report } = context;
  const stories = new Map<string, Story>();
  const victim = committee.ids.findLast((id) => id !== self && id % 2 === 1);

  const otherStory = (sender: NodeId, instance: number): Story => {
    const key = `${sender}:${instance}`;
    const known = stories.get(key);
    if (known !== undefined) return known;
    const payload = encodeBatch([ascii(`p${self} says another thing in ${key}`)]);
    if (sender === self) honest.signBatch(instance, payload);
    const story = { payload, digest: hasher.digest(sender, instance, payload) };
    if (stories.size >= STORIES_MAX) for (const oldest of stories.keys()) if (stories.delete(oldest)) break;
    stories.set(key, story);
    report({
      text:
        sender === self
          ? `p${self} told the even members one thing in its instance ${instance} and the others another`
          : `p${self} voted in p${sender}'s instance ${instance} for what p${sender} said and for what nobody said`,
      about: { sender, instance },
    });
    return story;
  };

  const bend = (to: NodeId, message: MemberMessage): readonly MemberMessage[] => {
    if (message.kind !== 'instance') return [message];
    const { sender, instance, body } = message;
    if (to % 2 === 0 || !(body.kind in RETELLS)) return [message];
    const story = otherStory(sender, instance);
    const other: MemberMessage = { ...message, body: retold(body, story) };
    return to === victim && body.kind === 'initial' ? [other, message] : [other];
  };

  const answer = (_: NodeId, message: MemberMessage): readonly MemberMessage[] => {
    if (message.kind !== 'instance' || message.body.kind !== 'pull') return [];
    const story = stories.get(`${message.sender}:${message.instance}`);
    if (story === undefined || !bytesEqual(story.digest, message.body.digest)) return [];
    return [{ ...message, body: { kind: 'payload', payload: story.payload } }];
  };

  return new BendingParticipant(honest, bend, answer);
}

/** What is told differently; what is asked for, and answers, are not. */
const RETELLS = { initial: true, echo: true, ready: true, done: true } as const;

function retold(body: CodedMessage, story: Story): CodedMessage {
  if ('payload' in body) return { ...body, payload: story.payload };
  return { ...body, digest: story.digest };
}

function ascii(text: string): Uint8Array {
  return concatBytes(Uint8Array.from(text, (char) => char.charCodeAt(0)));
}
