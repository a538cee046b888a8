import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { Cluster } from './harness.ts';

describe('four members', () => {
  test('deliver the same messages with the same numbers, in the order of their senders', async () => {
    const cluster = await Cluster.running();
    await Promise.all(
      cluster.members.map(async (member) => {
        for (let count = 1; count <= 50; count += 1) {
          const { seq } = await member.broadcast(`message ${count} of ${member.name}`);
          expect(seq).toBe(count);
        }
        // Many at once, too: they share instances.
        const texts = Array.from({ length: 150 }, (_, i) => `message ${51 + i} of ${member.name}`);
        const sent = await Promise.all(texts.map((text) => member.broadcast(text)));
        expect(sent.map(({ seq }) => seq)).toEqual(texts.map((_, i) => 51 + i));
      }),
    );
    expect(await cluster.agreed()).toBe(800);
    const statuses = await Promise.all(cluster.members.map((member) => member.status()));
    for (const status of statuses) expect(status).toMatchObject({ state: 'ready', margin: 1, evidence: 0 });
  });

  test('go on without one; without two they stand still, say why, and go on when one is back', async () => {
    const cluster = await Cluster.running();
    const [p0, p1, p2, p3] = cluster.members;
    if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined) throw new Error();
    await p0.broadcast('all are here');
    await p3.close();
    await p1.broadcast('p3 is not');
    expect(await cluster.agreed()).toBe(2);
    expect(await p0.status()).toMatchObject({ margin: 0, state: 'degraded', peers: { missing: ['p3'] } });

    await p2.kill();
    await cluster.until('p2 is missed', async () => (await p0.status()).margin === -1);
    const began = performance.now();
    await p0.broadcast('too few are here');
    await cluster.until('p0 says that it is stalled', () => p0.life.eventsOf('stalled').length > 0, 10_000);
    expect(performance.now() - began).toBeLessThan(10_000);
    const [stalled] = p0.life.eventsOf('stalled');
    expect(stalled?.view).toMatchObject({ sender: 0, seq: 2, waitingFor: [2, 3] });
    expect(stalled?.view.explain).toMatch(
      /^p0#2 is not delivered .* 1 of 2 ECHO \(p1\) .* lacks 1 more ECHO; .* p2 \(.*\) or p3 \(/s,
    );
    const status = await p0.status();
    expect(status).toMatchObject({ stalled: 1, state: 'degraded', delivered: 2, margin: -1 });
    expect(status.reasons).toEqual([
      'too few members are connected: nothing can be delivered',
      expect.stringMatching(/^p2 is away: /),
      expect.stringMatching(/^p3 is away: /),
      expect.stringMatching(/^p0#2 is not delivered .* lacks 1 more ECHO; .* p2 \(.*\) or p3 \(/s),
    ]);

    await p3.start();
    expect(await cluster.agreed([p0, p1, p3])).toBe(3);
    expect(await p3.log()).toEqual(await p0.log());
    await p2.start();
    expect(await cluster.agreed()).toBe(3);
    expect(await p0.status()).toMatchObject({ stalled: 0 });
  });

  test('are joined by one that starts a thousand messages later', async () => {
    const cluster = await Cluster.make();
    const early = cluster.members.slice(0, 3);
    await Promise.all(early.map((member) => member.start()));
    await cluster.connected();
    await Promise.all(
      early.flatMap((member) =>
        Array.from({ length: 400 }, (_, i) => member.broadcast(`message ${i + 1} of ${member.name}`)),
      ),
    );
    expect(await cluster.agreed()).toBe(1_200);
    const late = cluster.member(3);
    await late.start();
    await late.broadcast('better late than never');
    expect(await cluster.agreed()).toBe(1_201);
  });

  test('deliver what the first of them broadcast before anybody else was there', async () => {
    const cluster = await Cluster.make();
    const [first, ...others] = cluster.members;
    if (first === undefined) throw new Error();
    await first.start();
    for (let count = 1; count <= 20; count += 1) await first.broadcast(`alone ${count}`);
    expect(await first.status()).toMatchObject({ state: 'joining', delivered: 0 });
    for (const other of others) await other.start();
    expect(await cluster.agreed()).toBe(20);
  });
});
