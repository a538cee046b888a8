import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { RunningNode } from '../../src/node/index.ts';
import { afterwards, alone, errorOf, Stage, take, until } from './kit.ts';

/** A node that is its own quorum and keeps ten messages. */
function forgetful(): Promise<RunningNode> {
  return alone({ limits: { backlogMessages: 10 } });
}

/** Each as an instance of its own. */
async function deliver(node: RunningNode, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i += 1) await node.broadcast(`${i}`, { waitFor: 'delivered' });
}

test('a reader in time misses nothing', async () => {
  const node = await forgetful();
  const reading = take(node.deliveries(), 50);
  await deliver(node, 1, 50);
  expect(await reading).toEqual(Array.from({ length: 50 }, (_, i) => `${i + 1}`));
});

test('one that is slow is told of, and fails clearly once it is too late', async () => {
  const node = await forgetful();
  const slow: unknown[] = [];
  node.addEventListener('consumer:slow', ({ detail }) => slow.push(detail));
  const reader = node.deliveries({ consumer: 'sleepy' });
  await deliver(node, 1, 5);
  expect((await reader.next()).value?.text()).toBe('1');
  expect(slow).toEqual([]);
  await deliver(node, 6, 8);
  expect(slow).toEqual([{ consumer: 'sleepy', lag: 6 }]);
  await deliver(node, 9, 40);
  expect(slow).toHaveLength(1);
  // What it had read ahead it still gets.
  for (let i = 2; i <= 5; i += 1) expect((await reader.next()).value?.text()).toBe(`${i}`);
  const error = await errorOf(() => reader.next());
  expect(error).toMatchObject({ code: 'ERR_BACKLOG_FULL', definite: true });
  expect(error.hint).toContain('limits.backlogMessages');
  expect((await reader.next()).done).toBe(true);
  // The name is free again, its place is where it was: behind what is kept.
  const again = node.deliveries({ consumer: 'sleepy', from: 'start' });
  expect((await again.next()).value?.text()).toBe('31');
});

test('what is gone is said to be gone, and new readers begin with what is left', async () => {
  const node = await forgetful();
  await deliver(node, 1, 25);
  expect(await take(node.deliveries(), 10)).toEqual(Array.from({ length: 10 }, (_, i) => `${i + 16}`));
  expect(await errorOf(() => node.delivery({ sender: node.id, seq: 3 }))).toMatchObject({
    code: 'ERR_BACKLOG_FULL',
  });
  expect((await node.delivery({ sender: node.id, seq: 20 }))?.text()).toBe('20');
  expect(await errorOf(() => node.deliveries({ from: 'd3' }).next())).toMatchObject({
    code: 'ERR_BACKLOG_FULL',
  });
  expect(node.inspect({ sender: node.id, seq: 3 })?.phase).toBe('delivered');
});

test('the bound is also one of bytes', async () => {
  const node = await alone({ limits: { backlogBytes: 10_000 } });
  for (let i = 0; i < 30; i += 1) await node.broadcast(randomBytes(1_000), { waitFor: 'delivered' });
  const reader = node.deliveries();
  const first = (await reader.next()).value;
  expect(first?.seq).toBeGreaterThan(20);
  // One larger than all of that is kept while it is the newest.
  await node.broadcast(new Uint8Array(50_000), { waitFor: 'delivered' });
  expect((await node.delivery({ sender: node.id, seq: 31 }))?.payload).toHaveLength(50_000);
  expect(node.status().memoryBoundBytes).toBeLessThan(
    (await alone({ limits: { backlogBytes: 10_000_000 } })).status().memoryBoundBytes,
  );
});

test('a member that comes late to members that forgot learns who cannot help it', async () => {
  const stage = new Stage();
  const warnings: string[] = [];
  const nodes = await stage.startAll({ limits: { backlogMessages: 5 } }, [0, 1, 2]);
  nodes[0].addEventListener('warning', ({ detail }) => warnings.push(detail.code));
  await deliver(nodes[0], 1, 20);
  const late = await stage.start(3);
  afterwards(() => late.close());
  await until(() => late.inspect({ sender: nodes[0].id, seq: 1 })?.phase === 'readied');
  await until(() => warnings.includes('peer-behind-backlog'));
  await until(() => late.status().streams[0]?.behind === 20);
  expect(late.status().delivered).toBe(0);
});

test('what readers wrote into a payload never leaves in the names of their nodes', async () => {
  const stage = new Stage();
  const nodes = await stage.startAll({}, [0, 1, 2]);
  const warned = new Set<string>();
  for (const node of nodes) {
    node.addEventListener('warning', ({ detail }) => warned.add(`${node.name} ${detail.code}`));
  }
  const { seq } = await nodes[0].broadcast('a'.repeat(20_000), { waitFor: 'delivered' });
  for (const node of nodes) {
    for await (const { payload } of node.deliveries()) {
      payload.fill(0x62);
      break;
    }
  }
  const late = await stage.start(3);
  await until(() => warned.size === 3);
  expect([...warned].sort()).toEqual(['p0', 'p1', 'p2'].map((name) => `${name} payload-overwritten`));
  expect(late.evidence()).toEqual([]);
  expect(await late.delivery({ sender: nodes[0].id, seq })).toBeUndefined();
});
