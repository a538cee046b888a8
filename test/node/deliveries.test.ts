import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Delivery, RunningNode } from '../../src/node/index.ts';
import { alone, errorOf, Stage, take, turns } from './kit.ts';

async function deliver(node: RunningNode, ...texts: readonly string[]): Promise<Delivery[]> {
  const broadcasts = await Promise.all(texts.map((text) => node.broadcast(text)));
  return Promise.all(broadcasts.map((broadcast) => broadcast.delivered()));
}

describe('a reader begins', () => {
  test('at the start, now, or behind a cursor', async () => {
    const node = await alone();
    const [, second] = await deliver(node, 'a', 'b', 'c');
    expect(await take(node.deliveries(), 3)).toEqual(['a', 'b', 'c']);
    expect(await take(node.deliveries({ from: 'start' }), 1)).toEqual(['a']);
    expect(await take(node.deliveries({ from: second?.cursor ?? '' }), 1)).toEqual(['c']);
    expect(await take(node.deliveries({ from: 'd0' }), 1)).toEqual(['a']);
    const fresh = take(node.deliveries({ from: 'now' }), 1);
    await node.broadcast('d');
    expect(await fresh).toEqual(['d']);
  });

  test.each(['', 'd', 'd01', 'd4', 'd-1', 'd1e3', 'd99999999999999999999', 'nowhere'])(
    'not at %j',
    async (from) => {
      const node = await alone();
      await deliver(node, 'a', 'b', 'c');
      const error = await errorOf(() => node.deliveries({ from }));
      expect(error).toMatchObject({ code: 'ERR_CURSOR', definite: true, retryable: false });
      expect(error.message).toContain('d0 to d3');
      expect(error.hint).not.toBe('');
    },
  );
});

describe('a named consumer', () => {
  test('goes on behind what it acknowledged, also after a restart', async () => {
    const stage = new Stage({ members: 1 });
    const dataDir = join(stage.folder, 'data');
    const first = await stage.start(0, { dataDir });
    await deliver(first, 'a', 'b', 'c');
    for await (const delivery of first.deliveries({ consumer: 'ledger' })) {
      if (delivery.text() === 'c') break;
      await delivery.ack();
    }
    expect(await take(first.deliveries({ consumer: 'ledger' }), 1)).toEqual(['c']);
    await first.close();
    const second = await stage.start(0, { dataDir });
    await deliver(second, 'd');
    expect(await take(second.deliveries({ consumer: 'ledger' }), 2)).toEqual(['c', 'd']);
    expect(await take(second.deliveries({ consumer: 'another' }), 1)).toEqual(['a']);
    expect(await take(second.deliveries({ consumer: 'ledger', from: 'start' }), 1)).toEqual(['a']);
  });

  test('acknowledges once and never backwards', async () => {
    const node = await alone();
    await deliver(node, 'a', 'b', 'c');
    const reader = node.deliveries({ consumer: 'c' });
    const [first, second] = [(await reader.next()).value, (await reader.next()).value];
    await second?.ack();
    await first?.ack();
    await second?.ack();
    await reader.return?.();
    expect(await take(node.deliveries({ consumer: 'c' }), 1)).toEqual(['c']);
    // Without a name there is nothing to move.
    for await (const delivery of node.deliveries()) {
      await delivery.ack();
      break;
    }
  });

  test('has one reader at a time, until that ends in whatever way', async () => {
    const node = await alone();
    await deliver(node, 'a', 'b');
    const open = (): AsyncIterableIterator<Delivery> => node.deliveries({ consumer: 'c' });
    const reader = open();
    const error = await errorOf(open);
    expect(error).toMatchObject({ code: 'ERR_CONSUMER_BUSY', definite: true, retryable: true });
    expect(error.hint).not.toBe('');
    await reader.return?.();
    for await (const delivery of open()) if (delivery.text() === 'a') break;
    const failing = async (): Promise<void> => {
      for await (const delivery of open()) throw new Error(delivery.text());
    };
    await expect(failing()).rejects.toThrow('a');
    const controller = new AbortController();
    const aborted = node.deliveries({ consumer: 'c', from: 'now', signal: controller.signal });
    const next = aborted.next();
    controller.abort();
    expect((await next).done).toBe(true);
    const disposed = node.deliveries({ consumer: 'c' });
    await disposed[Symbol.asyncDispose]();
    // A cursor that is refused leaves the name free.
    await errorOf(() => node.deliveries({ consumer: 'c', from: 'd77' }));
    await open().return?.();
  });

  test.each(['', 'x'.repeat(1_025), 'é'.repeat(513), 'half \ud83d'])('is not called %j', async (consumer) => {
    const node = await alone();
    expect(await errorOf(() => node.deliveries({ consumer }))).toMatchObject({ code: 'ERR_USAGE' });
  });
});

describe('reading ends', () => {
  test('when the node closes, for those who wait and those who come later', async () => {
    const node = await alone();
    await deliver(node, 'a');
    const texts: string[] = [];
    const reading = (async () => {
      for await (const delivery of node.deliveries()) texts.push(delivery.text());
    })();
    const waiting = node.deliveries({ from: 'now' }).next();
    await turns();
    await node.close();
    await reading;
    expect(texts).toEqual(['a']);
    expect((await waiting).done).toBe(true);
    expect((await node.deliveries().next()).done).toBe(true);
  });

  test('in the middle of a page when the node closes, and never with an error', async () => {
    const stage = new Stage({ members: 1 });
    const node = await stage.start(0, { dataDir: join(stage.folder, 'data') });
    await deliver(node, ...Array.from({ length: 700 }, (_, i) => `${i}`));
    const readers = Array.from({ length: 5 }, () => node.deliveries());
    let read = 0;
    const reading = readers.map(async (reader) => {
      for await (const _ of reader) read += 1;
    });
    await Promise.all(readers.slice(0, 1).map((reader) => reader.next()));
    const closing = node.close();
    await Promise.all(reading);
    await closing;
    expect(read).toBeLessThan(3_500);
  });

  test('for a call of next that waits, when somebody returns', async () => {
    const node = await alone();
    const reader = node.deliveries();
    const waiting = reader.next();
    await reader.return?.();
    expect((await waiting).done).toBe(true);
    expect((await reader.next()).done).toBe(true);
  });
});

describe('one message', () => {
  test('is found by sender and number', async () => {
    const node = await alone();
    const [first] = await deliver(node, 'a', 'b');
    expect((await node.delivery({ sender: node.id, seq: 2 }))?.text()).toBe('b');
    expect(await node.delivery({ sender: node.id, seq: 3 })).toBeUndefined();
    expect(() => first?.json()).toThrow(SyntaxError);
  });

  test.each([
    [{ sender: 7, seq: 1 }],
    [{ sender: -1, seq: 1 }],
    [{ sender: 0, seq: 0 }],
    [{ sender: 0, seq: 1.5 }],
    [{ sender: 'p0', seq: 1 }],
    [{ sender: 0, seq: '1' }],
    [{}],
  ])('%j is nobody and nothing', async (ref) => {
    const node = await alone();
    await deliver(node, 'a');
    // What a caller without types may pass.
    const given = JSON.parse(JSON.stringify(ref));
    expect(await node.delivery(given)).toBeUndefined();
    expect(node.inspect(given)).toBeUndefined();
  });

  test('holds text, JSON or neither', async () => {
    const node = await alone();
    const [json, marked, bytes] = await deliver(node, '{"a":[1]}', '\ufeff{"a":2}', '');
    expect(json?.json()).toEqual({ a: [1] });
    expect(marked?.json()).toEqual({ a: 2 });
    expect(marked?.text()).toBe('\ufeff{"a":2}');
    expect(() => bytes?.json()).toThrow(SyntaxError);
  });
});
