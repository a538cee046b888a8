import { describe, expect, onTestFinished, test } from 'vitest';
import { AssertionError, UsageError } from '../../src/base/index.ts';
import { MemoryStore, NAME_BYTES_MAX, type Store, type StoreRecord } from '../../src/node/store/index.ts';
import { DumbStore } from './dumb-store.ts';
import {
  COMMITTEE,
  openStore,
  payloadOf,
  SELF,
  sha256,
  someHistory,
  temporaryDirectory,
  told,
} from './kit.ts';

const [zero, one] = [COMMITTEE.member(0), COMMITTEE.member(1)];

const KINDS: readonly (readonly [string, () => Promise<Store>])[] = [
  ['file', () => openStore(temporaryDirectory())],
  [
    'memory',
    async () => {
      const store = new MemoryStore({ committee: COMMITTEE, self: SELF });
      onTestFinished(() => store.close());
      return store;
    },
  ],
];

describe.each(KINDS)('a %s store', (_, open) => {
  test('is empty at first', async () => {
    const store = await open();
    expect(store.logId).toHaveLength(16);
    expect(await told(store)).toEqual(new DumbStore([]).told());
    expect(store.restored()).toEqual(new DumbStore([]).memory());
    expect(store.failed).toBeUndefined();
    expect(store.entry(zero, 1)).toBeUndefined();
    expect(await store.payload(sha256(payloadOf('unknown', 0)))).toBeUndefined();
  });

  test('tells what the plainest reading of its records tells, after every turn', async () => {
    const store = await open();
    const soFar: StoreRecord[] = [];
    for (const turn of someHistory()) {
      for (const record of turn) store.append(record);
      soFar.push(...turn);
      await store.sync();
      expect(await told(store)).toEqual(new DumbStore(soFar).told());
    }
    expect(store.stats.records).toBe(soFar.length);
    expect(store.stats.syncs).toBe(someHistory().length);
  });

  test('shows the world only what is durable, and the member everything', async () => {
    const store = await open();
    const payload = payloadOf('pending', 100);
    const digest = sha256(payload);
    store.append({ kind: 'keep', digest, payload });
    store.append({ kind: 'delivered', sender: one, instance: 1, digest, firstSeq: 1, count: 2 });
    store.append({ kind: 'key', seq: 1, key: 'k', digest });
    expect(store.position).toBe(0);
    expect(store.deliveredCount).toBe(0);
    expect(await store.deliveries(1, 10)).toEqual([]);
    expect(store.find(one, 1)).toBeUndefined();
    expect(store.entry(one, 1)).toEqual({ digest, echo: undefined, firstSeq: 1, count: 2 });
    expect(store.keyOf('k')).toEqual({ seq: 1, digest });
    expect(await store.payload(digest)).toEqual(payload);

    await store.sync();
    expect(store.position).toBe(3);
    expect(store.deliveredCount).toBe(2);
    expect(await store.deliveries(1, 10)).toHaveLength(1);
    expect(store.find(one, 2)).toEqual({ instance: 1, number: 2 });
    expect(store.find(one, 3)).toBeUndefined();
    expect(await store.payload(digest)).toEqual(payload);
  });

  test('copies what it is given, but for payloads, which nobody writes to', async () => {
    const store = await open();
    const network = Buffer.from('a payload in the buffer of a socket');
    const payload = network.subarray(2, 9);
    const digest = sha256(payload);
    const shared = sha256(payload);
    store.append({ kind: 'keep', digest: shared, payload });
    store.append({
      kind: 'said',
      sender: one,
      instance: 1,
      statement: 'echo',
      digest: shared,
      firstSeq: 0,
      count: 0,
    });
    store.append({ kind: 'peer', member: one, logId: network.subarray(0, 16), position: 1 });
    network.fill(0, 0, 2);
    network.fill(0, 9);
    shared.fill(0);
    expect(Buffer.from(store.peers().get(one)?.logId ?? []).toString()).toBe('a payload in the');
    await store.sync();
    expect(Buffer.from((await store.payload(digest)) ?? []).toString()).toBe('payload');
    store.append({ kind: 'delivered', sender: one, instance: 1, digest, firstSeq: 1, count: 1 });
    expect(store.entry(one, 1)?.echo).toEqual(digest);
  });

  test('hands out copies', async () => {
    const store = await open();
    const payload = payloadOf('mine', 10);
    const digest = sha256(payload);
    store.append({ kind: 'keep', digest, payload });
    (await store.payload(digest))?.fill(0);
    await store.sync();
    (await store.payload(digest))?.fill(0);
    expect(await store.payload(digest)).toEqual(payload);
  });

  test('does not write what it knows', async () => {
    const store = await open();
    const turns = someHistory().flat();
    const again = turns.filter(({ kind }) => kind === 'keep' || kind === 'said');
    for (const record of turns) store.append(record);
    await store.sync();
    const { position } = store;
    // A READY of a delivered instance is not remembered one by one, so it is the exception.
    const remembered = again.filter((record) => record.kind !== 'said' || record.statement !== 'ready');
    for (const record of remembered) store.append(record);
    await store.sync();
    expect(store.position).toBe(position);
  });

  test('refuses a member that contradicts itself', async () => {
    const store = await open();
    const [a, b] = [payloadOf('a', 0), payloadOf('b', 0)];
    for (const payload of [a, b]) store.append({ kind: 'keep', digest: sha256(payload), payload });
    const echo = {
      kind: 'said',
      sender: one,
      instance: 3,
      statement: 'echo',
      firstSeq: 0,
      count: 0,
    } as const;
    store.append({ ...echo, digest: sha256(a) });
    expect(() => store.append({ ...echo, digest: sha256(b) })).toThrow(AssertionError);
    expect(() => store.append({ ...echo, instance: 4, digest: sha256(payloadOf('c', 0)) })).toThrow(
      /payload/,
    );

    const initial = {
      ...echo,
      sender: zero,
      instance: 1,
      statement: 'initial',
      firstSeq: 1,
      count: 2,
    } as const;
    store.append({ ...initial, digest: sha256(a) });
    expect(() => store.append({ ...initial, digest: sha256(b) })).toThrow(AssertionError);
    expect(() => store.append({ ...initial, instance: 3, firstSeq: 3, digest: sha256(b) })).toThrow(/next/);
    expect(() => store.append({ ...initial, instance: 2, firstSeq: 2, digest: sha256(b) })).toThrow(
      /misnumbers/,
    );

    const delivered = {
      kind: 'delivered',
      sender: one,
      instance: 2,
      digest: sha256(a),
      firstSeq: 1,
      count: 1,
    } as const;
    expect(() => store.append(delivered)).toThrow(/next/);
    expect(() => store.append({ ...delivered, instance: 1, firstSeq: 2 })).toThrow(/misnumbers/);
  });

  test('refuses names that could not be read back', async () => {
    const store = await open();
    const digest = sha256(payloadOf('x', 0));
    for (const key of ['', 'x'.repeat(NAME_BYTES_MAX + 1), 'half \ud83d']) {
      expect(() => store.append({ kind: 'key', seq: 1, key, digest })).toThrow(UsageError);
      expect(() => store.append({ kind: 'cursor', consumer: key, number: 1 })).toThrow(UsageError);
    }
    store.append({ kind: 'cursor', consumer: 'é😀'.repeat(100), number: 1 });
    expect(store.consumers().get('é😀'.repeat(100))).toBe(1);
  });

  test('hands over deliveries by whole instances, from the one asked for', async () => {
    const store = await open();
    for (let instance = 1; instance <= 5; instance += 1) {
      const payload = payloadOf(`batch ${instance}`, 100);
      const digest = sha256(payload);
      store.append({ kind: 'keep', digest, payload });
      store.append({
        kind: 'delivered',
        sender: one,
        instance,
        digest,
        firstSeq: 3 * instance - 2,
        count: 3,
      });
    }
    await store.sync();
    const instances = async (...asked: [number, number, number?]) =>
      (await store.deliveries(...asked)).map(({ instance }) => instance);
    expect(await instances(1, 1)).toEqual([1]);
    expect(await instances(1, 6)).toEqual([1, 2]);
    expect(await instances(3, 6)).toEqual([1, 2]);
    expect(await instances(3, 7)).toEqual([1, 2, 3]);
    expect(await instances(4, 100)).toEqual([2, 3, 4, 5]);
    expect(await instances(4, 100, 250)).toEqual([2, 3]);
    expect(await instances(4, 100, 1)).toEqual([2]);
    expect(await instances(15, 1)).toEqual([5]);
    expect(await instances(16, 1)).toEqual([]);
    expect(await instances(0, 1)).toEqual([]);
  });

  test('forgets what was restored at the first append, and takes nothing once closed', async () => {
    const store = await open();
    store.append({ kind: 'cursor', consumer: 'c', number: 1 });
    expect(() => store.restored()).toThrow(AssertionError);
    await Promise.all([store.close(), store.close()]);
    expect(() => store.append({ kind: 'cursor', consumer: 'c', number: 2 })).toThrow(
      expect.objectContaining({ code: 'ERR_CLOSED' }),
    );
    await expect(store.sync()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});
