import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import type { FileStore, StoreNotice, StoreRecord } from '../../src/node/store/index.ts';
import { KEEP_ALL, type Retention } from '../../src/node/store/retention.ts';
import { DumbStore } from './dumb-store.ts';
import { HASTY_DISK } from './images.ts';
import {
  COMMITTEE,
  legible,
  openStore,
  payloadOf,
  Script,
  type Step,
  sha256,
  temporaryDirectory,
  told,
} from './kit.ts';

const SEGMENT_BYTES = 65_536;
const SMALL = { disk: HASTY_DISK, segmentBytes: SEGMENT_BYTES };
/** The longest group written here, and the summary before it. */
const GROUP_BYTES = 20_000;

function keeping(retention: Partial<Retention>) {
  return { ...SMALL, retention: { ...KEEP_ALL, ...retention } };
}

/** A log being written by turns: what was written, and the store. */
class Log {
  readonly written: StoreRecord[] = [];
  readonly script = new Script();

  async write(store: FileStore, turns: number, steps: () => Step[]): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      const records = steps().flatMap((step) => this.script.records(step));
      for (const record of records) store.append(record);
      this.written.push(...records);
      await store.sync();
      await store.trim();
    }
  }
}

const DELIVER_ONE = (): Step[] => [
  { do: 'initiate', bytes: 9_000, count: 1 },
  { do: 'deliver', sender: 0, count: 1, stray: false },
];

async function expectSame(store: FileStore, log: Log): Promise<void> {
  const { position: _, ...facts } = (await told(store)) as { position: number };
  expect(new DumbStore(log.written).told(store.firstNumber)).toMatchObject(facts);
}

function bytesIn(dir: string): number {
  const names = readdirSync(dir).filter((name) => name.endsWith('.qcl'));
  return names.reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
}

describe('retention by bytes', () => {
  test('keeps the disk bounded, tells what is left as before, and again after a restart', async () => {
    const dir = temporaryDirectory();
    const options = keeping({ bytes: 300_000 });
    const log = new Log();
    const store = await openStore(dir, options);
    for (let round = 0; round < 10; round += 1) {
      await log.write(store, 20, DELIVER_ONE);
      expect(bytesIn(dir)).toBe(store.bytesOnDisk);
      // Zeros are written ahead: at most as much as a segment takes.
      expect(store.bytesOnDisk).toBeLessThanOrEqual(300_000 + 3 * SEGMENT_BYTES);
    }
    expect(store.firstNumber).toBeGreaterThan(150);
    await expectSame(store, log);
    const { firstNumber } = store;
    await store.close();
    const again = await openStore(dir, options);
    expect(again.firstNumber).toBe(firstNumber);
    expect(legible(again.restored())).toEqual(legible(new DumbStore(log.written).memory()));
    await expectSame(again, log);
  });

  test.each([1, 2, 3, 4])('loses nothing that is open, whatever was said when (seed %i)', async (seed) => {
    const prng = new Prng(seed);
    const dir = temporaryDirectory();
    const options = keeping({ bytes: 150_000 });
    const log = new Log();
    const chance = (): Step[] =>
      Array.from({ length: 1 + prng.below(4) }, (): Step => {
        const sender = prng.below(4);
        const dice = prng.below(8);
        if (dice < 2)
          return {
            do: 'initiate',
            bytes: prng.below(GROUP_BYTES / 4),
            count: 1,
            key: `k${prng.below(1_000_000)}`,
          };
        if (dice === 2) return { do: 'peer', member: 1 + prng.below(3), position: prng.below(99) };
        if (dice === 3) return { do: 'cursor', consumer: `c${prng.below(3)}`, number: prng.below(99) };
        // What is said long before it is delivered, and what never is.
        if (dice < 6) return { do: prng.chance(1, 2) ? 'echo' : 'ready', sender, ahead: prng.below(6) };
        return { do: 'deliver', sender: prng.below(3), count: 1 + prng.below(3), stray: prng.chance(1, 4) };
      });
    for (let life = 0; life < 4; life += 1) {
      const store = await openStore(dir, options);
      expect(legible(store.restored())).toEqual(legible(new DumbStore(log.written).memory()));
      await expectSame(store, log);
      await log.write(store, 120, chance);
      await expectSame(store, log);
      await store.close();
    }
    const store = await openStore(dir, options);
    expect(store.firstNumber).toBeGreaterThan(1);
    // A key is known as long as its message is kept or not delivered yet.
    const delivered = new DumbStore(log.written).memory().streams[0]?.nextSeq ?? 0;
    for (const record of log.written) {
      if (record.kind !== 'key') continue;
      const number = store.find(COMMITTEE.member(0), record.seq)?.number ?? 0;
      if (record.seq >= delivered || number > 0) expect(store.keyOf(record.key)?.seq).toBe(record.seq);
    }
  });

  test('a delivery that is kept no more is a typed error, and its message known to have been delivered', async () => {
    const store = await openStore(temporaryDirectory(), keeping({ bytes: 150_000 }));
    const log = new Log();
    await log.write(store, 60, DELIVER_ONE);
    await expect(store.deliveries(1, 10)).rejects.toMatchObject({ code: 'ERR_RETENTION' });
    expect(store.find(COMMITTEE.member(0), 1)).toEqual({ instance: 0, number: 0 });
    expect(store.entry(COMMITTEE.member(0), 1)).toBeUndefined();
    expect(store.firstInstance(COMMITTEE.member(0))).toBe(store.firstNumber);
    expect((await store.deliveries(store.firstNumber, 1)).map(({ firstNumber }) => firstNumber)).toEqual([
      store.firstNumber,
    ]);
  });
});

test('what is kept for a delivery that has to wait for its turn is not dropped before', async () => {
  const store = await openStore(temporaryDirectory(), keeping({ bytes: 150_000 }));
  const payload = payloadOf('decided, and an earlier instance is missing', 500);
  const digest = sha256(payload);
  store.append({ kind: 'keep', digest, payload });
  await new Log().write(store, 60, DELIVER_ONE);
  expect(store.firstNumber).toBeGreaterThan(10);
  store.append({
    kind: 'delivered',
    sender: COMMITTEE.member(2),
    instance: 1,
    digest,
    firstSeq: 1,
    count: 1,
  });
  await store.sync();
  expect(legible(await store.payload(digest))).toBe(legible(payload));
});

test('retention by messages keeps at least as many, and not many more', async () => {
  const store = await openStore(temporaryDirectory(), keeping({ messages: 25 }));
  await new Log().write(store, 100, DELIVER_ONE);
  const kept = store.deliveredCount - store.firstNumber + 1;
  expect(kept).toBeGreaterThanOrEqual(25);
  expect(kept).toBeLessThanOrEqual(25 + 10);
});

test('retention by age goes by the wall clock, also where little is written', async () => {
  let now = 1_000_000;
  const options = { ...keeping({ ageMs: 10_000 }), nowMs: () => now };
  const store = await openStore(temporaryDirectory(), options);
  const log = new Log();
  for (let second = 0; second < 60; second += 1) {
    await log.write(store, 1, () => [
      { do: 'initiate', bytes: 10, count: 1 },
      { do: 'deliver', sender: 0, count: 1, stray: false },
    ]);
    now += 1_000;
  }
  const kept = store.deliveredCount - store.firstNumber + 1;
  expect(kept).toBeGreaterThanOrEqual(10);
  expect(kept).toBeLessThanOrEqual(14);
  now += 100_000;
  await store.trim();
  expect(store.firstNumber).toBeGreaterThan(store.deliveredCount - 3);
});

test('a consumer that lags holds back what it has not acknowledged, is told, and is passed over in the end', async () => {
  const notices: StoreNotice[] = [];
  const options = {
    ...keeping({ bytes: 150_000, laggardBytes: 400_000 }),
    onNotice: (notice: StoreNotice) => notices.push(notice),
  };
  const dir = temporaryDirectory();
  const store = await openStore(dir, options);
  const log = new Log();
  await log.write(store, 5, DELIVER_ONE);
  store.append({ kind: 'cursor', consumer: 'slow', number: 3 });
  await log.write(store, 35, DELIVER_ONE);
  expect(store.firstNumber).toBeLessThanOrEqual(4);
  expect(notices.filter(({ kind }) => kind === 'consumer-holds-back')).toHaveLength(1);
  expect(notices).toContainEqual(expect.objectContaining({ kind: 'consumer-holds-back', consumer: 'slow' }));

  await log.write(store, 60, DELIVER_ONE);
  expect(store.firstNumber).toBeGreaterThan(4);
  const lost = notices.reduce(
    (sum, notice) => sum + (notice.kind === 'consumer-passed-over' ? notice.lost : 0),
    0,
  );
  expect(lost).toBe(store.firstNumber - 4);
  expect(store.bytesOnDisk).toBeLessThanOrEqual(550_000 + 3 * SEGMENT_BYTES);

  // Once it has caught up, what it held back goes at once.
  store.append({ kind: 'cursor', consumer: 'slow', number: store.deliveredCount });
  await store.sync();
  await store.trim();
  expect(store.bytesOnDisk).toBeLessThanOrEqual(150_000 + 3 * SEGMENT_BYTES);
});

test('a summary that is damaged or contradicts what came before is refused, naming file and offset', async () => {
  const dir = temporaryDirectory();
  const store = await openStore(dir, SMALL);
  await new Log().write(store, 30, DELIVER_ONE);
  await store.close();
  const name =
    readdirSync(dir)
      .filter((file) => file.endsWith('.qcl'))
      .sort()[1] ?? '';
  const path = join(dir, name);
  const whole = readFileSync(path);
  const damaged = Buffer.from(whole);
  damaged[110] = (damaged[110] ?? 0) ^ 1;
  writeFileSync(path, damaged);
  await expect(openStore(dir, SMALL)).rejects.toMatchObject({
    code: 'ERR_STORAGE_CORRUPT',
    message: expect.stringContaining(`${path} is damaged at byte 96: its summary`),
  });
});
