import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { NodeEvents, RunningNode } from '../../src/node/index.ts';
import { alone, errorOf, temporaryFolder, until } from './kit.ts';

const PAYLOAD = Buffer.alloc(900_000, 'x');

/** A node that is its own quorum, on disk, and keeps as little as may be asked for. */
function frugal(dataDir = join(temporaryFolder(), 'data'), laggardBytes = 0): Promise<RunningNode> {
  return alone({ dataDir, retention: { bytes: 8_388_608, laggardBytes } });
}

async function deliver(node: RunningNode, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await node.broadcast(PAYLOAD, { waitFor: 'delivered' });
}

test('the log of a node stays within its bound, and the node tells from where on it can be read', async () => {
  const node = await frugal();
  await deliver(node, 30);
  await until(() => node.status().storage.first > 10);
  const { storage } = node.status();
  expect(storage.bytes).toBeLessThan(storage.boundBytes);
  expect(storage.bytes).toBeLessThan(8_388_608 + 4 * 1_048_576);
  const reader = node.deliveries();
  expect((await reader.next()).value?.seq).toBe(storage.first);
  await reader.return?.();
  expect(await errorOf(() => node.deliveries({ from: 'd0' }).next())).toMatchObject({
    code: 'ERR_RETENTION',
    definite: true,
  });
  expect(await errorOf(() => node.delivery({ sender: node.id, seq: 1 }))).toMatchObject({
    code: 'ERR_RETENTION',
  });
  expect(node.inspect({ sender: node.id, seq: 1 })?.explain).toBe(
    'p0#1 was delivered here; it is older than what is kept.',
  );
});

test('a consumer that lags is told, then passed over with the number of what it lost, and fails clearly', async () => {
  const node = await frugal(undefined, 12_000_000);
  const slow: NodeEvents['consumer:slow'][] = [];
  const lost: NodeEvents['consumer:lost'][] = [];
  node.addEventListener('consumer:slow', ({ detail }) => slow.push(detail));
  node.addEventListener('consumer:lost', ({ detail }) => lost.push(detail));
  await deliver(node, 2);
  for await (const delivery of node.deliveries({ consumer: 'ledger' })) {
    await delivery.ack();
    break;
  }
  await deliver(node, 14);
  await until(() => slow.length > 0);
  expect(slow).toEqual([{ consumer: 'ledger', lag: expect.any(Number) }]);
  expect(lost).toEqual([]);
  expect(node.status().storage.first).toBeLessThanOrEqual(2);
  expect(node.status().consumers).toMatchObject({ named: 1, lag: 15, lost: 0 });

  await deliver(node, 14);
  await until(() => node.status().storage.first > 5);
  const { consumers, storage } = node.status();
  expect(consumers.lost).toBe(storage.first - 2);
  expect(lost.reduce((sum, { lost: count }) => sum + count, 0)).toBe(consumers.lost);
  const error = await errorOf(() => node.deliveries({ consumer: 'ledger' }).next());
  expect(error).toMatchObject({ code: 'ERR_RETENTION' });
  expect(error.hint).toContain('from: "start"');
  const on = await node.deliveries({ consumer: 'ledger', from: 'start' }).next();
  expect(on.value?.seq).toBe(storage.first);
});

test('limits that make no sense are refused', async () => {
  const wrong = { retention: { bytes: 5 } };
  expect(await errorOf(() => alone(wrong))).toMatchObject({
    code: 'ERR_CONFIG',
    message: '`retention.bytes` is an integer from 8388608 to 1125899906842624, not 5',
  });
  expect(await errorOf(() => alone({ retention: { byte: 5 } as never }))).toMatchObject({
    message: 'unknown retention limit "byte"',
    hint: 'did you mean "bytes"?',
  });
});
