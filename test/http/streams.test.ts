import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { SCHEMAS } from '../../src/node/http/schemas.ts';
import { afterwards, ask, dial, expectProblem, openEvents, type Stand, stand, until } from './harness.ts';

async function broadcastAll(node: Stand['node'], texts: readonly string[]): Promise<void> {
  for (const text of texts) await node.broadcast(text, { waitFor: 'delivered' });
}

const numbers = (count: number, from = 1): string[] =>
  Array.from({ length: count }, (_, i) => `m${from + i}`);

function lines(text: string): v.InferOutput<typeof SCHEMAS.Delivery>[] {
  const parts = text.split('\n');
  expect(parts.pop()).toBe('');
  return parts.map((line) => v.parse(SCHEMAS.Delivery, JSON.parse(line)));
}

const texts = (text: string): (string | undefined)[] => lines(text).map((delivery) => delivery.text);

describe('deliveries as lines', () => {
  test('end at what there is, and go on from a cursor', async () => {
    const { port, node } = await stand();
    expect((await ask(port, '/v1/deliveries')).text).toBe('');
    await broadcastAll(node, numbers(5));
    const first = await ask(port, '/v1/deliveries?limit=2');
    expect(first.headers['content-type']).toBe('application/x-ndjson');
    expect(texts(first.text)).toEqual(['m1', 'm2']);
    const cursor = lines(first.text).at(-1)?.cursor ?? '';
    const rest = await ask(port, `/v1/deliveries?from=${cursor}`);
    expect(texts(rest.text)).toEqual(['m3', 'm4', 'm5']);
    const end = lines(rest.text).at(-1)?.cursor ?? '';
    expect((await ask(port, `/v1/deliveries?from=${end}`)).text).toBe('');
    expect((await ask(port, '/v1/deliveries?from=now')).text).toBe('');
    expect(texts((await ask(port, '/v1/deliveries?from=start')).text)).toHaveLength(5);
  });

  test('may wait for the first', async () => {
    const { port, node } = await stand();
    const waiting = ask(port, '/v1/deliveries?from=now&wait=30s');
    await new Promise((resolve) => setImmediate(resolve));
    const late = setInterval(() => void node.broadcast('at last'), 100);
    afterwards(() => clearInterval(late));
    expect(texts((await waiting).text)[0]).toBe('at last');
    clearInterval(late);
    expect((await ask(port, '/v1/deliveries?from=now&wait=20ms')).text).toBe('');
  });

  test('that are no text come in base64 only', async () => {
    const { port, node } = await stand();
    await node.broadcast(Uint8Array.of(0xff, 0), { waitFor: 'delivered' });
    const [delivery] = lines((await ask(port, '/v1/deliveries')).text);
    expect(delivery).toMatchObject({ base64: '/wA=', bytes: 2 });
    expect(Object.keys(delivery ?? {})).not.toContain('text');
  });

  test('are many and large, and all there', async () => {
    const { port, node } = await stand();
    await Promise.all(numbers(60).map((text) => node.broadcast(text.padEnd(50_000, '.'))));
    await until(() => node.status().delivered === 60);
    expect(texts((await ask(port, '/v1/deliveries?limit=1000')).text)).toHaveLength(60);
  });

  test('from a place that does not exist are refused', async () => {
    const { port } = await stand();
    for (const from of ['d1', 'd99', 'yesterday', 'd-1', '-1', 'd01']) {
      expectProblem(await ask(port, `/v1/deliveries?from=${from}`), 400, 'ERR_CURSOR');
      expectProblem(await ask(port, `/v1/deliveries/stream?from=${from}`), 400, 'ERR_CURSOR');
      expectProblem(
        await ask(port, '/v1/deliveries/stream', { headers: { 'Last-Event-ID': from } }),
        400,
        'ERR_CURSOR',
      );
    }
    for (const query of [
      'from=%00',
      'from=',
      'limit=0',
      'limit=1e3',
      'limit=',
      'wait=61s',
      'consumer=a%20b',
    ]) {
      expectProblem(await ask(port, `/v1/deliveries?${query}`), 400);
    }
  });
});

describe('a consumer', () => {
  test('keeps its place until it is acknowledged', async () => {
    const { port, node } = await stand();
    await broadcastAll(node, numbers(3));
    const read = async (): Promise<(string | undefined)[]> =>
      texts((await ask(port, '/v1/deliveries?consumer=ledger&limit=2')).text);
    expect(await read()).toEqual(['m1', 'm2']);
    expect(await read()).toEqual(['m1', 'm2']);
    const ack = await ask(port, '/v1/consumers/ledger/ack?cursor=d2', { method: 'POST' });
    expect(ack.json()).toEqual({ consumer: 'ledger', cursor: 'd2' });
    expect(await read()).toEqual(['m3']);
    await ask(port, '/v1/consumers/ledger/ack?cursor=d3', { method: 'POST' });
    expect(await read()).toEqual([]);
    expect((await ask(port, '/v1/consumers/ledger/ack?cursor=d1', { method: 'POST' })).status).toBe(200);
    expect(texts((await ask(port, '/v1/deliveries?consumer=other')).text)).toHaveLength(3);
  });

  test('has one reader at a time', async () => {
    const { port, node } = await stand();
    const reader = node.deliveries({ consumer: 'ledger' });
    expectProblem(await ask(port, '/v1/deliveries?consumer=ledger'), 409, 'ERR_CONSUMER_BUSY');
    await reader.return?.();
    expect((await ask(port, '/v1/deliveries?consumer=ledger')).status).toBe(200);
    expect((await ask(port, '/v1/deliveries?consumer=ledger')).status).toBe(200);
  });

  test('cannot be moved to where nothing is', async () => {
    const { port } = await stand();
    for (const cursor of ['d1', 'x', 'd-1']) {
      const reply = await ask(port, `/v1/consumers/ledger/ack?cursor=${cursor}`, { method: 'POST' });
      expectProblem(reply, 400, 'ERR_CURSOR');
    }
    expectProblem(await ask(port, '/v1/consumers/ledger/ack', { method: 'POST' }), 400);
    expect((await ask(port, '/v1/consumers/ledger/ack?cursor=d0', { method: 'POST' })).status).toBe(200);
  });
});

describe('deliveries as events', () => {
  test('resume after every disconnection without a gap or a double', async () => {
    const { port, node } = await stand();
    const wanted = numbers(40);
    const all = broadcastAll(node, wanted);
    const seen: unknown[] = [];
    let last = '';
    for (let take = 1; seen.length < wanted.length; take = (take % 7) + 1) {
      const events = await openEvents(
        port,
        '/v1/deliveries/stream',
        last === '' ? {} : { 'Last-Event-ID': last },
      );
      expect(events.headers['content-type']).toBe('text/event-stream');
      for (let i = 0; i < take && seen.length < wanted.length; i += 1) {
        const event = await events.next();
        expect(event?.event).toBe('delivery');
        const delivery = v.parse(SCHEMAS.Delivery, event?.data);
        expect(event?.id).toBe(delivery.cursor);
        last = delivery.cursor;
        seen.push(delivery.text);
      }
      events.close();
    }
    await all;
    expect(seen).toEqual(wanted);
  });

  test('name the place at once, so that a cut before the first message loses nothing', async () => {
    const { port, node } = await stand();
    await broadcastAll(node, numbers(3));
    const before = await openEvents(port, '/v1/deliveries/stream?from=now');
    await broadcastAll(node, ['m4']);
    expect(await before.next()).toMatchObject({ id: 'd4' });
    expect(before.raw()).toMatch(/^retry: 1000\nid: d3\n\n/);
    before.close();
    const after = await openEvents(port, '/v1/deliveries/stream?from=now', { 'Last-Event-ID': 'd3' });
    expect(await after.next()).toMatchObject({ id: 'd4', data: { text: 'm4' } });
  });

  test('carry a heartbeat while nothing happens', async () => {
    const { port, node } = await stand({ limits: { heartbeatMs: 20 } });
    const events = await openEvents(port, '/v1/deliveries/stream');
    const next = events.next();
    await until(() => events.raw().includes(':\n\n:\n\n:\n\n'));
    await node.broadcast('after silence');
    expect(await next).toMatchObject({ data: { text: 'after silence' } });
  });

  test('end with the node', async () => {
    const { port, node } = await stand();
    const deliveries = await openEvents(port, '/v1/deliveries/stream');
    const events = await openEvents(port, '/v1/events?types=evidence');
    await node.close();
    expect(await deliveries.next()).toBeUndefined();
    expect(await events.next()).toBeUndefined();
  });

  test('end with the server, which then closes at once', async () => {
    const { port, http } = await stand({ limits: { closeTimeoutMs: 60_000 } });
    const streams = await Promise.all([
      openEvents(port, '/v1/deliveries/stream'),
      openEvents(port, '/v1/events'),
    ]);
    await http.close();
    for (const stream of streams) expect(await stream.next()).toBeUndefined();
  });
});

describe('a slow reader', () => {
  test('costs a few pieces, not the whole log, and misses nothing when it goes on', async () => {
    const { port, node } = await stand();
    const size = 60_000;
    const count = 400;
    let pulled = 0;
    const open = node.deliveries.bind(node);
    // Watches the real reader: how far the server has read ahead of its client.
    node.deliveries = (options) => {
      const reader = open(options);
      const next = reader.next.bind(reader);
      reader.next = () => {
        pulled += 1;
        return next();
      };
      return reader;
    };
    for (let i = 0; i < count; i += 40) {
      await Promise.all(numbers(40, i + 1).map((text) => node.broadcast(text.padEnd(size, '.'))));
    }
    await until(() => node.status().delivered === count);
    const outgoing = request({ port, host: '127.0.0.1', path: '/v1/deliveries/stream', agent: false });
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    afterwards(() => incoming.destroy());
    incoming.pause();
    let before = -1;
    await until(async () => {
      const still = pulled === before;
      before = pulled;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return still && pulled > 0;
    });
    expect(pulled).toBeLessThan(count / 2);
    const seen: string[] = [];
    let rest = '';
    for await (const chunk of incoming.setEncoding('utf8')) {
      const blocks = (rest + String(chunk)).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const id = /^id: (d\d+)\ndata: /m.exec(block)?.[1];
        if (id !== undefined) seen.push(id);
      }
      if (seen.length === count) break;
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, i) => `d${i + 1}`));
  });

  test('that takes nothing is cut off, and its place is free again', async () => {
    const { port, node, logged } = await stand({
      limits: { idleTimeoutMs: 500, heartbeatMs: 50, streams: 1 },
    });
    for (let i = 0; i < 10; i += 1) {
      await Promise.all(numbers(40).map((text) => node.broadcast(text.padEnd(60_000, '.'))));
    }
    const { socket, said, closed } = await dial(port);
    socket.write('GET /v1/deliveries/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // It has the one place; whoever asked before would have taken it.
    await until(() => said().startsWith('HTTP/1.1 200'));
    socket.pause();
    await until(
      async () => (await ask(port, '/v1/events', { method: 'GET' }).then(({ status }) => status)) === 503,
    );
    await until(async () => (await ask(port, '/v1/deliveries?limit=1')).status === 200);
    socket.resume();
    await closed;
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('events', () => {
  test('come in the kinds that were asked for', async () => {
    const { port, node } = await stand();
    const events = await openEvents(port, '/v1/events?types=state,evidence');
    await node.drain();
    expect(await events.next()).toEqual({
      event: 'state',
      id: undefined,
      data: { from: 'ready', to: 'draining', reason: expect.any(String) },
    });
    expectProblem(await ask(port, '/v1/events?types=weather'), 400);
    expectProblem(await ask(port, '/v1/events?types='), 400);
  });

  test('that a reader is too slow for are counted', async () => {
    const { port, node } = await stand({ limits: { eventsQueued: 1 } });
    const events = await openEvents(port, '/v1/events?types=state');
    // Two changes of state in one turn: no reader is fast enough for a queue of one.
    const both = [node.drain(), node.close()];
    expect(await events.next()).toMatchObject({ event: 'lost', data: { count: 1 } });
    expect(await events.next()).toMatchObject({ event: 'state', data: { from: 'draining', to: 'closed' } });
    expect(await events.next()).toBeUndefined();
    await Promise.allSettled(both);
  });
});

describe('streams', () => {
  test('are limited in number and give their places back', async () => {
    const { port } = await stand({ limits: { streams: 2 } });
    const one = await openEvents(port, '/v1/events');
    await openEvents(port, '/v1/deliveries/stream');
    const reply = await ask(port, '/v1/events');
    expectProblem(reply, 503, 'ERR_BACKLOG_FULL');
    expect(reply.headers['retry-after']).toBe('5');
    expect((await ask(port, '/livez')).status).toBe(200);
    one.close();
    await until(async () => (await ask(port, '/v1/deliveries')).status === 200);
    for (let i = 0; i < 10; i += 1) {
      expect((await ask(port, '/v1/deliveries')).status).toBe(200);
      expect((await ask(port, '/v1/events', { method: 'HEAD' })).status).toBe(200);
      expectProblem(await ask(port, '/v1/deliveries?from=d9'), 400, 'ERR_CURSOR');
    }
  });
});
