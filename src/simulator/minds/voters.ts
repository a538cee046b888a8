import type { MindFactory } from '../world/index.ts';
import { Liar } from './liar.ts';

/** For what was said towards one half, for something else towards the other. */
export const splitVotes: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    if (heard === undefined) return;
    const one = heard.digests[0] ?? liar.nonsense();
    const other = heard.digests[1] ?? liar.nonsense();
    const parity = liar.prng.below(2);
    liar.vote(
      ['echo', 'ready'],
      liar.those((id) => id % 2 === parity),
      heard,
      one,
    );
    liar.vote(
      ['echo', 'ready'],
      liar.those((id) => id % 2 !== parity),
      heard,
      other,
    );
  });

/** Everything twice, differently, to everybody. */
export const doubleVotes: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    if (heard === undefined) return;
    for (const digest of [heard.digests[0] ?? liar.nonsense(), heard.digests[1] ?? liar.nonsense()]) {
      liar.vote(['echo', 'ready'], context.correct, heard, digest);
    }
  });

/** The same vote again and again: to be counted once. */
export const repeatedVotes: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    const digest = heard?.digests[0];
    if (heard === undefined || digest === undefined) return;
    const to = [liar.prng.pick(context.correct)];
    for (let k = 0; k < 3; k += 1) liar.vote(['echo', 'ready'], to, heard, digest);
  });

/** READY for what nobody said, before anybody said anything. */
export const prematureReady: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const sender = liar.prng.pick(context.committee.ids);
    const instance = 1 + liar.prng.below(3);
    const digest = liar.digestOf(sender, instance, liar.story(sender, instance, 7));
    liar.vote(['ready'], context.correct, { sender, instance }, digest);
  });

/** READY without ECHO, at once, for whatever is heard. */
export const readyOnly: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    const digest = heard?.digests[0];
    if (heard !== undefined && digest !== undefined) liar.vote(['ready'], context.correct, heard, digest);
  });

/** READY to one member only, who may then be alone in delivering. */
export const readyToOne: MindFactory = (context) => {
  const victim = context.correct.slice(0, 1);
  return new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    if (heard === undefined) return;
    for (const digest of heard.digests.slice(0, 1)) liar.vote(['ready'], victim, heard, digest);
  });
};

/** ECHO to one member only: it may deliver early, and the others never hear of these votes. */
export const echoToOne: MindFactory = (context) => {
  const victim = context.correct.slice(-1);
  return new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    if (heard === undefined) return;
    for (const digest of heard.digests.slice(0, 1)) liar.vote(['echo'], victim, heard, digest);
  });
};

/** Silent for a long time, then everything at once. */
export const lateSpeaker: MindFactory = (context) =>
  new Liar(context, (liar) => {
    if (liar.acts < 40) return;
    for (const heard of liar.ear.instances) {
      for (const digest of heard.digests.slice(0, 2))
        liar.vote(['echo', 'ready'], context.correct, heard, digest);
    }
  });

/** Whatever anybody says, it says too: a vote taken over must count for the one who took it, once. */
export const parrot: MindFactory = (context) => {
  const queue: Parameters<Liar['say']>[] = [];
  return new Liar(
    context,
    (liar) => {
      for (const said of queue.splice(0, 8)) liar.say(...said);
    },
    (liar, from, to, message) => {
      if (message.kind !== 'instance' || context.faulty.includes(from) || queue.length >= 64) return;
      const { body } = message;
      const copied = 'digest' in body ? { ...body } : { ...body, payload: body.payload.slice() };
      queue.push([liar.me, [to], message.sender, message.instance, copied]);
    },
  );
};
