import { describe, expect, test } from 'vitest';
import type { QuorumcastNode } from '../../src/node/index.ts';
import { createTestCluster, QuorumcastError, type TestNode } from '../../src/testing/index.ts';

/** What a program under test may ask of either kind of node. */
type Common = Pick<
  QuorumcastNode,
  'id' | 'name' | 'state' | 'broadcast' | 'deliveries' | 'delivery' | 'inspect' | 'whenReady' | 'drain'
>;
const asNode = (node: TestNode): Common => node;

describe('a cluster in virtual time', () => {
  test('delivers what one node broadcasts at every node', async () => {
    const cluster = await createTestCluster({ n: 4, f: 1, seed: 7 });
    await cluster.nodes[0].broadcast('hi');
    expect(await cluster.deliveredTexts()).toEqual(['hi', 'hi', 'hi', 'hi']);
  });

  test('takes a program written for real nodes', async () => {
    const cluster = await createTestCluster();
    const node = asNode(cluster.nodes[0]);
    await node.whenReady();
    const { sender, seq } = await node.broadcast(new Uint8Array([1, 2, 3]), { waitFor: 'delivered' });
    expect((await node.delivery({ sender, seq }))?.payload).toEqual(new Uint8Array([1, 2, 3]));
  });

  test.each([
    [1, 0],
    [2, 0],
    [3, 0],
    [5, 1],
    [7, 2],
  ])('works with n=%i, f=%i in both forms', async (n, f) => {
    for (const form of ['early', 'classic'] as const) {
      const cluster = await createTestCluster({ n, f, form, seed: n });
      for (const node of cluster.nodes) await node.broadcast(`from ${node.name}`);
      const texts = await cluster.deliveredTexts();
      expect(texts).toHaveLength(n * n);
      expect(cluster.info).toMatchObject({ n, f, form });
    }
  });

  test('runs the same with the same seed, and otherwise with another', async () => {
    const run = async (seed: number): Promise<string> => {
      const cluster = await createTestCluster({ seed, byzantine: { 2: 'equivocate' } });
      const sent = Array.from({ length: 12 }, (_, i) => cluster.node(i % 4).broadcast(`message ${i}`));
      await cluster.run(100);
      cluster.partition([
        [0, 1],
        [2, 3],
      ]);
      await cluster.run(500);
      cluster.heal();
      await cluster.settle();
      await Promise.all(sent);
      const logs = cluster.nodes.map(({ delivered }) => delivered.map(({ sender, seq }) => [sender, seq]));
      return JSON.stringify([logs, cluster.nowMs, cluster.lies.map(({ text }) => text)]);
    };
    expect(await run(3)).toBe(await run(3));
    expect(new Set(await Promise.all([1, 2, 3, 4, 5].map(run))).size).toBeGreaterThan(1);
  });

  test('keeps the order of each sender', async () => {
    const cluster = await createTestCluster({ seed: 11 });
    await Promise.all(Array.from({ length: 400 }, (_, i) => cluster.node(i % 2).broadcast(`${i}`)));
    await cluster.settle();
    for (const { delivered } of cluster.nodes) {
      for (const sender of [0, 1]) {
        const seqs = delivered.filter((delivery) => delivery.sender === sender).map(({ seq }) => seq);
        expect(seqs).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
      }
    }
  });

  test('says what was delivered as text, JSON, bytes and digest', async () => {
    const cluster = await createTestCluster();
    const broadcast = await cluster.nodes[0].broadcast('{"amount": "12 €"}');
    const delivery = await broadcast.delivered();
    expect(delivery).toMatchObject({ sender: 0, seq: 1, senderName: 'p0', cursor: 'd1' });
    expect(delivery.text()).toBe('{"amount": "12 €"}');
    expect(delivery.json()).toEqual({ amount: '12 €' });
    expect(delivery.digest).toBe(broadcast.digest);
    expect(delivery.digest).toMatch(/^[0-9a-f]{64}$/);
    delivery.payload.fill(0);
    expect(cluster.nodes[0].delivered[0]?.text()).toBe('{"amount": "12 €"}');
  });

  test('takes bytes as they are at the time of the call', async () => {
    const cluster = await createTestCluster();
    const bytes = Buffer.from([1, 2, 3]);
    const accepted = cluster.nodes[0].broadcast(bytes);
    bytes.fill(9);
    await (await accepted).delivered();
    await cluster.settle();
    expect(cluster.nodes[1]?.delivered[0]?.payload).toEqual(new Uint8Array([1, 2, 3]));
  });

  test('can be stepped by hand', async () => {
    const cluster = await createTestCluster();
    expect(cluster.step()).toBe(false);
    const now = cluster.nowMs;
    await cluster.nodes[0].broadcast('x');
    let steps = 0;
    while (cluster.step()) steps += 1;
    expect(steps).toBeGreaterThan(9);
    expect(cluster.nowMs).toBe(now);
    expect(cluster.nodes.map(({ delivered }) => delivered.length)).toEqual([1, 1, 1, 1]);
  });

  test('lets virtual time pass', async () => {
    const cluster = await createTestCluster();
    const now = cluster.nowMs;
    await cluster.run(1_010);
    expect(cluster.nowMs - now).toBe(1_050);
  });
});

describe('liars', () => {
  test('an equivocating sender is caught, and nobody correct delivers two things', async () => {
    const cluster = await createTestCluster({ n: 4, f: 1, seed: 7, byzantine: { 3: 'equivocate' } });
    await cluster.nodes[0].broadcast('honest');
    await cluster.node(3).broadcast('forked');
    const texts = await cluster.deliveredTexts();
    expect(texts.filter((text) => text === 'honest')).toHaveLength(3);
    const ofLiar = cluster.nodes
      .slice(0, 3)
      .map(({ delivered }) => delivered.filter(({ sender }) => sender === 3).map((d) => d.text()));
    expect(new Set(ofLiar.map((list) => list.join())).size).toBe(1);
    expect(cluster.lies.length).toBeGreaterThan(0);
    const accused = cluster.nodes.slice(0, 3).flatMap((node) => node.evidence().map(({ peer }) => peer));
    expect(new Set(accused)).toEqual(new Set([3]));
  });

  test('a message that a silent member swallows fails its wait with the reason', async () => {
    const cluster = await createTestCluster({ byzantine: { 3: 'silent' } });
    const swallowed = await cluster.node(3).broadcast('nobody hears this');
    await cluster.settle();
    expect(cluster.nodes[0].inspect(swallowed)).toBeUndefined();
    expect(await cluster.deliveredTexts()).toEqual([]);
  });

  test('one that withholds its payload cannot keep it from the others', async () => {
    const cluster = await createTestCluster({ seed: 2, byzantine: { 3: 'withhold' } });
    await cluster.node(3).broadcast('to some of you');
    expect(await cluster.deliveredTexts()).toEqual(['to some of you', 'to some of you', 'to some of you']);
  });
});

describe('partitions and crashes', () => {
  test('nothing is delivered without a quorum, and everything after it is back', async () => {
    const cluster = await createTestCluster();
    cluster.partition([
      [0, 1],
      [2, 3],
    ]);
    const broadcast = await cluster.nodes[0].broadcast('across');
    expect(await cluster.deliveredTexts()).toEqual([]);
    expect(cluster.nodes[0].state).toBe('joining');
    expect(cluster.nodes[0].status()).toMatchObject({ margin: -1, peers: { missing: ['p2', 'p3'] } });
    expect(cluster.nodes[0].inspect(broadcast)?.explain).toMatch(
      /^p0#1 is not delivered here after .* It lacks 1 more ECHO; none came from p2 \(cut off\) or p3 \(cut off\)\.$/,
    );
    cluster.heal();
    expect((await broadcast.delivered()).text()).toBe('across');
    expect(cluster.nodes[0].state).toBe('ready');
  });

  test('a wait for what cannot happen fails at once and names who is missing', async () => {
    const cluster = await createTestCluster();
    cluster.disconnect(0, 1);
    cluster.disconnect(0, 2);
    const broadcast = await cluster.nodes[0].broadcast('x');
    const error = await broadcast.delivered().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(QuorumcastError);
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT', definite: false, retryable: true });
    expect(String(error)).toContain('p1 (cut off)');
    cluster.connect(0, 1);
    await broadcast.delivered();
  });

  test('what was accepted outlives a crash, what was not fails with ERR_CLOSED', async () => {
    const cluster = await createTestCluster();
    await cluster.nodes[0].broadcast('before');
    const unsent = cluster.nodes[0].broadcast('too late');
    cluster.crash(0);
    await expect(unsent).rejects.toMatchObject({ code: 'ERR_CLOSED', definite: false });
    expect(cluster.nodes[0].state).toBe('closed');
    await expect(cluster.nodes[0].broadcast('x')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    expect((await cluster.nodes[0].deliveries().next()).done).toBe(true);
    cluster.restart(0);
    await cluster.nodes[0].broadcast('after');
    const texts = await cluster.deliveredTexts();
    expect(texts).toEqual(['before', 'after', 'before', 'after', 'before', 'after', 'before', 'after']);
  });

  test('a member that was down catches up', async () => {
    const cluster = await createTestCluster({ limits: { window: 8 } });
    cluster.crash(3);
    for (let i = 0; i < 100; i += 1) await (await cluster.nodes[0].broadcast(`${i}`)).delivered();
    cluster.restart(3);
    await cluster.settle();
    expect(cluster.node(3).delivered).toHaveLength(100);
  });

  test('random trouble ends in agreement', async () => {
    for (let seed = 0; seed < 12; seed += 1) {
      const cluster = await createTestCluster({ seed, limits: { window: 4 } });
      for (let i = 0; i < 15; i += 1) {
        const victim = (seed + i) % 4;
        cluster
          .node((victim + 1) % 4)
          .broadcast(`${seed}-${i}`)
          .catch(() => undefined);
        if (i % 3 === 0) cluster.crash(victim);
        if (i % 4 === 1) cluster.partition([[victim]]);
        await cluster.run(50);
        if (i % 3 === 0) cluster.restart(victim);
        if (i % 4 === 3) cluster.heal();
      }
      cluster.heal();
      await cluster.settle();
      const sorted = cluster.nodes.map(({ delivered }) =>
        delivered.map(({ sender, seq, digest }) => `${sender}#${seq} ${digest}`).sort(),
      );
      expect(sorted[0]?.length).toBeGreaterThan(0);
      for (const log of sorted) expect(log).toEqual(sorted[0]);
    }
  });
});

test('1,000 broadcasts, each awaited until delivered, cost less than two seconds', async () => {
  const before = process.cpuUsage();
  const cluster = await createTestCluster({ n: 4, f: 1, seed: 7 });
  for (let i = 0; i < 1_000; i += 1) {
    const broadcast = await cluster.node(i % 4).broadcast(`message ${i}`);
    await broadcast.delivered();
  }
  expect(await cluster.deliveredTexts()).toHaveLength(4_000);
  // Time of this process rather than of the wall: neighbours on the machine do not count.
  const { user } = process.cpuUsage(before);
  expect(user / 1_000).toBeLessThan(2_000);
});
