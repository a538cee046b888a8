import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { SCHEMAS } from '../../src/node/http/schemas.ts';
import { ask, expectProblem, stand, until } from './harness.ts';

describe('probes', () => {
  test('a member alone is ready', async () => {
    const { port } = await stand();
    expect((await ask(port, '/livez')).json()).toEqual({ live: true });
    const reply = await ask(port, '/readyz');
    expect(reply.status).toBe(200);
    expect(reply.json()).toEqual({ ready: true, state: 'ready', margin: 0, missing: [] });
  });

  test('one of four lives but is not ready, and says who is missing and why', async () => {
    const { port } = await stand({ members: 4 });
    expect((await ask(port, '/livez')).status).toBe(200);
    const reply = await ask(port, '/readyz');
    expect(reply.status).toBe(503);
    const readiness = v.parse(SCHEMAS.Readiness, reply.json());
    expect(readiness).toMatchObject({ ready: false, state: 'joining', margin: -2 });
    expect(readiness.missing.map(({ peer }) => peer)).toEqual(['p1', 'p2', 'p3']);
    for (const { reason, for_s: seconds } of readiness.missing) {
      expect(reason).not.toBe('');
      expect(seconds).toBeGreaterThanOrEqual(0);
    }
  });

  test('a draining node is not ready', async () => {
    const { port, node } = await stand();
    await node.drain();
    expect((await ask(port, '/readyz')).json()).toMatchObject({ ready: false, state: 'draining' });
  });

  test('a closed node lives until its process ends', async () => {
    const { port, node } = await stand();
    await node.close();
    expect((await ask(port, '/livez')).status).toBe(200);
    expect((await ask(port, '/readyz')).status).toBe(503);
    expect((await ask(port, '/v1/status')).json()).toMatchObject({ state: 'closed' });
  });
});

describe('state', () => {
  test('status, cluster, peers, evidence, index have the form that is described', async () => {
    const { port } = await stand({ members: 4 });
    const cases = [
      ['/v1/status', SCHEMAS.Status],
      ['/v1/cluster', SCHEMAS.Cluster],
      ['/v1/peers', SCHEMAS.Peers],
      ['/v1/evidence', SCHEMAS.Evidence],
      ['/', SCHEMAS.Index],
    ] as const;
    for (const [path, schema] of cases) {
      const reply = await ask(port, path);
      expect([path, reply.status, reply.headers['content-type']]).toEqual([path, 200, 'application/json']);
      expect(v.is(schema, reply.json()), path).toBe(true);
    }
  });

  test('metrics come in the text format of Prometheus', async () => {
    const { port } = await stand({ members: 4 });
    const reply = await ask(port, '/metrics');
    expect(reply.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(reply.text).toContain('\nquorumcast_quorum_margin -2\n');
    expect(reply.text).toContain('\nquorumcast_peer_connected{peer="p1"} 0\n');
  });

  test('a trace says what is missing; by name or number', async () => {
    const { port, node } = await stand({ members: 4 });
    await node.broadcast('hi');
    await until(() => node.inspect({ sender: node.id, seq: 1 }) !== undefined);
    const byName = await ask(port, '/v1/trace/p0/1');
    const view = v.parse(SCHEMAS.Trace, byName.json());
    expect(view).toMatchObject({ sender: 0, senderName: 'p0', seq: 1 });
    expect(view.waitingFor).not.toEqual([]);
    expect(v.parse(SCHEMAS.Trace, (await ask(port, '/v1/trace/0/1')).json()).instance).toBe(view.instance);
  });

  test('what is not there is 404, what makes no sense is 400', async () => {
    const { port } = await stand();
    expectProblem(await ask(port, '/v1/trace/p0/1'), 404, 'ERR_NOT_FOUND');
    expectProblem(await ask(port, '/v1/trace/nobody/1'), 404, 'ERR_NOT_FOUND');
    expectProblem(await ask(port, '/v1/broadcasts/p0/7'), 404, 'ERR_NOT_FOUND');
    for (const seq of ['0', '-1', '1.5', 'one', '01', '99999999999999999999']) {
      expectProblem(await ask(port, `/v1/trace/p0/${seq}`), 400);
    }
  });

  test('a parameter that does not exist is refused with the likely one', async () => {
    const { port } = await stand();
    const reply = await ask(port, '/v1/deliveries?limt=5');
    expectProblem(reply, 400);
    expect(reply.json()).toMatchObject({ hint: 'did you mean "limit"?' });
    expectProblem(await ask(port, '/v1/deliveries?limit=1&limit=2'), 400);
    expectProblem(await ask(port, '/v1/status?x=1'), 400);
    expectProblem(await ask(port, '/v1/deliveries?__proto__=1'), 400);
    expectProblem(await ask(port, '/v1/deliveries?constructor=1'), 400);
  });
});

describe('drain', () => {
  test('refuses new broadcasts and says when all are delivered', async () => {
    const { port } = await stand();
    await ask(port, '/v1/broadcasts', { method: 'POST', body: 'one' });
    const reply = await ask(port, '/v1/drain', { method: 'POST' });
    expect(reply.status).toBe(200);
    expect(v.parse(SCHEMAS.Drained, reply.json())).toMatchObject({
      drained: true,
      state: 'draining',
      pending: { messages: 0 },
    });
    const refused = await ask(port, '/v1/broadcasts', { method: 'POST', body: 'two' });
    expectProblem(refused, 503, 'ERR_CLOSED');
    expect(refused.headers['retry-after']).toBe('5');
    expect((await ask(port, '/v1/drain', { method: 'POST' })).status).toBe(200);
  });

  test('says that it is not done when the time is over', async () => {
    const { port } = await stand({ members: 4 });
    await ask(port, '/v1/broadcasts', { method: 'POST', body: 'stuck' });
    const reply = await ask(port, '/v1/drain?timeout=50ms', { method: 'POST' });
    expect(reply.status).toBe(202);
    expect(reply.json()).toMatchObject({ drained: false, state: 'draining' });
  });
});
