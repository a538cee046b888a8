import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { Cluster } from './harness.ts';

test('a node closes under load, by its deadline, and its process ends', async () => {
  const cluster = await Cluster.running();
  for (const member of cluster.members) await member.load(2, 1_000);
  const [p0, p1, p2, p3] = cluster.members;
  if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined) throw new Error();
  await cluster.until('all are at work', () =>
    cluster.members.every(({ lastAccepted }) => lastAccepted > 20),
  );

  expect(await p3.close()).toMatchObject({ clean: true, error: undefined });
  await cluster.until('p2 broadcasts', () => p2.lastAccepted > 60);
  p2.interrupt();
  expect(await p2.life.ended).toEqual({ code: 0, signal: null });
  expect(p2.life.eventsOf('closed')).toMatchObject([{ report: { clean: true, error: undefined } }]);

  // One peer has stopped listening, the others are gone: nothing that is under way can finish.
  const stuck = Array.from({ length: 30 }, () =>
    p0.broadcast('too late', { bytes: 500_000 }).catch(() => undefined),
  );
  p1.life.signal('SIGSTOP');
  const began = performance.now();
  const report = await p0.close(2_000);
  expect(performance.now() - began).toBeLessThan(4_000);
  expect(report.error).toBeUndefined();
  await Promise.all(stuck);
  p1.life.signal('SIGCONT');
  await p1.rest();

  // What was accepted before is there, whoever closed when.
  await Promise.all([p0.start(), p2.start(), p3.start()]);
  await cluster.agreed();
});

test('who closes twice, or while alone, or right after the start, is done as quickly', async () => {
  const cluster = await Cluster.make();
  const [alone] = cluster.members;
  if (alone === undefined) throw new Error();
  await alone.start();
  expect(await alone.close()).toMatchObject({ clean: true, abandoned: 0 });
  await alone.start();
  const waiting = alone.broadcast('accepted, never delivered');
  await waiting;
  alone.interrupt();
  alone.life.signal('SIGINT');
  expect(await alone.life.ended).toEqual({ code: 0, signal: null });
});
