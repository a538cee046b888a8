import { expect, test } from 'vitest';
import { ADVERSARIES, type AdversaryName } from '../../src/simulator/index.ts';
import { Cluster } from './harness.ts';

const ADVERSARY_NAMES = Object.keys(ADVERSARIES) as AdversaryName[];

/** What honest members are sure to notice of each; silence and omission look like a slow network. */
const NOTICED: Readonly<Record<AdversaryName, readonly string[]>> = {
  equivocate: ['equivocation'],
  silent: [],
  withhold: [],
};

test.each(ADVERSARY_NAMES)(
  'one of four lies (%s): the others deliver the same, also after kill -9',
  async (adversary) => {
    const cluster = await Cluster.make({ liars: ['p3'] });
    const [p0, p1, p2, p3] = cluster.members;
    if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined) throw new Error();
    await Promise.all([p0.start(), p1.start(), p2.start(), p3.start({ adversary })]);
    await cluster.connected();
    const honest = [p0, p1, p2];
    for (let count = 1; count <= 20; count += 1) {
      await Promise.all(honest.map((member) => member.broadcast(`${member.name} ${count}`)));
      if (count % 5 === 0) void p3.broadcast(`p3 ${count}`).catch(() => undefined);
    }
    await p1.kill();
    await p0.broadcast('p1 is down, p3 lies: this has to wait');
    await p1.start();
    await cluster.until('the liar lies', () => p3.life.eventsOf('lie').length > 0);
    expect(await cluster.agreed(honest)).toBeGreaterThanOrEqual(61);

    const codes = new Set(honest.flatMap((member) => member.eventsOf('evidence').map(({ code }) => code)));
    expect([...codes]).toEqual(expect.arrayContaining([...NOTICED[adversary]]));
    // That the witnesses see it when somebody does say two things: elsewhere they must not.
    const witnessed = honest.flatMap((member) => member.eventsOf('contradiction'));
    expect(witnessed.length > 0).toBe(adversary === 'equivocate');
  },
);
