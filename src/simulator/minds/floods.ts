import type { MindFactory } from '../world/index.ts';
import { Liar } from './liar.ts';

/** Votes and payloads for instances far beyond any window. */
export const futureFlood: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const { window } = context.limits;
    const sender = liar.prng.pick(context.committee.ids);
    const instance = liar.prng.pick([
      window,
      window + 1,
      2 * window + 1,
      3 * window,
      Number.MAX_SAFE_INTEGER,
    ]);
    liar.vote(['echo', 'ready'], context.correct, { sender, instance }, liar.nonsense());
    liar.say(liar.me, context.correct, liar.me, instance, {
      kind: 'initial',
      payload: liar.story(0, instance, 0),
    });
  });

/** A fresh digest in every vote, all over the window. */
export const freshDigests: MindFactory = (context) =>
  new Liar(context, (liar) => {
    for (let k = 0; k < 3; k += 1) {
      const sender = liar.prng.pick(context.committee.ids);
      const instance = 1 + liar.prng.below(context.limits.window);
      liar.vote(['echo', 'ready'], context.correct, { sender, instance }, liar.nonsense());
    }
  });

/** The longest payloads that are allowed, in every instance of the own window. */
export const bigPayloads: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const from = liar.me;
    const instance = 1 + (liar.acts % context.limits.window);
    const { payloadBytes } = context.limits;
    const payload = new Uint8Array(2 + 4 + payloadBytes);
    const view = new DataView(payload.buffer);
    view.setUint16(0, 1);
    view.setUint32(2, payloadBytes);
    liar.say(from, context.correct, from, instance, { kind: 'initial', payload });
  });

/** What others say, a little off: an instance one further, a digest with one bit turned. [ByzzFuzz, small scope] */
export const offByOne: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    const digest = heard?.digests[0];
    if (heard === undefined || digest === undefined) return;
    const turned = context.hasher.digest(heard.sender, heard.instance + 1, digest);
    const instance = Math.max(1, heard.instance + liar.prng.below(3) - 1);
    const about = { sender: heard.sender, instance };
    liar.vote(['echo', 'ready'], context.correct, about, liar.prng.chance(1, 2) ? digest : turned);
  });
