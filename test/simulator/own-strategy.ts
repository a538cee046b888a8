import { Liar, type MindFactory } from '../../src/simulator/index.ts';

/** Says READY for the first digest it hears of, to every other correct member. The example of `docs/laboratory.md`. */
export const halfReady: MindFactory = (context) =>
  new Liar(context, (liar) => {
    const heard = liar.anyHeard();
    const digest = heard?.digests[0];
    if (heard === undefined || digest === undefined) return;
    const victims = liar.those((_, index) => index % 2 === 0);
    liar.vote(['ready'], victims, heard, digest);
  });
