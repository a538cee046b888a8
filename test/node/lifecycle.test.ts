import { spawn } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createNode } from '../../src/node/index.ts';
import { afterwards, alone, connected, errorOf, Stage, turns, until, watchProcess } from './kit.ts';

describe('close', () => {
  test('ends in order, once, and says how it went', async () => {
    const nodes = await new Stage().startAll();
    const reports = await Promise.all([nodes[0].close(), nodes[0].close({ timeoutMs: 1 }), nodes[0].closed]);
    expect(reports[0]).toEqual({ error: undefined, abandoned: 0, clean: true });
    expect(reports[1]).toBe(reports[0]);
    expect(reports[2]).toBe(reports[0]);
    expect(nodes[0].state).toBe('closed');
    expect(nodes[0].status().reasons).toEqual(['closed']);
  });

  test.each([0, 50, 2_000, Number.POSITIVE_INFINITY, Number.NaN])(
    'settles by its deadline of %d ms with every peer unreachable',
    async (timeoutMs) => {
      const seen = watchProcess();
      const stage = new Stage();
      const node = await stage.start(0);
      for (let i = 0; i < 10; i += 1) await node.broadcast('nobody hears this');
      const began = performance.now();
      const { error } = await node.close({ timeoutMs });
      expect(error).toBeUndefined();
      expect(performance.now() - began).toBeLessThan(3_000);
      await turns();
      expect(seen.warnings).toEqual([]);
    },
  );

  test('counts what it abandons, and says so to those who wait', async () => {
    const stage = new Stage({ limits: { window: 4, messagesPerInstance: 1 } });
    const node = await stage.start(0);
    for (let i = 0; i < 4; i += 1) await node.broadcast('x');
    const waiting = [1, 2, 3].map(() => errorOf(() => node.broadcast('no room')));
    await turns();
    expect((await node.close()).abandoned).toBe(3);
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: 'ERR_CLOSED', definite: false, retryable: true });
      expect(error.hint).toContain('idempotency key');
    }
  });

  test('refuses what comes later', async () => {
    const stage = new Stage({ members: 1 });
    const node = await stage.start(0, { dataDir: join(stage.folder, 'data') });
    const broadcast = await node.broadcast('x', { waitFor: 'delivered' });
    const delivery = (await node.deliveries({ consumer: 'c' }).next()).value;
    await node.close();
    expect(await errorOf(() => node.broadcast('x'))).toMatchObject({ code: 'ERR_CLOSED', definite: true });
    expect(await errorOf(() => delivery?.ack())).toMatchObject({ code: 'ERR_CLOSED' });
    expect(await errorOf(() => node.delivery(broadcast))).toMatchObject({ code: 'ERR_CLOSED' });
    expect(await errorOf(() => broadcast.delivered())).toMatchObject({ code: 'ERR_CLOSED' });
    expect(await errorOf(() => new Stage().start(0).then((other) => closedAndWaited(other)))).toMatchObject({
      code: 'ERR_CLOSED',
    });
  });

  async function closedAndWaited(node: { close(): Promise<unknown>; whenReady(): Promise<void> }) {
    await node.close();
    await node.whenReady();
  }

  test('lets the process end, and a running node does not', async () => {
    const entry = new URL('../../dist/index.js', import.meta.url).href;
    const program = `
      import { createNode, generateIdentity, initCluster, makeCard, signCluster } from '${entry}';
      const identities = ['a', 'b', 'c', 'd'].map((name) => generateIdentity(name));
      const cards = identities.map((identity, i) => makeCard(identity, ['127.0.0.1:' + (9 + i)]));
      let cluster = initCluster(cards, { name: 'exit' });
      for (const identity of identities) cluster = signCluster(cluster, identity);
      const node = await createNode({ cluster, identity: identities[0], listen: '127.0.0.1:0', dataDir: false });
      await node.broadcast('nobody hears this');
      console.log('running');
      process.stdin.once('data', async () => {
        process.stdin.destroy();
        await node.close();
        console.log('closed');
      });
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    afterwards(() => child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    await until(() => output.includes('running'));
    expect(child.exitCode).toBeNull();
    child.stdin.write('close\n');
    const [code] = await once(child, 'exit');
    expect(output).toBe('running\nclosed\n');
    expect(code).toBe(0);
  });

  test('is what a disposed node does', async () => {
    const node = await alone();
    await node[Symbol.asyncDispose]();
    expect(node.state).toBe('closed');
  });

  test('leaves nothing rejected that nobody looked at', async () => {
    const seen = watchProcess();
    const stage = new Stage({ limits: { window: 4, messagesPerInstance: 1 } });
    const node = await stage.start(0);
    const broadcast = await node.broadcast('x');
    // Nobody looks at any of these, before the end and after it.
    void broadcast.delivered();
    void node.whenReady();
    for (let i = 0; i < 9; i += 1) void node.broadcast('forgotten');
    void node.broadcast('forgotten', { waitFor: 'delivered' });
    void node.drain();
    void node.deliveries().next();
    await turns();
    void node.close();
    void node.broadcast('after the end');
    void node.whenReady();
    void broadcast.delivered();
    await node.closed;
    void node.drain();
    await turns();
    expect(seen.unhandled).toEqual([]);
  });
});

describe('a state', () => {
  test('is told with its reason, from joining to closed', async () => {
    const stage = new Stage();
    const node = await stage.start(0);
    const states: string[] = [];
    const events: string[] = [];
    const warnings: string[] = [];
    node.addEventListener('warning', ({ detail: { code, message } }) => warnings.push(`${code}: ${message}`));
    node.addEventListener('state', ({ detail }) => states.push(`${detail.from}>${detail.to}`));
    node.addEventListener('peer:connect', ({ detail }) => events.push(`+${detail.name}`));
    node.addEventListener('peer:disconnect', ({ detail }) => events.push(`-${detail.name}`));
    expect(node.state).toBe('joining');
    expect(node.status()).toMatchObject({ margin: -2, peers: { up: 0, missing: ['p1', 'p2', 'p3'] } });
    expect(node.status().reasons[0]).toContain('too few members are connected');
    const two = await stage.start(2);
    const three = await stage.start(3);
    await node.whenReady();
    expect(node.state).toBe('degraded');
    await stage.start(1);
    await until(() => node.state === 'ready');
    await two.close();
    await until(() => node.state === 'degraded');
    expect(node.status().reasons).toHaveLength(1);
    expect(node.status().reasons[0]).toContain('p2 is away');
    expect(warnings).toEqual([]);
    await three.close();
    await until(() => warnings.length > 0);
    expect(warnings).toEqual([
      'quorum-lost: too few members are connected, nothing can be delivered: missing p2, p3',
    ]);
    await node.close();
    expect(warnings).toHaveLength(1);
    expect(states).toEqual(['joining>degraded', 'degraded>ready', 'ready>degraded', 'degraded>closed']);
    expect(events.toSorted()).toEqual(['+p1', '+p2', '+p3', '-p2', '-p3']);
  });

  test('ready is waited for, until the signal fires', async () => {
    const stage = new Stage();
    const node = await stage.start(0);
    const late = await errorOf(() => node.whenReady({ signal: AbortSignal.timeout(20) }));
    expect(late).toMatchObject({ code: 'ERR_TIMEOUT', definite: false });
    expect(await errorOf(() => node.whenReady({ signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ERR_ABORTED',
    });
    const ready = node.whenReady();
    await Promise.all([stage.start(2), stage.start(3)]);
    await ready;
    expect(connected(node)).toBe(2);
  });

  test('draining takes nothing new and ends with everything delivered', async () => {
    const nodes = await new Stage().startAll();
    const accepted = Array.from({ length: 50 }, (_, i) => nodes[0].broadcast(`${i}`));
    await nodes[0].drain();
    expect(nodes[0].status()).toMatchObject({ state: 'draining', delivered: 50, pending: { messages: 0 } });
    await Promise.all(accepted);
    const error = await errorOf(() => nodes[0].broadcast('more'));
    expect(error).toMatchObject({ code: 'ERR_CLOSED' });
    expect(error.message).toContain('draining');
    await nodes[0].drain();
  });

  test('closing is no loss of a quorum', async () => {
    const nodes = await new Stage().startAll();
    const warnings: string[] = [];
    nodes[0].addEventListener('warning', ({ detail }) => warnings.push(detail.code));
    await nodes[0].whenReady();
    await nodes[0].close();
    expect(warnings).toEqual([]);
  });

  test('draining gives up when its signal fires, or the node closes', async () => {
    const node = await new Stage().start(0);
    await node.broadcast('nobody hears this');
    const aborted = await errorOf(() => node.drain({ signal: AbortSignal.timeout(20) }));
    expect(aborted).toMatchObject({ code: 'ERR_TIMEOUT', definite: false });
    const closed = errorOf(() => node.drain());
    await turns();
    await node.close();
    expect(await closed).toMatchObject({ code: 'ERR_CLOSED', definite: false });
  });
});

describe('listeners', () => {
  test('are added and removed, once or by signal', async () => {
    const node = await alone();
    const heard: string[] = [];
    const removed = (): void => void heard.push('removed');
    const controller = new AbortController();
    node.addEventListener('state', removed);
    node.removeEventListener('state', removed);
    node.addEventListener('state', () => void heard.push('aborted'), { signal: controller.signal });
    node.addEventListener('state', () => void heard.push('once'), { once: true });
    controller.abort();
    void node.drain();
    await node.close();
    expect(heard).toEqual(['once']);
  });
});

describe('signals', () => {
  test('are left as they were: no listener, no warning, over 1,000 calls of every kind', async () => {
    const seen = watchProcess();
    const stage = new Stage();
    const nodes = await stage.startAll();
    const [node] = nodes;
    const { signal } = new AbortController();
    const broadcasts = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => node.broadcast(`${i}`, { signal })),
    );
    await Promise.all(broadcasts.map((broadcast) => broadcast.delivered({ signal })));
    const readers = Array.from({ length: 1_000 }, () => node.deliveries({ from: 'now', signal }));
    const waiting = readers.map((reader) => reader.next());
    await Promise.all(Array.from({ length: 1_000 }, () => node.whenReady({ signal })));
    await node.broadcast('the last one', { signal, waitFor: 'delivered' });
    await Promise.all(waiting);
    await Promise.all(readers.map((reader) => reader.return?.()));
    await Promise.all(Array.from({ length: 1_000 }, () => node.drain({ signal })));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await turns();
    expect(seen.warnings).toEqual([]);
    expect(seen.unhandled).toEqual([]);
  });

  test('shared by many nodes do not hold on to those that are closed', async () => {
    const { signal } = new AbortController();
    const stage = new Stage({ members: 1 });
    for (let i = 0; i < 20; i += 1) await (await createNode({ ...stage.options(0), signal })).close();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('that fire while 1,000 wait end them all and leave nothing', async () => {
    const seen = watchProcess();
    const node = await new Stage().start(0);
    const broadcast = await node.broadcast('nobody hears this');
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 250 }, () => [
      errorOf(() => broadcast.delivered({ signal })),
      errorOf(() => node.whenReady({ signal })),
      errorOf(() => node.broadcast('x', { signal, waitFor: 'delivered' })),
      errorOf(() => node.drain({ signal })),
    ]).flat();
    await turns();
    controller.abort();
    const codes = new Set((await Promise.all(calls)).map(({ code }) => code));
    // Those that came after the first drain were refused.
    expect(codes).toEqual(new Set(['ERR_ABORTED', 'ERR_CLOSED']));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(seen.warnings).toEqual([]);
  });
});
