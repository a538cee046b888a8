import { BendingParticipant } from '../adversary/index.ts';
import type { MindFactory } from '../world/index.ts';
import { Liar } from './liar.ts';

/** Instances that a lying sender opens. */
const INSTANCES = 3;

/** The instance a liar lies about at its present act: each a few times, in turn. */
const instanceOf = (liar: Liar): number => 1 + (liar.acts % INSTANCES);

/** One thing to some, another to the rest, with votes to match. */
export const equivocateHalf: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const from = liar.me;
    const instance = instanceOf(liar);
    const cut = 1 + ((instance + from) % Math.max(1, context.correct.length - 1));
    for (const version of [0, 1]) {
      const side = liar.those((_, index) => (index < cut ? 0 : 1) === version);
      const payload = liar.story(from, instance, version);
      liar.say(from, side, from, instance, { kind: 'initial', payload });
      if (liar.prng.chance(1, 2)) continue;
      const digest = liar.digestOf(from, instance, payload);
      liar.vote(['echo', 'ready'], side, { sender: from, instance }, digest);
    }
  });

/** Another thing to each member. */
export const equivocateEach: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const from = liar.me;
    const instance = instanceOf(liar);
    for (const [version, to] of context.correct.entries()) {
      const payload = liar.story(from, instance, version);
      liar.say(from, [to], from, instance, { kind: 'initial', payload });
      liar.vote(['echo'], [to], { sender: from, instance }, liar.digestOf(from, instance, payload));
    }
  });

/** Both payloads to everybody. */
export const bothValues: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const from = liar.me;
    const instance = instanceOf(liar);
    for (const version of [0, 1]) {
      liar.say(from, context.correct, from, instance, {
        kind: 'initial',
        payload: liar.story(from, instance, version),
      });
    }
  });

/** The payload to so few that it depends on the liars' votes whether it goes through; votes to one more. */
export const selectiveInitial: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const from = liar.me;
    const instance = instanceOf(liar);
    const { echoEarly } = context.committee.quorums;
    const few = Math.max(1, echoEarly - context.faulty.length + (instance % 3));
    const payload = liar.story(from, instance, 0);
    liar.say(
      from,
      liar.those((_, index) => index < few),
      from,
      instance,
      { kind: 'initial', payload },
    );
    const victim = [liar.prng.pick(context.correct)];
    liar.vote(['echo', 'ready'], victim, { sender: from, instance }, liar.digestOf(from, instance, payload));
  });

/** INITIALs in the instances of others. */
export const forgedInitial: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const sender = liar.prng.pick(context.correct);
    const instance = instanceOf(liar);
    liar.say(liar.me, context.correct, sender, instance, {
      kind: 'initial',
      payload: liar.story(sender, instance, 9),
    });
  });

/** INITIALs that no correct member vouches for: too long, no batch, an empty one. */
export const malformedPayload: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const from = liar.me;
    const sizes = [0, 1, 2, 5, context.limits.payloadBytes];
    const payload = new Uint8Array(liar.prng.pick(sizes)).fill(liar.prng.below(256));
    liar.say(from, context.correct, from, instanceOf(liar), { kind: 'initial', payload });
    const digest = liar.digestOf(from, instanceOf(liar), payload);
    liar.vote(['echo', 'ready'], context.correct, { sender: from, instance: instanceOf(liar) }, digest);
  });

/** A higher instance first, the lowest one last: the stream's order must wait, and its memory hold. */
export const outOfOrder: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const from = liar.me;
    const instance = Math.max(1, context.limits.window - liar.acts);
    const payload = liar.story(from, instance, 0);
    liar.say(from, context.correct, from, instance, { kind: 'initial', payload });
  });

/** Honest members that end for good in the middle of what they send, so that some have heard it and others not. */
export const stopsMidway: MindFactory = (context) => ({
  participant: (honest) => {
    let left = context.prng.below(4 * context.committee.n);
    return new BendingParticipant(honest, (_, message) => {
      left -= 1;
      return left < 0 ? [] : [message];
    });
  },
});
