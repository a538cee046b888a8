import type { MindFactory } from '../world/index.ts';
import { Liar } from './liar.ts';

/** Vouches for everything at once, withholds its own payloads from one, and hands out other bytes than were asked for. */
export const wrongPayload: MindFactory = (context) =>
  new Liar(
    context,
    (liar) => {
      const from = liar.me;
      const instance = 1 + (liar.acts % 2);
      const payload = liar.story(from, instance, 0);
      const victim = context.correct[liar.acts % context.correct.length];
      liar.say(
        from,
        liar.those((id) => id !== victim),
        from,
        instance,
        { kind: 'initial', payload },
      );
      const digest = liar.digestOf(from, instance, payload);
      liar.vote(['echo', 'ready'], context.correct, { sender: from, instance }, digest);
    },
    (liar, from, to, message) => {
      if (message.kind !== 'instance' || context.faulty.includes(from)) return;
      const { sender, instance, body } = message;
      if (body.kind === 'initial') {
        liar.vote(['echo'], context.correct, message, liar.digestOf(sender, instance, body.payload));
      }
      if (body.kind !== 'pull' || !context.faulty.includes(to)) return;
      liar.say(to, [from], sender, instance, { kind: 'payload', payload: liar.story(sender, instance, 5) });
    },
  );

/** Vouches for everything and answers nothing. */
export const withholdPayload: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    const digest = heard?.digests[0];
    if (heard !== undefined && digest !== undefined)
      liar.vote(['echo', 'ready'], context.correct, heard, digest);
  });

/** Asks everybody for everything, over and over. */
export const pullStorm: MindFactory = (context) =>
  new Liar(context, (liar) => {
    for (const { sender, instance, digests } of liar.ear.instances.slice(-8)) {
      for (const digest of digests)
        liar.say(liar.me, context.correct, sender, instance, { kind: 'pull', digest });
    }
  });

/** DONE for what was said, or for what was not, from the first moment on, sometimes on top of a READY. */
export const falseDone: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    if (heard === undefined) return;
    const digest = liar.prng.chance(1, 2) ? heard.digests[0] : liar.nonsense();
    const kinds = liar.prng.chance(1, 2) ? (['done'] as const) : (['ready', 'done'] as const);
    if (digest !== undefined) liar.vote(kinds, context.correct, heard, digest);
  });

/** STATUS with bases from nothing to everything, asking for all of it again. */
export const falseStatus: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const bases = context.committee.ids.map(() => liar.prng.pick([1, 2, 5, 1_000, Number.MAX_SAFE_INTEGER]));
    const resync = liar.prng.chance(1, 2);
    for (const to of context.correct) context.send(liar.me, to, { kind: 'status', bases, resync });
  });

/** Payloads that nobody asked for. */
export const unaskedPayload: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    if (heard === undefined) return;
    const payload = heard.payloads[0] ?? liar.story(heard.sender, heard.instance, 3);
    liar.say(liar.me, context.correct, heard.sender, heard.instance, { kind: 'payload', payload });
  });
