import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DISK } from '../../src/node/store/disk.ts';
import type { Disk, Store, StoreRecord } from '../../src/node/store/index.ts';
import { DumbStore } from './dumb-store.ts';
import { RecordingDisk } from './images.ts';
import { openStore, payloadOf, sha256, someHistory, temporaryDirectory, told } from './kit.ts';

/** A disk whose next write or sync fails. The one after it succeeds, as kernels make it do. */
class FailingDisk implements Disk {
  failing: 'write' | 'sync' | undefined;
  writes = 0;
  readonly open = DISK.open;
  readonly close = DISK.close;
  readonly rename = DISK.rename;
  readonly remove = DISK.remove;
  readonly syncDirectory = DISK.syncDirectory;

  async write(fd: number, parts: readonly Uint8Array[], position: number): Promise<void> {
    this.#fail('write', 'ENOSPC');
    this.writes += 1;
    await DISK.write(fd, parts, position);
  }

  async sync(fd: number): Promise<void> {
    this.#fail('sync', 'EIO');
    await DISK.sync(fd);
  }

  #fail(what: 'write' | 'sync', code: string): void {
    if (this.failing !== what) return;
    this.failing = undefined;
    throw Object.assign(new Error(`${code}: as the test wants it`), { code });
  }
}

function cursor(number: number): StoreRecord {
  return { kind: 'cursor', consumer: 'c', number };
}

test.each(['write', 'sync'] as const)(
  'the first failed %s is the last: no retry, no more writes',
  async (what) => {
    const dir = temporaryDirectory();
    const disk = new FailingDisk();
    const store = await openStore(dir, { disk });
    const payload = payloadOf('kept before', 1_000);
    store.append({ kind: 'keep', digest: sha256(payload), payload });
    await store.sync();
    const { position } = store;

    const later = payloadOf('never durable', 1_000);
    store.append({ kind: 'keep', digest: sha256(later), payload: later });
    disk.failing = what;
    const waiting = [store.sync(), store.sync()];
    const next = (async () => {
      await Promise.allSettled(waiting);
      await store.sync();
    })();
    for (const result of await Promise.allSettled([...waiting, next])) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'ERR_STORAGE_FAILED', definite: false },
      });
    }
    expect(store.failed).toMatchObject({ code: 'ERR_STORAGE_FAILED', message: expect.stringContaining(dir) });

    disk.failing = undefined;
    const { writes } = disk;
    store.append(cursor(1));
    await expect(store.sync()).rejects.toBe(store.failed);
    expect(store.position).toBe(position);
    expect(await store.payload(sha256(payload))).toEqual(payload);
    expect(await store.payload(sha256(later))).toEqual(later);
    await store.close();
    expect(disk.writes).toBe(writes);

    const again = await openStore(dir);
    expect(again.position).toBeGreaterThanOrEqual(position);
    expect(await again.payload(sha256(payload))).toEqual(payload);
  },
);

test('a failure fails those who waited for the next commit too', async () => {
  const disk = new FailingDisk();
  const store = await openStore(temporaryDirectory(), { disk });
  disk.failing = 'sync';
  store.append(cursor(1));
  const first = store.sync();
  await Promise.resolve();
  await Promise.resolve();
  store.append(cursor(2));
  const second = store.sync();
  await expect(first).rejects.toMatchObject({ code: 'ERR_STORAGE_FAILED' });
  await expect(second).rejects.toBe(store.failed);
});

test('a start on a disk that cannot sync is refused', async () => {
  const disk = new FailingDisk();
  disk.failing = 'sync';
  await expect(openStore(temporaryDirectory(), { disk })).rejects.toMatchObject({ code: 'ERR_DATA_DIR' });
});

test('many callers share one write and one sync, and the next commit gathers meanwhile', async () => {
  const disk = new RecordingDisk();
  const store = await openStore(temporaryDirectory(), { disk });
  const before = disk.events.length;
  const waiting: Promise<void>[] = [];
  for (let number = 1; number <= 50; number += 1) {
    store.append(cursor(number));
    waiting.push(store.sync());
  }
  const first = Promise.all(waiting);
  await Promise.resolve();
  await Promise.resolve();
  for (let number = 51; number <= 100; number += 1) {
    store.append(cursor(number));
    waiting.push(store.sync());
  }
  await first;
  expect(store.position).toBeGreaterThanOrEqual(50);
  await Promise.all(waiting);
  expect(store.position).toBe(100);
  expect(disk.events.slice(before).map((event) => event.do)).toEqual(['write', 'sync', 'write', 'sync']);
});

test('a sync with nothing to do does nothing, but waits for what is under way', async () => {
  const disk = new RecordingDisk();
  const store = await openStore(temporaryDirectory(), { disk });
  const before = disk.events.length;
  await store.sync();
  expect(disk.events.length).toBe(before);
  store.append(cursor(1));
  void store.sync();
  await store.sync();
  expect(store.position).toBe(1);
});

test('payloads can be read before, while and after they are written', async () => {
  const store = await openStore(temporaryDirectory());
  const payloads = Array.from({ length: 40 }, (_, index) => payloadOf(`payload ${index}`, index * 9_000));
  const reads: Promise<boolean>[] = [];
  const holds = async (from: Store, payload: Uint8Array) =>
    Buffer.from((await from.payload(sha256(payload))) ?? []).equals(payload);
  for (const [index, payload] of payloads.entries()) {
    store.append({ kind: 'keep', digest: sha256(payload), payload });
    const synced = store.sync();
    for (const earlier of payloads.slice(0, index + 1)) reads.push(holds(store, earlier));
    if (index % 3 === 0) await synced;
  }
  expect((await Promise.all(reads)).every(Boolean)).toBe(true);
});

test('closing makes durable what was appended', async () => {
  const dir = temporaryDirectory();
  const store = await openStore(dir);
  const records = someHistory().flat();
  for (const record of records) store.append(record);
  await store.close();
  expect(await told(await openStore(dir))).toEqual(new DumbStore(records).told());
});

test('a write is finished when the kernel takes only a part of it at once', async () => {
  const path = join(temporaryDirectory(), 'file');
  // More buffers than one call takes; some of them empty.
  const parts = Array.from({ length: 3_000 }, (_, index) => Buffer.from(index % 5 === 0 ? '' : `${index},`));
  const fd = await DISK.open(path, 'new');
  await DISK.write(fd, parts, 7);
  await DISK.close(fd);
  expect(readFileSync(path).equals(Buffer.concat([Buffer.alloc(7), ...parts]))).toBe(true);
});
