import { describe, expect, test } from 'vitest';
import { createTestCluster, type TestDelivery, UsageError } from '../../src/testing/index.ts';

/** The texts of the next `count` deliveries. */
async function take(deliveries: AsyncIterable<TestDelivery>, count: number): Promise<string[]> {
  const texts: string[] = [];
  if (count === 0) return texts;
  for await (const delivery of deliveries) {
    texts.push(delivery.text());
    if (texts.length === count) break;
  }
  return texts;
}

describe('broadcast', () => {
  test('refuses what is too long, and takes what is just not', async () => {
    const cluster = await createTestCluster({ limits: { payloadBytes: 4 } });
    const [node] = cluster.nodes;
    await expect(node.broadcast('12345')).rejects.toMatchObject({
      code: 'ERR_PAYLOAD_TOO_LARGE',
      definite: true,
      retryable: false,
    });
    await node.broadcast('1234');
    await node.broadcast('');
    expect(node.delivered.map((delivery) => delivery.text())).toEqual([]);
    await cluster.settle();
    expect(node.delivered.map((delivery) => delivery.text())).toEqual(['1234', '']);
  });

  test('refuses what its own check refuses, and explains what the check of others refuses', async () => {
    let strict = true;
    const validate = ({ payload }: { readonly payload: Uint8Array }): boolean =>
      !strict || payload[0] !== 120;
    const cluster = await createTestCluster({ validate });
    await expect(cluster.nodes[0].broadcast('x')).rejects.toMatchObject({
      code: 'ERR_USAGE',
      definite: true,
    });
    strict = false;
    const accepted = cluster.nodes[0].broadcast('x');
    const broadcast = await accepted;
    strict = true;
    expect(await cluster.deliveredTexts()).toEqual([]);
    expect(cluster.nodes[0].inspect(broadcast)?.explain).toMatch(/lacks 1 more ECHO|lacks 2 more ECHO/);
    expect(cluster.nodes[1]?.inspect(broadcast)?.explain).toContain('does not vouch for it');
    expect(cluster.nodes[1]?.evidence()).toMatchObject([{ peer: 0, code: 'invalid-payload', count: 1 }]);
  });

  test('says no when too much waits', async () => {
    const cluster = await createTestCluster({
      limits: { window: 4, messagesPerInstance: 1 },
      pendingBytes: 10,
    });
    cluster.partition([[0]]);
    const [node] = cluster.nodes;
    for (let i = 0; i < 4; i += 1) await node.broadcast('12345');
    const waiting = [node.broadcast('12345'), node.broadcast('12345')];
    await expect(node.broadcast('1')).rejects.toMatchObject({ code: 'ERR_BACKLOG_FULL', retryable: true });
    await expect(waiting[0]).rejects.toMatchObject({ code: 'ERR_TIMEOUT', definite: false });
    expect(node.inspect({ sender: node.id, seq: 5 })?.explain).toContain('waits here for room');
    cluster.heal();
    await cluster.settle();
    expect(node.delivered).toHaveLength(6);
  });

  test('broadcasts once per idempotency key, also across a crash', async () => {
    const cluster = await createTestCluster();
    const [node] = cluster.nodes;
    const [first, second] = await Promise.all([
      node.broadcast('pay 5', { idempotencyKey: 'a' }),
      node.broadcast('pay 5', { idempotencyKey: 'a' }),
    ]);
    expect([first.duplicate, second.duplicate, first.seq, second.seq]).toEqual([false, true, 1, 1]);
    await expect(node.broadcast('pay 6', { idempotencyKey: 'a' })).rejects.toMatchObject({
      code: 'ERR_IDEMPOTENCY_CONFLICT',
    });
    const lost = node.broadcast('never accepted', { idempotencyKey: 'b' });
    cluster.crash(0);
    await expect(lost).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    cluster.restart(0);
    expect(await node.broadcast('pay 5', { idempotencyKey: 'a' })).toMatchObject({ duplicate: true, seq: 1 });
    expect(await node.broadcast('never accepted', { idempotencyKey: 'b' })).toMatchObject({
      duplicate: false,
      seq: 2,
    });
    await expect(node.broadcast('x', { idempotencyKey: '' })).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('gives up when its signal fires', async () => {
    const cluster = await createTestCluster();
    await expect(cluster.nodes[0].broadcast('x', { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
      definite: true,
    });
    cluster.partition([[0]]);
    const broadcast = await cluster.nodes[0].broadcast('x');
    const controller = new AbortController();
    const waiting = broadcast.delivered({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_ABORTED', definite: false });
  });

  test('drains', async () => {
    const cluster = await createTestCluster();
    const [node] = cluster.nodes;
    for (let i = 0; i < 20; i += 1) node.broadcast(`${i}`).catch(expect.fail);
    await node.drain();
    expect(node.delivered).toHaveLength(20);
    expect(node.state).toBe('draining');
    await expect(node.broadcast('more')).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});

describe('deliveries', () => {
  test('waiting for one runs the cluster', async () => {
    const cluster = await createTestCluster();
    for (const text of ['a', 'b', 'c']) await cluster.nodes[0].broadcast(text);
    expect(await take(cluster.node(3).deliveries(), 3)).toEqual(['a', 'b', 'c']);
  });

  test('a reader waits while nothing happens, and goes on when something does', async () => {
    const cluster = await createTestCluster();
    const reading = take(cluster.node(2).deliveries(), 2);
    await cluster.settle();
    await cluster.nodes[0].broadcast('a');
    await cluster.settle();
    await cluster.nodes[1]?.broadcast('b');
    expect(await reading).toEqual(['a', 'b']);
  });

  test('begins where it is told', async () => {
    const cluster = await createTestCluster();
    const [node] = cluster.nodes;
    for (const text of ['a', 'b', 'c']) await node.broadcast(text);
    await cluster.settle();
    const second = node.delivered[1]?.cursor ?? '';
    expect(await take(node.deliveries({ from: 'start' }), 1)).toEqual(['a']);
    expect(await take(node.deliveries({ from: second }), 1)).toEqual(['c']);
    const fresh = take(node.deliveries({ from: 'now' }), 1);
    await node.broadcast('d');
    expect(await fresh).toEqual(['d']);
    for (const from of ['d9', 'x', '']) {
      expect(() => node.deliveries({ from })).toThrow(expect.objectContaining({ code: 'ERR_CURSOR' }));
    }
  });

  test('a consumer goes on behind what it acknowledged, also after a crash', async () => {
    const cluster = await createTestCluster();
    const [node] = cluster.nodes;
    for (const text of ['a', 'b', 'c']) await node.broadcast(text);
    const reader = node.deliveries({ consumer: 'ledger' });
    const first = await reader.next();
    await first.value?.ack();
    await reader.next();
    expect(() => node.deliveries({ consumer: 'ledger' })).toThrow(
      expect.objectContaining({ code: 'ERR_CONSUMER_BUSY', retryable: true }),
    );
    cluster.crash(0);
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    await expect(first.value?.ack()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    cluster.restart(0);
    expect(await take(node.deliveries({ consumer: 'ledger' }), 2)).toEqual(['b', 'c']);
    expect(await take(node.deliveries({ consumer: 'ledger' }), 2)).toEqual(['b', 'c']);
  });

  test('break and return release the consumer; a signal and close end the reading', async () => {
    const cluster = await createTestCluster();
    const [node] = cluster.nodes;
    await node.broadcast('a');
    expect(await take(node.deliveries({ consumer: 'c' }), 1)).toEqual(['a']);
    const controller = new AbortController();
    const aborted = node.deliveries({ consumer: 'c', from: 'now', signal: controller.signal }).next();
    await cluster.settle();
    controller.abort();
    expect((await aborted).done).toBe(true);
    const closed = node.deliveries({ consumer: 'c', from: 'now' }).next();
    await cluster.close();
    expect((await closed).done).toBe(true);
  });

  test.runIf(typeof Symbol.asyncDispose === 'symbol')('readers and clusters are disposable', async () => {
    const cluster = await createTestCluster();
    const reader = cluster.nodes[0].deliveries({ consumer: 'c' });
    await reader[Symbol.asyncDispose]();
    expect((await reader.next()).done).toBe(true);
    await cluster[Symbol.asyncDispose]();
    expect(cluster.nodes[0].state).toBe('closed');
  });
});

describe('misuse', () => {
  test.each([
    [{ n: 3, f: 1 }, RangeError, 'n=3, f=1 is impossible: n >= 3f+1 = 4'],
    [{ n: 0 }, RangeError, 'n=0 is impossible'],
    [{ seed: 1.5 }, UsageError, 'seed must be an integer, not 1.5'],
    [{ form: 'late' }, UsageError, "form is 'early' or 'classic', not late"],
    [{ members: 4 }, UsageError, 'unknown option "members"'],
    [{ limits: { window: 1 } }, UsageError, 'limits.window must be an integer from 4 to 65536, not 1'],
    [{ limits: { windows: 9 } }, UsageError, 'unknown limit "windows"'],
    [{ pendingBytes: -1 }, UsageError, 'pendingBytes must be an integer, not -1'],
    [{ validate: true }, UsageError, 'validate is a function'],
    [{ byzantine: { 9: 'silent' } }, UsageError, 'there is no member 9: members are 0 to 3'],
    [{ byzantine: { 1: 'rude' } }, UsageError, '"rude" is not one of equivocate, silent, withhold'],
    [{ byzantine: { 1: 'silent', 2: 'silent' } }, UsageError, '2 liars where f=1'],
  ])('%j is refused', async (options, kind, message) => {
    // What a caller without types may write.
    const made = createTestCluster(JSON.parse(JSON.stringify(options)));
    const error = await made.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(kind);
    expect(String(error)).toContain(message);
  });

  test('members that are not there, and states that do not fit', async () => {
    const cluster = await createTestCluster();
    expect(() => cluster.node(4)).toThrow('there is no member 4: members are 0 to 3');
    expect(() => cluster.crash(-1)).toThrow(UsageError);
    expect(() => cluster.restart(1)).toThrow('member 1 runs: crash it first');
    cluster.crash(1);
    expect(() => cluster.crash(1)).toThrow('member 1 is down already');
    expect(() => cluster.connect(2, 2)).toThrow(UsageError);
    expect(() => cluster.partition([[0], [0, 1]])).toThrow('member 0 is in two groups');
    await expect(cluster.run(-1)).rejects.toThrow(UsageError);
    await cluster.close();
    await cluster.close();
    expect(() => cluster.step()).toThrow('this cluster is closed');
    await expect(cluster.settle()).rejects.toThrow(UsageError);
  });

  test('a check that answers later is refused, and so is a message that is none', async () => {
    const later = (): boolean => JSON.parse('{}');
    const cluster = await createTestCluster({ validate: later });
    await expect(cluster.nodes[0].broadcast('x')).rejects.toThrow('true or false at once');
    const nothing = (await createTestCluster()).nodes[0].broadcast(JSON.parse('5'));
    await expect(nothing).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('nothing that is left waiting breaks the process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const cluster = await createTestCluster();
    cluster.partition([[0]]);
    const broadcast = await cluster.nodes[0].broadcast('x');
    // Nobody waits for any of these.
    void broadcast.delivered();
    void cluster.nodes[0].broadcast('y');
    void cluster.nodes[0].drain();
    void cluster.nodes[0].whenReady();
    await cluster.settle();
    await cluster.close();
    void cluster.nodes[0].broadcast('after the end');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

describe('many at a time', () => {
  test('are broadcast with consecutive numbers and read by the batch, at every member', async () => {
    const cluster = await createTestCluster();
    const [first, second = first] = cluster.nodes;
    const range = await first.broadcastMany(['a', 'b', 'c']);
    expect(range).toMatchObject({ sender: first.id, firstSeq: 1, count: 3 });
    await range.delivered();
    await first.broadcastMany(['d'], { waitFor: 'delivered' });
    await cluster.settle();
    const texts: string[] = [];
    for await (const batch of second.deliveryBatches({ consumer: 'c' })) {
      expect(batch).toMatchObject({ sender: first.id, senderName: 'p0', firstSeq: texts.length + 1 });
      texts.push(...batch.payloads.map((payload) => new TextDecoder().decode(payload)));
      await batch.ack();
      if (texts.length === 4) break;
    }
    expect(texts).toEqual(['a', 'b', 'c', 'd']);
    expect(await take(second.deliveries({ consumer: 'c', from: 'd2' }), 2)).toEqual(['c', 'd']);
  });

  test('are refused together', async () => {
    const cluster = await createTestCluster({ limits: { payloadBytes: 4 } });
    const [node] = cluster.nodes;
    await expect(node.broadcastMany(['1', '12345'])).rejects.toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE' });
    await expect(node.broadcastMany([])).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect((await node.broadcast('1')).seq).toBe(1);
  });
});
