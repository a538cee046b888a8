import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HTTP_LIMITS_DEFAULT } from '../../src/node/http/index.ts';
import { afterwards, ask, dial, oneOf, openEvents, serve, stand, until } from './harness.ts';

/** Deadlines as in production, a twentieth as long. */
const QUICK = {
  headersTimeoutMs: 250,
  requestTimeoutMs: 1_000,
  keepAliveTimeoutMs: 250,
  checkIntervalMs: 50,
};

async function secondsUntil(closed: Promise<void>): Promise<number> {
  const start = performance.now();
  await closed;
  return (performance.now() - start) / 1_000;
}

describe('a slow client', () => {
  test('by default has five seconds for its headers, not thirty', async () => {
    const { port } = await stand();
    const { socket, said, closed } = await dial(port);
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n');
    const seconds = await secondsUntil(closed);
    expect(seconds).toBeGreaterThan(4.5);
    expect(seconds).toBeLessThan(9);
    expect(said()).toMatch(/^HTTP\/1\.1 408 .*did not come in time/s);
  });

  test('that says nothing at all is closed too', async () => {
    const { port } = await stand({ limits: QUICK });
    const { closed } = await dial(port);
    expect(await secondsUntil(closed)).toBeLessThan(5);
  });

  test('that sends its headers letter by letter is closed', async () => {
    const { port } = await stand({ limits: QUICK });
    const { socket, said, closed } = await dial(port);
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ');
    const drip = setInterval(() => socket.write('x'), 20);
    afterwards(() => clearInterval(drip));
    expect(await secondsUntil(closed)).toBeLessThan(5);
    expect(said()).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('that sends its body letter by letter is closed, and nothing of it is broadcast', async () => {
    const { port, node, logged } = await stand({ limits: QUICK });
    const { socket, closed } = await dial(port);
    socket.write('POST /v1/broadcasts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n');
    const drip = setInterval(() => socket.write('x'), 20);
    afterwards(() => clearInterval(drip));
    expect(await secondsUntil(closed)).toBeLessThan(8);
    expect(node.status().delivered).toBe(0);
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('that keeps its connection for nothing loses it', async () => {
    const { port } = await stand({ limits: QUICK });
    const { socket, said, closed } = await dial(port);
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(() => said().includes('"live":true'));
    expect(await secondsUntil(closed)).toBeLessThan(5);
  });

  test('that goes away in the middle of its body is forgotten', async () => {
    const { port, node, logged } = await stand({ limits: { bodiesBytes: 65_536 } });
    for (let i = 0; i < 5; i += 1) {
      const { socket, closed } = await dial(port);
      socket.write('POST /v1/broadcasts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nabc');
      await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
      await closed;
    }
    const reply = await ask(port, '/v1/broadcasts?wait=delivered', {
      method: 'POST',
      body: Buffer.alloc(60_000),
    });
    expect(reply.status).toBe(200);
    expect(node.status().delivered).toBe(1);
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('many sockets', () => {
  test('a thousand idle ones keep nobody from being answered', async () => {
    const { port } = await stand();
    const idle = [];
    for (let i = 0; i < 1_000; i += 100) {
      idle.push(...(await Promise.all(Array.from({ length: 100 }, () => dial(port)))));
    }
    const start = performance.now();
    expect((await ask(port, '/readyz')).status).toBe(200);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(idle).toHaveLength(1_000);
  });

  test('beyond the limit are closed unread, and let in again later', async () => {
    const { port } = await stand({ limits: { ...QUICK, connections: 5 } });
    const held = await Promise.all(Array.from({ length: 5 }, () => dial(port)));
    const { socket, said, closed } = await dial(port);
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await closed;
    expect(said()).toBe('');
    for (const { socket: one } of held) one.destroy();
    await until(async () => (await ask(port, '/livez').catch(() => undefined))?.status === 200);
  });
});

describe('closing', () => {
  test('settles by its deadline with clients that hold on', async () => {
    const { port, http } = await stand({ members: 4, limits: { closeTimeoutMs: 100 } });
    await dial(port);
    const { socket } = await dial(port);
    socket.write('POST /v1/broadcasts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n');
    const events = await openEvents(port, '/v1/events');
    const waiting = ask(port, '/v1/broadcasts?wait=delivered&timeout=60s', { method: 'POST', body: 'x' });
    await until(async () => (await ask(port, '/v1/status')).text.includes('"open":1'));
    const start = performance.now();
    await Promise.all([http.close(), http.close()]);
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(await events.next()).toBeUndefined();
    expect((await waiting).json()).toMatchObject({ delivered: false });
    await expect(ask(port, '/livez')).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('starting', () => {
  test('on a port that is taken names it', async () => {
    const node = await oneOf(1);
    const other = createServer().listen(0, '127.0.0.1');
    afterwards(() => void other.close());
    await until(() => other.listening);
    const address = other.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(serve(node, { listen: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: 'ERR_ADDRESS_IN_USE',
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });

  test('where nobody can listen is refused', async () => {
    const node = await oneOf(1);
    const token = 'correct-horse-battery-staple';
    await expect(serve(node, { listen: '192.0.2.1:0', token })).rejects.toMatchObject({ code: 'ERR_LISTEN' });
    for (const listen of ['', '127.0.0.1', ':80', '127.0.0.1:65536', '127.0.0.1:x']) {
      await expect(serve(node, { listen })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    }
  });

  test('leaves the globals of the program alone', async () => {
    const before = [globalThis.Request, globalThis.Response, globalThis.Headers];
    await stand();
    expect([globalThis.Request, globalThis.Response, globalThis.Headers]).toEqual(before);
  });

  test('the documented deadlines are the real ones', () => {
    expect(HTTP_LIMITS_DEFAULT).toMatchObject({
      connections: 1_024,
      streams: 128,
      headersTimeoutMs: 5_000,
      requestTimeoutMs: 30_000,
      keepAliveTimeoutMs: 5_000,
      checkIntervalMs: 1_000,
      heartbeatMs: 15_000,
    });
  });
});
