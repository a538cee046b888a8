import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DeliveryBatch, RunningNode } from '../../src/node/index.ts';
import { alone, errorOf, Stage, take } from './kit.ts';

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`);

/** Reads batches until `count` messages came. */
async function messages(reader: AsyncIterable<DeliveryBatch>, count: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const { payloads } of reader) {
    for (const payload of payloads) texts.push(new TextDecoder().decode(payload));
    if (texts.length >= count) break;
  }
  return texts;
}

describe('many messages in one call', () => {
  test('have consecutive numbers, in order, and are delivered', async () => {
    const node = await alone();
    await node.broadcast('m1');
    const range = await node.broadcastMany(numbers(2, 2_000));
    expect(range).toMatchObject({ sender: node.id, firstSeq: 2, count: 1_999 });
    await range.delivered();
    expect(await take(node.deliveries(), 2_000)).toEqual(numbers(1, 2_000));
    expect((await node.delivery({ sender: node.id, seq: 2_000 }))?.text()).toBe('m2000');
    expect((await node.broadcast('last')).seq).toBe(2_001);
  });

  test('with waitFor delivered, the call lasts until then', async () => {
    const node = await alone();
    await node.broadcastMany(numbers(1, 10), { waitFor: 'delivered' });
    expect(node.status().delivered).toBe(10);
  });

  test('are refused together, or not at all', async () => {
    const node = await alone({ validate: ({ payload }) => payload.length !== 3 });
    const refused = await errorOf(() => node.broadcastMany(['a', 'bcd', 'e']));
    expect(refused).toMatchObject({ code: 'ERR_USAGE', definite: true });
    const long = new Uint8Array(2_000_000);
    expect(await errorOf(() => node.broadcastMany(['a', long]))).toMatchObject({
      code: 'ERR_PAYLOAD_TOO_LARGE',
    });
    expect(await errorOf(() => node.broadcastMany([]))).toMatchObject({ code: 'ERR_USAGE' });
    // Not what the types allow, but what JavaScript does.
    for (const wrong of ['text', undefined, [1], [null]]) {
      const call = () => Reflect.apply(node.broadcastMany, node, [wrong]) as Promise<unknown>;
      expect(await errorOf(call)).toMatchObject({ code: 'ERR_USAGE' });
    }
    expect((await node.broadcast('first')).seq).toBe(1);
  });

  test('over the bound of what may wait, nothing is taken', async () => {
    const node = await alone({ limits: { pendingBytes: 10_000 } });
    const tooMany = await errorOf(() => node.broadcastMany(numbers(1, 1_000)));
    expect(tooMany).toMatchObject({ code: 'ERR_BACKLOG_FULL', retryable: true });
    expect((await node.broadcastMany(numbers(1, 50))).firstSeq).toBe(1);
  });

  test('stand beside keyed ones: every key is as durable as its message', async () => {
    const stage = new Stage({ members: 1 });
    const dataDir = join(stage.folder, 'data');
    const first = await stage.start(0, { dataDir });
    const calls = [
      first.broadcastMany(numbers(1, 20)),
      first.broadcast('k', { idempotencyKey: 'once' }),
      first.broadcastMany(numbers(21, 40)),
      first.broadcast('k', { idempotencyKey: 'once' }),
    ];
    const done = await Promise.all(calls);
    expect(done).toMatchObject([
      { firstSeq: 1 },
      { seq: 21 },
      { firstSeq: 22 },
      { seq: 21, duplicate: true },
    ]);
    await first.close();
    const second = await stage.start(0, { dataDir });
    expect(await second.broadcast('k', { idempotencyKey: 'once' })).toMatchObject({
      seq: 21,
      duplicate: true,
    });
    expect((await second.broadcastMany(['x', 'y'])).firstSeq).toBe(42);
  });

  test('that a closing node never made durable reject', async () => {
    const stage = new Stage({ members: 4 });
    const node = await stage.start(0);
    const call = node.broadcastMany(numbers(1, 5_000));
    const outcome = call.then(
      (range) => range.delivered().catch((error: unknown) => error),
      (error: unknown) => error,
    );
    await node.close();
    expect(await outcome).toMatchObject({ code: 'ERR_CLOSED', definite: false });
  });
});

describe('reading by the batch', () => {
  async function filled(): Promise<RunningNode> {
    const node = await alone();
    await node.broadcastMany(numbers(1, 300), { waitFor: 'delivered' });
    await node.broadcast('m301', { waitFor: 'delivered' });
    return node;
  }

  test('gives every message once, in order', async () => {
    const node = await filled();
    expect(await messages(node.deliveryBatches(), 301)).toEqual(numbers(1, 301));
    expect(await messages(node.deliveryBatches({ from: 'd250' }), 51)).toEqual(numbers(251, 301));
    const next = messages(node.deliveryBatches({ from: 'now' }), 1);
    await node.broadcast('m302');
    expect(await next).toEqual(['m302']);
  });

  test('tells numbers and cursor, and the payloads once', async () => {
    const node = await filled();
    const { value } = await node.deliveryBatches({ from: 'd100' }).next();
    const batch = value as DeliveryBatch;
    expect(batch).toMatchObject({
      sender: node.id,
      senderName: node.name,
      firstSeq: 101,
      count: 200,
      cursor: 'd300',
    });
    expect(batch.payloads.length).toBe(200);
    expect(batch.payloads).toBe(batch.payloads);
    expect((await node.delivery({ sender: node.id, seq: 150 }))?.text()).toBe('m150');
    await batch.ack();
  });

  test('a consumer goes on behind the batch that it acknowledged, in either way of reading', async () => {
    const node = await filled();
    const reader = node.deliveryBatches({ consumer: 'ledger' });
    const { value } = await reader.next();
    await (value as DeliveryBatch).ack();
    expect(await errorOf(() => node.deliveries({ consumer: 'ledger' }))).toMatchObject({
      code: 'ERR_CONSUMER_BUSY',
    });
    await reader.return?.();
    expect(await take(node.deliveries({ consumer: 'ledger' }), 1)).toEqual(['m301']);
  });

  test('ends with the node', async () => {
    const node = await filled();
    const all = messages(node.deliveryBatches({ from: 'now' }), 1);
    await node.close();
    expect(await all).toEqual([]);
  });
});
