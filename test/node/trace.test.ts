import { describe, expect, test } from 'vitest';
import { PayloadHasher } from '../../src/crypto/index.ts';
import type { NodeOptions, RunningNode } from '../../src/node/index.ts';
import { nativeSha256 } from '../../src/node/sha256.ts';
import { ADVERSARIES } from '../../src/simulator/index.ts';
import { alone, errorOf, Stage, until } from './kit.ts';

const noX = ({ payload }: { readonly payload: Uint8Array }): boolean => payload[0] !== 120;

/** The text about the first message of p0, once it says what it should. */
async function explained(node: RunningNode, expected: RegExp): Promise<string> {
  const sender = node.status().streams[0]?.sender ?? node.id;
  const explain = (): string => node.inspect({ sender, seq: 1 })?.explain ?? '';
  await until(() => expected.test(explain()));
  return explain();
}

describe('a message that is not delivered is explained', () => {
  test('by the quorum that is missing, from whom, since when', async () => {
    const stage = new Stage();
    const node = await stage.start(0);
    const three = await stage.start(3);
    await until(() => node.peers().some(({ connected }) => connected));
    const broadcast = await node.broadcast('half a quorum');
    const text = await explained(
      node,
      /^p0#1 is not delivered here after .+\. [0-9a-f]{8} has 1 of 2 ECHO \(p3\) and 0 of 3 READY\. It lacks 1 more ECHO; none came from p1 \(disconnected for .+\) or p2 \(disconnected for .+\)\.$/,
    );
    expect(text).toMatch(/disconnected for [\d.]+ m?s: (connection-refused|not connected yet)/);
    const view = node.inspect(broadcast);
    expect(view).toMatchObject({ phase: 'echoed', senderName: 'p0', waitingFor: [1, 2], instance: 1 });
    expect(view?.values).toMatchObject([{ held: true, echo: { have: [3], need: 2 } }]);
    expect(await explained(three, /It lacks 1 more ECHO/)).toContain('p1 (disconnected');
    await stage.start(2);
    await broadcast.delivered();
    expect(node.inspect(broadcast)?.explain).toMatch(
      /^p0#1 is delivered here, in instance 1 of p0 \([0-9a-f]{8}\)\.$/,
    );
    expect(node.inspect(broadcast)).toMatchObject({ phase: 'delivered', waitingFor: [] });
  });

  test('while it waits for the window, by its place and by what holds the window up', async () => {
    const stage = new Stage({ limits: { window: 4, messagesPerInstance: 1 } });
    const node = await stage.start(0);
    for (let i = 0; i < 4; i += 1) await node.broadcast('x');
    const waiting = [node.broadcast('first'), node.broadcast('second')];
    const first = node.inspect({ sender: node.id, seq: 5 });
    expect(first).toMatchObject({ phase: 'init', instance: 0, values: [] });
    expect(first?.explain).toMatch(
      /^p0#5 waits here, first in the queue, for room in the window\. Instance 1 of p0 is not delivered here/,
    );
    expect(first?.waitingFor).toEqual([1, 2, 3]);
    expect(node.inspect({ sender: node.id, seq: 6 })?.explain).toContain('behind 1 other messages');
    expect(node.inspect({ sender: node.id, seq: 7 })).toBeUndefined();
    await Promise.all([stage.start(2), stage.start(3)]);
    await Promise.all(waiting);
  });

  test('when members do not vouch for it: by them with the reason, by the sender with their names', async () => {
    const stage = new Stage();
    const nodes = await stage.startAll(
      (index): Partial<NodeOptions> => (index === 0 ? {} : { validate: noX }),
    );
    const evidence: string[] = [];
    nodes[1]?.addEventListener('evidence', ({ detail }) => evidence.push(`${detail.name} ${detail.code}`));
    const broadcast = await nodes[0].broadcast('x marks the spot');
    for (const node of nodes.slice(1)) {
      await explained(node, /This member does not vouch for it: its own check refused/);
    }
    expect(await explained(nodes[0], /none came from p1 \(connected\), p2 \(connected\) or p3/)).toContain(
      'It lacks 2 more ECHO',
    );
    expect(evidence).toEqual(['p0 invalid-payload']);
    expect(nodes[1]?.evidence()).toMatchObject([
      { peer: 0, name: 'p0', code: 'invalid-payload', count: 1, about: { sender: 0, instance: 1 } },
    ]);
    expect(nodes[1]?.evidence()[0]?.first).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(nodes.map((node) => node.status().delivered)).toEqual([0, 0, 0, 0]);
    const late = await errorOf(() => broadcast.delivered({ signal: AbortSignal.timeout(20) }));
    expect(late.code).toBe('ERR_TIMEOUT');
  });

  test('with an event after five seconds', async () => {
    const node = await new Stage().start(0);
    const stalled = new Promise<string>((resolve) => {
      node.addEventListener('instance:stalled', ({ detail }) => resolve(detail.explain));
    });
    await node.broadcast('nobody hears this');
    expect(await stalled).toContain('p0#1 is not delivered here after');
    expect(node.status()).toMatchObject({ stalled: 1 });
    expect(node.status().streams[0]).toMatchObject({ open: 1, delivered: 0 });
  });
});

describe('validate', () => {
  test('refuses an own message before it is broadcast', async () => {
    const node = await alone({ validate: noX });
    const error = await errorOf(() => node.broadcast('x'));
    expect(error).toMatchObject({ code: 'ERR_USAGE', definite: true, retryable: false });
    const next = await node.broadcast('y', { waitFor: 'delivered' });
    expect(next.seq).toBe(1);
  });

  test.each([
    ['throws', () => JSON.parse('{')],
    ['answers with a promise', () => Promise.resolve(true)],
    ['answers nothing', () => undefined],
  ])('that %s refuses, warns once and stops nothing', async (_, check) => {
    const stage = new Stage();
    const warnings: string[] = [];
    // What a caller without types may pass.
    const options = { validate: check as () => boolean };
    const nodes = await stage.startAll((index): Partial<NodeOptions> => (index === 3 ? options : {}));
    const [sender] = nodes;
    nodes[3]?.addEventListener('warning', ({ detail }) => warnings.push(detail.message));
    await sender.broadcast('a', { waitFor: 'delivered' });
    await sender.broadcast('b', { waitFor: 'delivered' });
    // The others deliver, so it does too, though it vouched for nothing.
    await until(() => nodes[3]?.status().delivered === 2);
    expect(nodes[3]?.state).toBe('ready');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^validate (threw|answered)/);
  });
});

test('a liar is noticed, named and harmless', async () => {
  const stage = new Stage();
  const nodes: RunningNode[] = [
    await stage.start(
      3,
      {},
      {
        participant: (honest) => {
          const { committee, digest } = stage.cluster;
          const hasher = new PayloadHasher(nativeSha256, digest);
          const context = { committee, self: honest.self, hasher, honest, report: () => undefined };
          return ADVERSARIES.equivocate.make(context);
        },
      },
    ),
  ];
  for (const index of [2, 1, 0]) nodes.unshift(await stage.start(index));
  await until(() => nodes.every((node) => node.state === 'ready'));
  const events: string[] = [];
  for (const node of nodes.slice(0, 3)) {
    node.addEventListener('evidence', ({ detail }) => events.push(detail.name));
  }
  const [first] = nodes;
  for (let i = 0; i < 5; i += 1) await first?.broadcast(`honest ${i}`, { waitFor: 'delivered' });
  await nodes[3]?.broadcast('forked');
  await until(() => events.length > 0);
  await until(() => nodes.slice(0, 3).every((node) => node.status().delivered >= 5));
  expect(new Set(events)).toEqual(new Set(['p3']));
  expect(first?.status().evidence).toBe(first?.evidence().reduce((sum, { count }) => sum + count, 0));
});

test('a status costs little while much is open', async () => {
  const stage = new Stage({ limits: { messagesPerInstance: 1 } });
  const node = await stage.start(0);
  for (let i = 0; i < 256; i += 1) await node.broadcast(`${i}`);
  expect(node.status().streams[0]?.open).toBe(256);
  const before = process.cpuUsage();
  for (let i = 0; i < 1_000; i += 1) node.status();
  // A tenth of a millisecond each, with room for slow machines.
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
});
