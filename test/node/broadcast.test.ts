import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BroadcastOptions } from '../../src/node/index.ts';
import { alone, errorOf, Stage, take, until } from './kit.ts';

describe('a message', () => {
  test('is delivered at every node, as text and as bytes', async () => {
    const nodes = await new Stage().startAll();
    const text = await nodes[0].broadcast('grüße 😀 \ufeff');
    const bytes = await nodes[0].broadcast(Buffer.from([0, 255, 128]));
    expect([text.seq, bytes.seq, text.duplicate]).toEqual([1, 2, false]);
    expect(text.digest).toBe(createHash('sha256').update('grüße 😀 \ufeff').digest('hex'));
    for (const node of nodes) {
      const deliveries = node.deliveries();
      const first = (await deliveries.next()).value;
      expect(first).toMatchObject({ sender: 0, senderName: 'p0', seq: 1, digest: text.digest });
      expect(first?.text()).toBe('grüße 😀 \ufeff');
      const second = (await deliveries.next()).value;
      expect(second?.payload).toEqual(new Uint8Array([0, 255, 128]));
      expect(second?.payload.constructor).toBe(Uint8Array);
    }
  });

  test('may be empty and as long as the limit, no longer', async () => {
    const node = await alone({}, { payloadBytes: 1_000 });
    const empty = await node.broadcast('', { waitFor: 'delivered' });
    expect((await empty.delivered()).payload).toHaveLength(0);
    const longest = await node.broadcast(new Uint8Array(1_000).fill(7));
    expect((await longest.delivered()).payload).toEqual(new Uint8Array(1_000).fill(7));
    const error = await errorOf(() => node.broadcast(new Uint8Array(1_001)));
    expect(error).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', definite: true, retryable: false });
    expect(error.message).toContain('1001 bytes');
    expect(error.hint).not.toBe('');
    // The limit is of bytes, not of characters.
    expect(await errorOf(() => node.broadcast('é'.repeat(501)))).toMatchObject({
      code: 'ERR_PAYLOAD_TOO_LARGE',
    });
  });

  test.each([Uint8Array, Buffer])('is what it was at the call: the caller may reuse its %o', async (kind) => {
    const node = await alone();
    const bytes = kind.from([1, 2, 3]);
    const accepted = node.broadcast(bytes);
    bytes.fill(9);
    const delivery = await (await accepted).delivered();
    expect(delivery.payload).toEqual(new Uint8Array([1, 2, 3]));
  });

  test('belongs to each receiver by itself', async () => {
    const node = await alone();
    const broadcast = await node.broadcast('own copies');
    const both = await Promise.all([broadcast.delivered(), broadcast.delivered()]);
    both[0].payload.fill(0);
    expect(both[1].text()).toBe('own copies');
    expect((await node.delivery(broadcast))?.text()).toBe('own copies');
  });

  test.each([[undefined], [null], [5], [{}], [['a']]])('is no %j', async (payload) => {
    const node = await alone();
    // What a caller without types may pass.
    const given = JSON.parse(JSON.stringify({ payload })).payload;
    const error = await errorOf(() => node.broadcast(given));
    expect(error).toMatchObject({ code: 'ERR_USAGE', definite: true });
    expect(error.message).toContain('a message is a string or a Uint8Array, not');
  });

  test('1,000 at once arrive everywhere in the order of each sender', async () => {
    const nodes = await new Stage().startAll();
    const broadcasts = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => (nodes[i % 4] ?? nodes[0]).broadcast(`message ${i}`)),
    );
    await Promise.all(broadcasts.map((broadcast) => broadcast.delivered()));
    const logs = await Promise.all(nodes.map((node) => take(node.deliveries(), 1_000)));
    for (const log of logs) {
      for (let sender = 0; sender < 4; sender += 1) {
        const own = log.filter((text) => Number(text.split(' ')[1]) % 4 === sender);
        const sent = Array.from({ length: 250 }, (_, i) => `message ${4 * i + sender}`);
        expect(own).toEqual(sent);
      }
    }
  });
});

describe('waiting', () => {
  test('for delivery takes one option', async () => {
    const node = await alone();
    const broadcast = await node.broadcast('x', { waitFor: 'delivered' });
    expect(node.status().delivered).toBe(1);
    expect(await node.delivery(broadcast)).toBeDefined();
    // What a caller without types may pass.
    const options: BroadcastOptions = JSON.parse('{"waitFor":"everywhere"}');
    expect(await errorOf(() => node.broadcast('x', options))).toMatchObject({ code: 'ERR_USAGE' });
  });

  test('ends with ERR_TIMEOUT or ERR_ABORTED, indefinite, as its signal says', async () => {
    const node = await new Stage().start(0);
    const broadcast = await node.broadcast('nobody is there');
    const late = await errorOf(() => broadcast.delivered({ signal: AbortSignal.timeout(20) }));
    expect(late).toMatchObject({ code: 'ERR_TIMEOUT', definite: false, retryable: true });
    const waiting = errorOf(() =>
      node.broadcast('x', { waitFor: 'delivered', signal: AbortSignal.timeout(20) }),
    );
    expect(await waiting).toMatchObject({ code: 'ERR_TIMEOUT', definite: false });
    const controller = new AbortController();
    const aborted = errorOf(() => broadcast.delivered({ signal: controller.signal }));
    controller.abort(new Error('changed my mind'));
    expect(await aborted).toMatchObject({ code: 'ERR_ABORTED', definite: false });
    expect(((await aborted).cause as Error).message).toBe('changed my mind');
    const before = await errorOf(() => node.broadcast('x', { signal: AbortSignal.abort() }));
    expect(before).toMatchObject({ code: 'ERR_ABORTED', definite: true });
    expect(node.status().streams[0]?.open).toBe(2);
  });

  test('for room in the window, and no when too much waits', async () => {
    const stage = new Stage({ limits: { window: 4, messagesPerInstance: 1 } });
    const node = await stage.start(0, { limits: { pendingBytes: 1_000 } });
    for (let i = 0; i < 4; i += 1) await node.broadcast('x');
    const waiting = node.broadcast(new Uint8Array(800), { signal: AbortSignal.timeout(50) });
    const error = await errorOf(() => node.broadcast(new Uint8Array(200)));
    expect(error).toMatchObject({ code: 'ERR_BACKLOG_FULL', definite: true, retryable: true });
    expect(error.hint).toContain('quorumcast status');
    expect(await errorOf(() => waiting)).toMatchObject({ code: 'ERR_TIMEOUT', definite: false });
    // Empty messages are not for nothing either.
    const many = Array.from({ length: 100 }, () => errorOf(() => node.broadcast('')));
    await expect(Promise.race(many)).resolves.toMatchObject({ code: 'ERR_BACKLOG_FULL' });
    const others = await Promise.all([stage.start(2), stage.start(3)]);
    await until(() => others.every((other) => other.status().delivered > 5));
  });
});

describe('an idempotency key', () => {
  test('broadcasts once, at once and one after another and across a restart', async () => {
    const stage = new Stage({ members: 1 });
    const dataDir = join(stage.folder, 'data');
    const first = await stage.start(0, { dataDir });
    const key = { idempotencyKey: 'payment 7' };
    const [one, two] = await Promise.all([first.broadcast('pay', key), first.broadcast('pay', key)]);
    expect([one.seq, two.seq, one.duplicate, two.duplicate]).toEqual([1, 1, false, true]);
    expect((await two.delivered()).text()).toBe('pay');
    await first.close();
    const second = await stage.start(0, { dataDir });
    const again = await second.broadcast('pay', key);
    expect(again).toMatchObject({ seq: 1, duplicate: true, digest: one.digest });
    expect((await again.delivered()).text()).toBe('pay');
    const error = await errorOf(() => second.broadcast('pay more', key));
    expect(error).toMatchObject({ code: 'ERR_IDEMPOTENCY_CONFLICT', definite: true, retryable: false });
    expect(error.message).toContain('"payment 7"');
    expect(second.status().delivered).toBe(1);
  });

  test.each(['', 'x'.repeat(257), 'half a pair \ud83d'])('is not %j', async (idempotencyKey) => {
    const node = await alone();
    const error = await errorOf(() => node.broadcast('x', { idempotencyKey }));
    expect(error).toMatchObject({ code: 'ERR_USAGE', definite: true });
    await node.broadcast('the node still works', { waitFor: 'delivered' });
  });
});
