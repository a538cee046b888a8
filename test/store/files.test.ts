import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Committee } from '../../src/committee/index.ts';
import type { FileStore, StoreRecord } from '../../src/node/store/index.ts';
import { DumbStore } from './dumb-store.ts';
import { HASTY_DISK, RecordingDisk } from './images.ts';
import {
  CLUSTER,
  COMMITTEE,
  legible,
  openStore,
  payloadOf,
  Script,
  SELF,
  sha256,
  temporaryDirectory,
  told,
} from './kit.ts';

const SMALL = { disk: HASTY_DISK, segmentBytes: 65_536 };

/** Writes until the log has at least this many segments; what was written. */
async function fill(
  store: FileStore,
  dir: string,
  segments: number,
  script = new Script(),
): Promise<StoreRecord[]> {
  const written = [];
  while (logFiles(dir).length < segments) {
    const records = [
      ...script.records({ do: 'initiate', bytes: 9_000, count: 1 }),
      ...script.records({ do: 'deliver', sender: 0, count: 1, stray: false }),
    ];
    for (const record of records) store.append(record);
    written.push(...records);
    await store.sync();
  }
  return written;
}

function logFiles(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.qcl'))
    .sort();
}

function bytesOf(dir: string): number {
  return logFiles(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}

/** A closed log of four segments. */
async function fourSegments(): Promise<{ dir: string; names: string[]; written: StoreRecord[] }> {
  const dir = temporaryDirectory();
  const store = await openStore(dir, SMALL);
  const written = await fill(store, dir, 4);
  await store.close();
  return { dir, names: logFiles(dir), written };
}

describe('segments', () => {
  test('are begun when one is full, named by their first record, and read back as one log', async () => {
    const dir = temporaryDirectory();
    const script = new Script();
    let store = await openStore(dir, SMALL);
    const written = await fill(store, dir, 3, script);
    await store.close();
    store = await openStore(dir, SMALL);
    written.push(...(await fill(store, dir, 5, script)));
    expect(await told(store)).toEqual(new DumbStore(written).told());
    expect(logFiles(dir)[0]).toBe('log-0000000000000001.qcl');
    expect(store.bytesOnDisk).toBe(
      logFiles(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0),
    );
  });

  test('hold zeros ahead of short groups, and none between long ones', async () => {
    const disk = new RecordingDisk();
    const store = await openStore(temporaryDirectory(), { disk });
    let number = 0;
    const group = async (bytes: number): Promise<number> => {
      const before = disk.events.length;
      const payload = payloadOf(`group ${number}`, bytes);
      store.append({ kind: 'keep', digest: sha256(payload), payload });
      store.append({ kind: 'cursor', consumer: 'c', number });
      number += 1;
      await store.sync();
      const writes = disk.events.slice(before).filter((event) => event.do === 'write');
      return writes.reduce((sum, event) => sum + event.bytes.length, 0);
    };
    // The first ones fill what a segment begins with.
    await group(200_000);
    expect(await group(200_000)).toBeGreaterThan(400_000);
    for (let round = 0; round < 6; round += 1) {
      const written = (await group(600_000)) + (await group(100));
      if (round > 2) expect(written).toBeLessThan(602_000);
    }
    let written = 0;
    for (let round = 0; round < 24; round += 1) written += await group(10_000);
    expect(written).toBeGreaterThan(24 * 10_000 + 262_144);
    await store.close();
  });

  test('grow beyond their length for the group that fills them', async () => {
    const dir = temporaryDirectory();
    const store = await openStore(dir, SMALL);
    const payload = payloadOf('huge', 3_000_000);
    const digest = sha256(payload);
    store.append({ kind: 'cursor', consumer: 'before', number: 1 });
    await store.sync();
    store.append({ kind: 'keep', digest, payload });
    await store.sync();
    expect(store.bytesOnDisk).toBe(bytesOf(dir));
    store.append({ kind: 'cursor', consumer: 'after', number: 1 });
    await store.sync();
    expect(store.bytesOnDisk).toBe(bytesOf(dir));
    await store.close();
    expect(logFiles(dir)).toHaveLength(2);
    const again = await openStore(dir, SMALL);
    expect(legible(await again.payload(digest))).toBe(legible(payload));
    expect([...again.consumers().keys()]).toEqual(['before', 'after']);
  });

  test.each([1, 2])('number %i missing: refused, naming the files', async (missing) => {
    const { dir, names } = await fourSegments();
    rmSync(join(dir, names[missing] ?? ''));
    const named = names[missing + 1];
    await expect(openStore(dir, SMALL)).rejects.toMatchObject({
      code: 'ERR_STORAGE_CORRUPT',
      message: expect.stringContaining(named ?? 'nothing'),
    });
  });

  test('a damaged byte in any but the last: refused, naming file and offset; reading a payload there too', async () => {
    const { dir, names, written } = await fourSegments();
    const store = await openStore(dir, SMALL);
    const path = join(dir, names[1] ?? '');
    const bytes = readFileSync(path);
    bytes[5_000] = (bytes[5_000] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const kept = written.flatMap((record) => (record.kind === 'keep' ? [record.digest] : []));
    const read = await Promise.allSettled(kept.map((digest) => store.payload(digest)));
    const failed = read.filter(({ status }) => status === 'rejected');
    const about = {
      code: 'ERR_STORAGE_CORRUPT',
      message: expect.stringMatching(`${path} is damaged at byte \\d+`),
    };
    expect(failed).toEqual([{ status: 'rejected', reason: expect.objectContaining(about) }]);
    await store.close();
    await expect(openStore(dir, SMALL)).rejects.toMatchObject(about);
  });

  test('of two histories of one log do not mix', async () => {
    const { dir, written } = await fourSegments();
    const other = temporaryDirectory();
    for (const name of logFiles(dir)) copyFileSync(join(dir, name), join(other, name));
    // Both go on from the same point with records of the same lengths: one of them differs.
    for (const [number, where] of [dir, other].entries()) {
      const script = new Script();
      for (const { kind } of written) {
        if (kind === 'said') script.records({ do: 'initiate', bytes: 9_000, count: 1 });
        if (kind === 'delivered') script.records({ do: 'deliver', sender: 0, count: 1, stray: false });
      }
      const store = await openStore(where, SMALL);
      store.append({ kind: 'cursor', consumer: 'c', number });
      await fill(store, where, 6, script);
      await store.close();
    }
    expect(logFiles(dir)).toEqual(logFiles(other));
    const last = logFiles(other).at(-1) ?? '';
    copyFileSync(join(other, last), join(dir, last));
    const message = expect.stringMatching(`the log goes on at record \\d+ in .*${last}`);
    await expect(openStore(dir, SMALL)).rejects.toMatchObject({ code: 'ERR_STORAGE_CORRUPT', message });
  });

  test('under another name, or of another log, are refused', async () => {
    const { dir, names } = await fourSegments();
    const stranger = await fourSegments();
    const last = join(dir, names[3] ?? '');
    copyFileSync(join(stranger.dir, stranger.names[3] ?? ''), last);
    await expect(openStore(dir, SMALL)).rejects.toMatchObject({
      message: expect.stringContaining('another log'),
    });
    renameSync(last, join(dir, 'log-00000000000fffff.qcl'));
    await expect(openStore(dir, SMALL)).rejects.toMatchObject({ message: expect.stringContaining('name') });
  });

  test('whose making was cut short are made again', async () => {
    const dir = temporaryDirectory();
    writeFileSync(join(dir, 'log-0000000000000001.qcl.new'), 'half a hea');
    const store = await openStore(dir, SMALL);
    const written = await fill(store, dir, 2);
    await store.close();
    const next = `log-${(written.length + 1).toString(16).padStart(16, '0')}.qcl.new`;
    writeFileSync(join(dir, next), Buffer.alloc(9_999));
    await openStore(dir, SMALL);
    expect(readdirSync(dir).filter((name) => name.endsWith('.new'))).toEqual([]);
  });
});

describe('the data directory', () => {
  test('is made with its files for this user alone', async () => {
    const dir = join(temporaryDirectory(), 'a', 'b');
    await openStore(dir, SMALL);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const name of [...logFiles(dir), 'lock']) expect(statSync(join(dir, name)).mode & 0o077).toBe(0);
  });

  test('belongs to one cluster and one member', async () => {
    const dir = temporaryDirectory();
    await (await openStore(dir, SMALL)).close();
    const foreign = [
      [{ cluster: new Uint8Array(32) }, /belongs to cluster c5c5c5c5c5c5c5c5…, not to 0000000000000000…/],
      [{ self: COMMITTEE.member(2) }, /belongs to member 0, not to 2/],
    ] as const;
    for (const [more, message] of foreign) {
      const about = {
        code: 'ERR_DATA_DIR',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(/./),
      };
      await expect(openStore(dir, { ...SMALL, ...more })).rejects.toMatchObject(about);
    }
    const committee = new Committee(4, 1);
    await openStore(dir, { ...SMALL, cluster: CLUSTER, committee, self: SELF });
  });

  test('written by a later version is left alone', async () => {
    const dir = temporaryDirectory();
    await (await openStore(dir, SMALL)).close();
    const path = join(dir, 'log-0000000000000001.qcl');
    const bytes = readFileSync(path);
    bytes[9] = 3;
    writeFileSync(path, bytes);
    await expect(openStore(dir, SMALL)).rejects.toMatchObject({
      code: 'ERR_DATA_DIR',
      message: expect.stringContaining('version 3'),
    });
    expect(readFileSync(path).equals(bytes)).toBe(true);
  });

  test('that is no directory, or cannot be written, is refused clearly', async () => {
    const dir = temporaryDirectory();
    const file = join(dir, 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'below')]) {
      await expect(openStore(path)).rejects.toMatchObject({
        code: 'ERR_DATA_DIR',
        message: expect.stringContaining(path),
      });
    }
    const closed = join(dir, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    // The superuser may write everywhere.
    if (process.getuid?.() !== 0)
      await expect(openStore(closed)).rejects.toMatchObject({ code: 'ERR_DATA_DIR' });
  });

  test('is not opened twice by one process, and free again after closing', async () => {
    const dir = temporaryDirectory();
    const store = await openStore(dir, SMALL);
    await expect(openStore(dir, SMALL)).rejects.toMatchObject({
      code: 'ERR_DATA_DIR_LOCKED',
      message: expect.stringContaining(`process ${process.pid}`),
      hint: expect.stringContaining(`ps -p ${process.pid}`),
    });
    await store.close();
    await openStore(dir, SMALL);
  });

  test('is free again after a start that was refused', async () => {
    const dir = temporaryDirectory();
    await (await openStore(dir, SMALL)).close();
    await expect(openStore(dir, { ...SMALL, self: COMMITTEE.member(1) })).rejects.toMatchObject({
      code: 'ERR_DATA_DIR',
    });
    await openStore(dir, SMALL);
  });

  test('may have a path longer than the address of a socket', async () => {
    const dir = join(temporaryDirectory(), 'd'.repeat(90), 'e'.repeat(90));
    const store = await openStore(dir, SMALL);
    await expect(openStore(dir, SMALL)).rejects.toMatchObject({ code: 'ERR_DATA_DIR_LOCKED' });
    await store.close();
    await openStore(dir, SMALL);
  });

  test('stays held while something connects to its lock', async () => {
    const dir = temporaryDirectory();
    await openStore(dir, SMALL);
    const socket = connect(join(dir, 'lock-1'));
    await new Promise((resolve) => socket.once('close', resolve));
    await expect(openStore(dir, SMALL)).rejects.toMatchObject({ code: 'ERR_DATA_DIR_LOCKED' });
  });
});
