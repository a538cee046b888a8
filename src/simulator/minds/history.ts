import type { HistoryMessage, MemberMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { MindFactory } from '../world/index.ts';
import { Liar } from './liar.ts';

/**
 * Says that it keeps nothing, from anywhere on, and answers every question about numbers with the same lie: f colluding
 * members, one short of what is believed.
 */
export const forgedHistory: MindFactory = (context) => {
  const say = (to: readonly NodeId[], sender: NodeId, instance: number, body: HistoryMessage): void => {
    const message: MemberMessage = { kind: 'history', sender, instance, body };
    for (const from of context.faulty)
      for (const peer of to) if (peer !== from) context.send(from, peer, message);
  };
  return new Liar(
    context,
    (liar) => {
      const sender = liar.prng.pick(context.committee.ids);
      const instance = liar.prng.pick([2, 3, 4, 7, 20, 1_000_000]);
      say(context.correct, sender, instance, { kind: 'horizon' });
      say(context.correct, sender, instance, { kind: 'count', messages: 3 * instance });
      if (liar.prng.chance(1, 2)) say(context.correct, sender, instance, { kind: 'ask' });
    },
    (liar, from, _to, message) => {
      if (message.kind !== 'history' || message.body.kind !== 'ask' || context.faulty.includes(from)) return;
      const { sender, instance } = message;
      const lie = liar.prng.pick([0, 1, instance + 1, 3 * instance, Number.MAX_SAFE_INTEGER - 1]);
      say([from], sender, instance, { kind: 'count', messages: lie });
      if (liar.prng.chance(1, 3))
        say([from], sender, instance, { kind: 'count', messages: lie === 0 ? 1 : 0 });
    },
  );
};
