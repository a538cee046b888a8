import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { SCHEMAS } from '../../src/node/http/schemas.ts';
import { ask, dial, expectProblem, type Reply, stand, until } from './harness.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

function post(
  port: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  query = '',
): Promise<Reply> {
  return ask(port, `/v1/broadcasts${query}`, { method: 'POST', body, headers });
}

async function payloadOf(port: number, reply: Reply): Promise<Buffer> {
  const { location = '' } = reply.headers;
  await until(async () => v.parse(SCHEMAS.Message, (await ask(port, location)).json()).delivered);
  const message = v.parse(SCHEMAS.Message, (await ask(port, location)).json());
  if (!message.delivered) throw new Error('not delivered');
  return Buffer.from(message.message.base64, 'base64');
}

describe('a broadcast', () => {
  test('is accepted with its name, digest and place', async () => {
    const { port } = await stand({ members: 4 });
    const reply = await post(port, 'hello');
    expect(reply.status).toBe(202);
    expect(v.parse(SCHEMAS.Broadcast, reply.json())).toEqual({
      sender: 0,
      senderName: 'p0',
      seq: 1,
      digest: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      duplicate: false,
      delivered: false,
    });
    expect(reply.headers.location).toBe('/v1/broadcasts/p0/1');
    expect((await ask(port, '/v1/broadcasts/p0/1')).json()).toMatchObject({ delivered: false });
  });

  test('can be waited for', async () => {
    const { port } = await stand();
    const reply = await post(port, 'hello', {}, '?wait=delivered&timeout=30s');
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({ delivered: true, cursor: expect.any(String) });
  });

  test('whose wait ends too early is accepted all the same', async () => {
    const { port } = await stand({ members: 4 });
    const reply = await post(port, 'hello', {}, '?wait=delivered&timeout=50ms');
    expect(reply.status).toBe(202);
    expect(reply.json()).toMatchObject({ seq: 1, delivered: false });
  });

  test('takes bytes, text and JSON as what they are', async () => {
    const { port } = await stand();
    const bytes = Buffer.from([0, 255, 10, 13, 0]);
    const cases: [string | Uint8Array, Record<string, string>, Buffer][] = [
      [bytes, { 'Content-Type': 'application/octet-stream' }, bytes],
      [bytes, {}, bytes],
      ['grüße', { 'Content-Type': 'text/plain; charset=UTF-8' }, Buffer.from('grüße')],
      ['{"text":1}', { 'Content-Type': 'Text/Plain' }, Buffer.from('{"text":1}')],
      ['{"text":"grüße"}', JSON_TYPE, Buffer.from('grüße')],
      [`{"base64":"${bytes.toString('base64')}"}`, JSON_TYPE, bytes],
      ['{"text":""}', JSON_TYPE, Buffer.alloc(0)],
    ];
    for (const [body, headers, expected] of cases) {
      const reply = await post(port, body, headers, '?wait=delivered');
      expect(reply.status, reply.text).toBe(200);
      expect(await payloadOf(port, reply)).toEqual(expected);
    }
  });

  test('comes back as bytes when asked for', async () => {
    const { port } = await stand();
    await post(port, 'as it is', {}, '?wait=delivered');
    const reply = await ask(port, '/v1/broadcasts/p0/1', { headers: { Accept: 'application/octet-stream' } });
    expect(reply.text).toBe('as it is');
    expect(reply.headers['content-type']).toBe('application/octet-stream');
  });
});

describe('an idempotency key', () => {
  test('broadcasts the same bytes once', async () => {
    const { port } = await stand();
    const headers = { 'Idempotency-Key': 'order-17' };
    const first = await post(port, 'once', headers, '?wait=delivered');
    const second = await post(port, 'once', headers);
    expect(second.status).toBe(200);
    expect(second.json()).toMatchObject({ seq: 1, duplicate: true, delivered: true });
    expect(first.json()).toMatchObject({ seq: 1, duplicate: false });
  });

  test('with other bytes is a conflict', async () => {
    const { port } = await stand();
    const headers = { 'Idempotency-Key': 'order-17' };
    await post(port, 'once', headers);
    const reply = await post(port, 'twice', headers);
    expectProblem(reply, 409, 'ERR_IDEMPOTENCY_CONFLICT');
    expect(reply.json()).toMatchObject({ definite: true, retryable: false });
  });

  test('that is empty or too long is refused', async () => {
    const { port } = await stand();
    expectProblem(await post(port, 'x', { 'Idempotency-Key': '' }), 400);
    expectProblem(await post(port, 'x', { 'Idempotency-Key': 'k'.repeat(257) }), 400);
    expect((await post(port, 'x', { 'Idempotency-Key': 'k'.repeat(256) })).status).toBe(202);
  });
});

describe('a body', () => {
  test('over the limit is refused, announced or not, and the server goes on', async () => {
    const { port } = await stand();
    const large = Buffer.alloc(65_537);
    expectProblem(await post(port, large), 413, 'ERR_PAYLOAD_TOO_LARGE');
    expectProblem(await post(port, large, { 'Transfer-Encoding': 'chunked' }), 413, 'ERR_PAYLOAD_TOO_LARGE');
    const text = JSON.stringify({ base64: large.toString('base64') });
    expectProblem(await post(port, text, JSON_TYPE), 413, 'ERR_PAYLOAD_TOO_LARGE');
    expect((await post(port, Buffer.alloc(65_536), {}, '?wait=delivered')).status).toBe(200);
  });

  test('announced as huge is refused before it is sent', async () => {
    const { port } = await stand();
    const { socket, said } = await dial(port);
    socket.write('POST /v1/broadcasts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n');
    await until(() => said().includes('ERR_PAYLOAD_TOO_LARGE'));
    expect(said()).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('that is compressed or of another type is refused', async () => {
    const { port } = await stand();
    const gzip = await post(port, Buffer.from([0x1f, 0x8b]), { 'Content-Encoding': 'gzip' });
    expectProblem(gzip, 415);
    expect(gzip.headers['accept-encoding']).toBe('identity');
    const form = await post(port, 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' });
    // What `curl -d` sends when it is told nothing else.
    expectProblem(form, 415);
    expect(form.json()).toMatchObject({
      hint: expect.stringContaining("curl: -H 'content-type: text/plain'"),
    });
    expect(form.headers.accept).toContain('application/octet-stream');
    for (const type of [
      '',
      'text/html',
      'text/plain; charset=latin1',
      'multipart/form-data',
      ',',
      'x'.repeat(5_000),
    ]) {
      expectProblem(await post(port, 'x', { 'Content-Type': type }), 415);
    }
  });

  test('that is no message is refused, whatever it holds', async () => {
    const { port, node } = await stand();
    const bad = [
      '',
      '{',
      'null',
      '[]',
      '"text"',
      '{}',
      '{"text":1}',
      '{"text":"a","base64":"YQ=="}',
      '{"text":"a","more":1}',
      '{"base64":"%%%"}',
      '{"base64":"YQ"}',
      '{"base64":{"__proto__":1}}',
      '{"__proto__":{"text":"x"}}',
      '{"text":"a","__proto__":{"polluted":true}}',
      '{"constructor":{"prototype":{"polluted":true}}}',
      '['.repeat(60_000),
      `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
      `{"text":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
      '{"text":"\\ud800',
    ];
    for (const body of bad) expectProblem(await post(port, body, JSON_TYPE), 400);
    expectProblem(await post(port, Buffer.from([0xff, 0xfe]), { 'Content-Type': 'text/plain' }), 400);
    expectProblem(await post(port, Buffer.from([0xff, 0xfe]), JSON_TYPE), 400);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(node.status().delivered).toBe(0);
    expect((await post(port, '{"text":"[[[{{{ \\" ok"}', JSON_TYPE, '?wait=delivered')).status).toBe(200);
  });

  test('that many send at once cannot fill the memory', async () => {
    const { port } = await stand({ limits: { bodiesBytes: 100_000 } });
    const head =
      'POST /v1/broadcasts?wait=delivered HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n';
    const first = await dial(port);
    first.socket.write(`${head}${'a'.repeat(59_999)}`);
    const second = await dial(port);
    second.socket.write(head);
    second.socket.write('b'.repeat(50_000));
    await until(() => second.said() !== '');
    expect(second.said()).toMatch(/^HTTP\/1\.1 429 .*ERR_BACKLOG_FULL/s);
    expect(second.said()).toContain('retry-after: 1');
    first.socket.write('a');
    await until(() => first.said().includes('"delivered":true'));
    expect((await post(port, Buffer.alloc(60_000), {}, '?wait=delivered')).status).toBe(200);
  });
});

describe('a node that cannot', () => {
  test('says that its backlog is full, and when to come again', async () => {
    const { port } = await stand({ members: 4, node: { limits: { pendingBytes: 1_000 } } });
    const statuses: number[] = [];
    let reply: Reply;
    do {
      reply = await post(port, Buffer.alloc(600), {}, '?timeout=200ms');
      statuses.push(reply.status);
    } while (reply.status !== 429 && statuses.length < 100);
    // The window takes 64, the next one waits for room until its time is over, and then there is no more waiting.
    expect(statuses).toEqual([...Array(64).fill(202), 504, 429]);
    expectProblem(reply, 429, 'ERR_BACKLOG_FULL');
    expect(reply.json()).toMatchObject({ definite: true, retryable: true });
    expect(reply.headers['retry-after']).toBe('1');
  });

  test('says that it is closed', async () => {
    const { port, node } = await stand();
    await node.close();
    const reply = await post(port, 'x');
    expectProblem(reply, 503, 'ERR_CLOSED');
    expect(reply.headers['retry-after']).toBe('5');
  });
});

describe('parameters', () => {
  test('that make no sense are refused', async () => {
    const { port } = await stand();
    for (const query of [
      '?wait=forever',
      '?timeout=10',
      '?timeout=61s',
      '?timeout=-1s',
      '?timeout=1h',
      '?wait=',
    ]) {
      expectProblem(await post(port, 'x', {}, query), 400);
    }
  });
});
