import { describe, expect, test } from 'vitest';
import { four } from './four.ts';
import { ask, serve } from './harness.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('POST /v1/agreements', () => {
  test('answers with what is decided, or with what is waited for when the time is over', async () => {
    const nodes = await four();
    const [p0, ...others] = nodes;
    if (p0 === undefined) throw new Error('no members');
    const { port } = await serve(p0);
    const propose = (value: unknown, timeout: string) =>
      ask(port, `/v1/agreements?timeout=${timeout}`, {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify({ topic: 'ä "b"', value }),
      });
    const early = await propose(1, '20ms');
    expect(early.status).toBe(202);
    expect(early.json()).toMatchObject({ topic: 'ä "b"', state: 'open', proposal: 1 });
    const late = propose(1, '30s');
    for (const node of others) void node.agree('ä "b"', 1);
    const reply = await late;
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({ decision: { topic: 'ä "b"', value: 1 } });
    const one = await ask(port, `/v1/agreements?topic=${encodeURIComponent('ä "b"')}`);
    expect(one.json()).toMatchObject({ agreements: [{ topic: 'ä "b"', decision: { value: 1 } }] });
    expect((await ask(port, '/v1/agreements?topic=unknown')).json()).toEqual({ agreements: [] });
    expect((await ask(port, '/v1/agreements?limit=0')).status).toBe(400);
  });

  test('a value is told in base64, and as text where it is text', async () => {
    const nodes = await four();
    const [p0, ...others] = nodes;
    if (p0 === undefined) throw new Error('no members');
    const { port } = await serve(p0);
    const propose = (body: object) =>
      ask(port, '/v1/agreements?timeout=30s', {
        method: 'POST',
        headers: JSON_TYPE,
        body: JSON.stringify({ topic: 'leader', ...body }),
      });
    for (const node of others) void node.agree('leader', 'p1');
    const reply = await propose({ text: 'p1' });
    expect(reply.status).toBe(200);
    const decision = { topic: 'leader', base64: 'cDE=', text: 'p1', phase: expect.any(Number) };
    expect(reply.json()).toMatchObject({ topic: 'leader', kind: 'value', coin: 'own', decision });
    expect((await propose({ base64: 'cDE=' })).json()).toMatchObject({ decision });
    // Another kind of question under the same name.
    expect((await propose({ value: 1 })).status).toBe(409);
  });

  test.each([
    ['', JSON_TYPE, 400, 'JSON'],
    ['{"topic":"x"}', JSON_TYPE, 400, 'no proposal'],
    ['{"topic":"x","value":2}', JSON_TYPE, 400, '0 or 1'],
    ['{"topic":"x","value":1,"more":1}', JSON_TYPE, 400, 'no proposal'],
    ['{"topic":"x","text":"y","base64":"eQ=="}', JSON_TYPE, 400, 'no proposal'],
    ['{"topic":"x","base64":"y"}', JSON_TYPE, 400, 'padded base64'],
    ['{"topic":"x","text":""}', JSON_TYPE, 400, 'at least one byte'],
    [`{"topic":"x","text":"${'ä'.repeat(513)}"}`, JSON_TYPE, 413, '1024 bytes, not 1026'],
    ['{"topic":"","value":1}', JSON_TYPE, 400, '1 to 128 bytes'],
    [`{"topic":"${'x'.repeat(8_000)}","value":1}`, JSON_TYPE, 413, ''],
    ['{"topic":"x","value":1}', { 'content-type': 'text/plain' }, 415, 'application/json'],
  ])('%s is refused', async (body, headers, status, text) => {
    const nodes = await four();
    const [p0] = nodes;
    if (p0 === undefined) throw new Error('no members');
    const { port } = await serve(p0);
    const reply = await ask(port, '/v1/agreements', { method: 'POST', headers, body });
    expect(reply.status).toBe(status);
    expect(reply.text).toContain(text);
    expect(p0.agreements()).toEqual([]);
  });
});
