import { describe, expect, test } from 'vitest';
import { startHttp } from '../../src/node/http/index.ts';
import { plainFields } from '../../src/node/log/fields.ts';
import { createMetrics } from '../../src/node/metrics/index.ts';
import { ask, dial, expectProblem, oneOf, serve, stand, until } from './harness.ts';

const TOKEN = 'correct-horse-battery-staple';

describe('names of the server', () => {
  test('its own are answered, with any port', async () => {
    const { port } = await stand({ allowedHosts: ['P0.Cluster.Internal'] });
    for (const host of [
      'localhost',
      'LOCALHOST:1',
      '127.0.0.1:80',
      '[::1]:7480',
      'localhost.',
      'p0.cluster.internal',
    ]) {
      expect((await ask(port, '/livez', { headers: { Host: host } })).status, host).toBe(200);
    }
  });

  test('others are refused: a page may have had its name made to point here', async () => {
    const { port, logged } = await stand();
    for (const host of [
      'evil.example',
      'evil.example:7480',
      'localhost.evil.example',
      '10.0.0.1',
      '[::2]',
      '0',
    ]) {
      expectProblem(await ask(port, '/v1/status', { headers: { Host: host } }), 421, 'ERR_FORBIDDEN');
    }
    expect(logged).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        event: 'http.refused',
        fields: expect.objectContaining({ reason: 'host' }),
      }),
    );
  });

  test('none, two, or what is no name is refused', async () => {
    const { port } = await stand();
    for (const host of [
      'a b',
      'localhost:x',
      'localhost@evil.example',
      '[::1',
      'http://localhost',
      'a'.repeat(300),
    ]) {
      expectProblem(await ask(port, '/livez', { headers: { Host: host } }), 400);
    }
    for (const hosts of ['', 'Host: localhost\r\nHost: evil.example\r\n']) {
      const { socket, said, closed } = await dial(port);
      socket.end(`GET /livez HTTP/1.1\r\n${hosts}Connection: close\r\n\r\n`);
      await closed;
      expect(said()).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  test('listening on all addresses, any address will do but no foreign name', async () => {
    const { port } = await stand({ listen: '0.0.0.0:0', token: TOKEN });
    expect((await ask(port, '/livez', { headers: { Host: '10.1.2.3:7480' } })).status).toBe(200);
    expect((await ask(port, '/livez', { headers: { Host: '[fe80::1]' } })).status).toBe(200);
    expectProblem(await ask(port, '/livez', { headers: { Host: 'evil.example' } }), 421, 'ERR_FORBIDDEN');
  });
});

describe('pages', () => {
  test('of another origin are refused and get no permission', async () => {
    const { port } = await stand();
    const origins = [
      'http://evil.example',
      'null',
      'http://localhost:1',
      'https://localhost',
      'file://',
      'x',
      '',
    ];
    for (const origin of origins) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const path = method === 'POST' ? '/v1/drain' : '/v1/status';
        const reply = await ask(port, path, {
          method,
          headers: { Host: `localhost:${port}`, Origin: origin },
        });
        expectProblem(reply, 403, 'ERR_FORBIDDEN');
        expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    }
    expect((await ask(port, '/readyz')).json()).toMatchObject({ state: 'ready' });
  });

  test('of its own origin are answered', async () => {
    const { port } = await stand();
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) {
      const headers = { Host: host, Origin: `http://${host}` };
      expect((await ask(port, '/v1/status', { headers })).status).toBe(200);
    }
  });

  test('of another site may link here but not load from here', async () => {
    const { port } = await stand();
    const site = { 'Sec-Fetch-Site': 'cross-site' };
    expectProblem(
      await ask(port, '/', { headers: { ...site, 'Sec-Fetch-Mode': 'no-cors' } }),
      403,
      'ERR_FORBIDDEN',
    );
    expect((await ask(port, '/', { headers: { ...site, 'Sec-Fetch-Mode': 'navigate' } })).status).toBe(200);
  });
});

describe('a token', () => {
  test('is required wherever other machines could come from', async () => {
    const node = await oneOf(1);
    const { logged } = await serve(node);
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    for (const listen of ['0.0.0.0:0', '[::]:0', 'example.org:0', '0:0', '192.0.2.1:0', '127.1:0']) {
      await expect(startHttp({ node, listen, logger, metrics: createMetrics(node) })).rejects.toMatchObject({
        code: 'ERR_CONFIG',
        hint: expect.stringContaining('token'),
      });
    }
    expect(logged.filter(({ level }) => level !== 'info')).toEqual([]);
  });

  test('is needed for everything but the probes, and is compared as a whole', async () => {
    const { port } = await stand({ listen: '0.0.0.0:0', token: TOKEN, members: 4 });
    const wrong = [
      '',
      'Bearer',
      'Bearer ',
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(0, -1)}`,
      `Basic ${TOKEN}`,
      TOKEN,
    ];
    for (const path of [
      '/',
      '/v1/status',
      '/metrics',
      '/openapi.json',
      '/v1/deliveries/stream',
      '/nothing',
    ]) {
      const reply = await ask(port, path);
      expectProblem(reply, 401, 'ERR_FORBIDDEN');
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer/);
    }
    for (const authorization of wrong) {
      expectProblem(
        await ask(port, '/v1/status', { headers: { Authorization: authorization } }),
        401,
        'ERR_FORBIDDEN',
      );
    }
    expect((await ask(port, '/v1/status', { headers: { Authorization: `Bearer ${TOKEN}` } })).status).toBe(
      200,
    );
    expect((await ask(port, '/v1/status', { headers: { Authorization: `bearer  ${TOKEN}` } })).status).toBe(
      200,
    );
    expect((await ask(port, '/livez')).status).toBe(200);
  });

  test('lets a probe know who is missing, which others need not know', async () => {
    const { port } = await stand({ token: TOKEN, members: 4 });
    expect((await ask(port, '/readyz')).json()).toMatchObject({ ready: false, missing: [] });
    const reply = await ask(port, '/readyz', { headers: { Authorization: `Bearer ${TOKEN}` } });
    expect(reply.json()).toMatchObject({ missing: [{ peer: 'p1' }, { peer: 'p2' }, { peer: 'p3' }] });
  });

  test('that is easily guessed is refused at the start', async () => {
    const node = await oneOf(1);
    for (const token of ['', 'short', 'x'.repeat(513), 'with a space in it 1', 'with\nline feed in it']) {
      await expect(serve(node, { token })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    }
  });

  test('is exchanged while the server runs; one that is unfit is not', async () => {
    const { port, http } = await stand({ token: TOKEN });
    const status = async (token: string): Promise<number> =>
      (await ask(port, '/v1/status', { headers: { Authorization: `Bearer ${token}` } })).status;
    const next = 'another-token-of-32-characters-x';
    expect(() => http.setToken('short')).toThrow('too short');
    expect([await status(TOKEN), await status(next)]).toEqual([200, 401]);
    http.setToken(next);
    expect([await status(TOKEN), await status(next)]).toEqual([401, 200]);
    const open = await stand();
    expect(() => open.http.setToken(next)).toThrow('asks for no token');
  });

  test('appears in no log line', async () => {
    const { port, logged } = await stand({ token: TOKEN });
    await ask(port, '/v1/status', { headers: { Authorization: `Bearer ${TOKEN}x` } });
    expect(logged.length).toBeGreaterThan(0);
    expect(JSON.stringify(logged)).not.toContain(TOKEN);
    // Whether one is asked for is no secret, and is not told in a field that would be hidden as one.
    const listening = logged.find(({ event }) => event === 'http.listening');
    expect(plainFields(listening?.fields ?? {})).toMatchObject({ auth: 'bearer' });
  });
});

describe('paths and methods', () => {
  test('a path has one spelling', async () => {
    const { port } = await stand();
    const tricks = [
      '//livez',
      '/livez/',
      '/./livez',
      '/v1/../livez',
      '/v1/%2e%2e/livez',
      '/livez%00',
      '/%6civez',
      '/livez%2f',
      '/livez;x=1',
      '/v1\\status',
      '/V1/status',
      '/v1/trace/p0/1/',
      '/v1/trace/p0%2f1',
      '/v1/trace/%2e%2e/1',
      '/v1/trace/__proto__/1',
      '/v1/trace/..%2f..%2fetc%2fpasswd/1',
      '/.env',
      '/__proto__',
      '/constructor',
      `/${'a'.repeat(10_000)}`,
    ];
    for (const path of tricks) {
      const reply = await ask(port, path);
      expect([path.slice(0, 40), reply.status >= 400 && reply.status < 500]).toEqual([
        path.slice(0, 40),
        true,
      ]);
      expect(reply.headers['content-type']).toBe('application/problem+json');
    }
    expectProblem(await ask(port, '/v1/../livez'), 404, 'ERR_NOT_FOUND');
  });

  test('only paths are named, no other servers', async () => {
    const { port } = await stand();
    for (const target of [
      'http://evil.example/livez',
      `http://localhost:${port}/livez`,
      '*',
      'livez',
      '?x',
    ]) {
      const { socket, said, closed } = await dial(port);
      socket.end(`OPTIONS ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      await closed;
      expect(said(), target).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  });

  test('the wrong method is told the right ones', async () => {
    const { port } = await stand();
    const get = await ask(port, '/v1/status', { method: 'DELETE' });
    expectProblem(get, 405);
    expect(get.headers.allow).toBe('GET, HEAD, OPTIONS');
    const post = await ask(port, '/v1/broadcasts');
    expectProblem(post, 405);
    expect(post.headers.allow).toBe('POST, OPTIONS');
    for (const method of ['TRACE', 'PUT', 'PATCH', 'PROPFIND', 'QUERY']) {
      expect((await ask(port, '/v1/status', { method })).status, method).toBe(405);
    }
  });

  test('OPTIONS tells the methods, HEAD the headers', async () => {
    const { port } = await stand();
    const options = await ask(port, '/v1/drain', { method: 'OPTIONS' });
    expect([options.status, options.headers.allow]).toEqual([204, 'POST, OPTIONS']);
    for (const path of [
      '/livez',
      '/v1/status',
      '/metrics',
      '/v1/deliveries',
      '/v1/deliveries/stream',
      '/v1/events',
    ]) {
      const head = await ask(port, path, { method: 'HEAD' });
      expect([path, head.status, head.text]).toEqual([path, 200, '']);
    }
    expectProblem(await ask(port, '/nothing', { method: 'OPTIONS' }), 404, 'ERR_NOT_FOUND');
  });

  test('every answer forbids to keep it, frame it, run it', async () => {
    const { port } = await stand();
    for (const path of ['/livez', '/nothing', '/v1/deliveries', '/metrics']) {
      expect((await ask(port, path)).headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });

  test('what is no HTTP is answered and closed', async () => {
    const { port } = await stand();
    for (const garbage of [
      '\0\0\0\0\r\n\r\n',
      'GET\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      `\u0016\u0003\u0001${'x'.repeat(99)}\r\n`,
    ]) {
      const { socket, said, closed } = await dial(port);
      socket.write(garbage);
      await closed;
      expect(said()).toMatch(/^HTTP\/1\.1 400 .*ERR_USAGE/s);
    }
    const { socket, said, closed } = await dial(port);
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    await closed;
    expect(said()).toMatch(/^HTTP\/1\.1 431 /);
    await until(async () => (await ask(port, '/livez')).status === 200);
  });
});
