import type { MindFactory } from '../world/index.ts';
import { Liar } from './liar.ts';

/** Vouches for everything and hands out other bytes than were asked for. */
export const wrongPayload: MindFactory = (context) =>
  new Liar(
    context,
    (liar) => {
      const heard = liar.anyHeard();
      const digest = heard?.digests[0];
      if (heard !== undefined && digest !== undefined) liar.vote(['echo'], context.correct, heard, digest);
    },
    (liar, from, to, message) => {
      if (message.kind === 'status' || message.body.kind !== 'pull' || !context.faulty.includes(to)) return;
      const { sender, instance } = message;
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

/** DONE for what was said, or for what was not, from the first moment on. */
export const falseDone: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    if (heard === undefined) return;
    const digest = liar.prng.chance(1, 2) ? heard.digests[0] : liar.nonsense();
    if (digest !== undefined) liar.vote(['done'], context.correct, heard, digest);
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
