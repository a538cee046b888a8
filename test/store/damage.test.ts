import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { QuorumcastError } from '../../src/node/errors.ts';
import { Catalog } from '../../src/node/store/catalog.ts';
import type { StoreRecord } from '../../src/node/store/index.ts';
import { recover } from '../../src/node/store/recovery.ts';
import { DumbStore } from './dumb-store.ts';
import { crashImage, HASTY_DISK } from './images.ts';
import { CLUSTER, COMMITTEE, openStore, SELF, someHistory, temporaryDirectory, told } from './kit.ts';

const OWNER = { cluster: CLUSTER, committee: COMMITTEE, self: SELF };
const HEADER_BYTES = 96;

type Outcome = { readonly groups: number } | QuorumcastError;

/** How many whole groups recovery finds in a file of these bytes, or its refusal. Anything else fails the test. */
async function outcome(
  dir: string,
  name: string,
  bytes: Buffer,
  groupEnds: readonly number[],
): Promise<Outcome> {
  try {
    const { end } = await recover(dir, [name], OWNER, new Catalog(COMMITTEE, SELF), async () => bytes);
    const groups = end === HEADER_BYTES ? 0 : groupEnds.indexOf(end) + 1;
    expect(end === HEADER_BYTES || groups > 0).toBe(true);
    return { groups };
  } catch (error) {
    if (error instanceof QuorumcastError) return error;
    throw error;
  }
}

/** A refusal that names the file and, if it is about damage, a byte at or before the damage's end. */
function expectRefusal(found: Outcome, path: string, until: number): void {
  expect(found).toBeInstanceOf(QuorumcastError);
  if (!(found instanceof QuorumcastError)) return;
  expect(found.message).toContain(path);
  expect(found.hint).not.toBe('');
  if (found.code === 'ERR_DATA_DIR') return;
  expect(found.code).toBe('ERR_STORAGE_CORRUPT');
  const byte = Number(/ at byte (\d+)/.exec(found.message)?.[1]);
  expect(byte).toBeLessThanOrEqual(until);
}

const DAMAGES: Record<string, (byte: number, index: number) => number> = {
  'one bit flipped': (byte, index) => (index === 0 ? byte ^ 0x10 : byte),
  'one byte inverted': (byte, index) => (index === 0 ? byte ^ 0xff : byte),
  'one byte zeroed': (byte, index) => (index === 0 ? 0 : byte),
  'sixteen bytes of garbage': (byte, index) => (index < 16 ? byte ^ (0x5a + index * 7) : byte),
  'forty bytes zeroed': (byte, index) => (index < 40 ? 0 : byte),
};

describe.each(['crashed', 'closed', 'resumed'] as const)('a log that was %s', (how) => {
  test.each(Object.entries(DAMAGES))(
    '%s, at every byte: nothing durable goes missing silently',
    async (_, damage) => {
      const dir = temporaryDirectory();
      const { name, bytes, ends } = await crashImage(dir, someHistory(), how);
      const all = ends.length;
      const lastGroupFrom = ends[all - 2] ?? HEADER_BYTES;
      for (let at = 0; at < bytes.length; at += 1) {
        const damaged = Buffer.from(bytes);
        for (let index = 0; at + index < damaged.length && index < 64; index += 1) {
          damaged[at + index] = damage(bytes[at + index] ?? 0, index);
        }
        const found = await outcome(dir, name, damaged, ends);
        const [first, last] = difference(bytes, damaged);
        if (first === -1) expect(found).toEqual({ groups: all });
        // The last group alone cannot be told from one that never became durable.
        else if (first >= lastGroupFrom) expect(found).toEqual({ groups: all - 1 });
        // Nor can the one before it, if the damage takes with it whatever proves that there was a later one.
        else if (last >= lastGroupFrom && 'groups' in found) expect(found).toEqual({ groups: all - 2 });
        else expectRefusal(found, join(dir, name), last);
      }
    },
  );

  test('cut short at every byte, with zeros behind or without: the whole groups before the cut', async () => {
    const dir = temporaryDirectory();
    const { name, bytes, ends } = await crashImage(dir, someHistory(), how);
    for (let length = 0; length <= bytes.length; length += 1) {
      const zeroed = Buffer.alloc(bytes.length + 64);
      bytes.copy(zeroed, 0, 0, length);
      for (const file of [bytes.subarray(0, length), zeroed]) {
        const found = await outcome(dir, name, file, ends);
        const kept =
          file === zeroed && zeroed.subarray(0, bytes.length).equals(bytes) ? bytes.length : length;
        const headerStands = zeroed.subarray(0, HEADER_BYTES).equals(bytes.subarray(0, HEADER_BYTES));
        if (kept < HEADER_BYTES && !(file === zeroed && headerStands)) {
          expectRefusal(found, join(dir, name), HEADER_BYTES);
        } else {
          expect(found).toEqual({ groups: wholeGroups(file, bytes, ends) });
        }
      }
    }
  });

  test('anything after its end: everything before', async () => {
    const dir = temporaryDirectory();
    const { name, bytes, ends } = await crashImage(dir, someHistory(), how);
    // Old bytes of the same log in a later place prove nothing was lost, but they cannot have come there by a crash.
    for (const tail of [Buffer.alloc(5, 0xff), Buffer.alloc(100_000, 0x4d), Buffer.from('4d41524b', 'hex')]) {
      const found = await outcome(dir, name, Buffer.concat([bytes, Buffer.alloc(50), tail]), ends);
      expect(found).toEqual({ groups: ends.length });
    }
  });
});

test('a damaged tail is cut durably, with a notice, and its sequence numbers are given again', async () => {
  const dir = temporaryDirectory();
  const history = someHistory();
  const { name, bytes, ends } = await crashImage(dir, history, 'crashed');
  const before = ends.at(-2) ?? 0;
  const target = join(temporaryDirectory(), 'data');
  mkdirSync(target);
  for (let at = before; at < bytes.length; at += 13) {
    const damaged = Buffer.concat([bytes, Buffer.alloc(1_000)]);
    damaged[at] = (damaged[at] ?? 0) ^ 0x40;
    writeFileSync(join(target, name), damaged);
    const notices: unknown[] = [];
    const store = await openStore(target, { disk: HASTY_DISK, onNotice: (notice) => notices.push(notice) });
    const left = history.slice(0, -1).flat();
    expect(notices).toEqual([
      {
        kind: 'tail-cut',
        path: join(target, name),
        offset: before,
        bytes: damaged.length - before,
        sequence: left.length + 1,
      },
    ]);
    expect(await told(store)).toEqual(new DumbStore(left).told());
    for (const record of history.at(-1) ?? []) store.append(record);
    await store.sync();
    await store.close();
    const again = await openStore(target, { disk: HASTY_DISK, onNotice: (notice) => notices.push(notice) });
    expect(notices).toHaveLength(1);
    expect(await told(again)).toEqual(new DumbStore(history.flat()).told());
    await again.close();
    rmSync(join(target, name));
  }
});

test('whatever was cut leaves nothing behind, however long it was', async () => {
  const dir = temporaryDirectory();
  const { name, bytes } = await crashImage(temporaryDirectory(), someHistory(), 'closed');
  writeFileSync(join(dir, name), Buffer.concat([bytes, Buffer.alloc(900_000, 0x5a)]));
  const store = await openStore(dir);
  store.append({ kind: 'cursor', consumer: 'c', number: 1 });
  await store.sync();
  expect(readFileSync(join(dir, name)).includes(Buffer.alloc(100, 0x5a))).toBe(false);
});

test('once a log was opened, all that was found in it counts as durable', async () => {
  const dir = temporaryDirectory();
  const history = someHistory();
  const { name, bytes, ends } = await crashImage(temporaryDirectory(), history, 'crashed');
  writeFileSync(join(dir, name), bytes);
  await openStore(dir);
  const sealed = readFileSync(join(dir, name));
  const at = (ends.at(-2) ?? 0) + 30;
  sealed[at] = (sealed[at] ?? 0) ^ 1;
  expectRefusal(await outcome(dir, name, sealed, ends), join(dir, name), at);
});

test('groups of two histories that went different ways do not mix', async () => {
  const cursor = (number: number): StoreRecord => ({ kind: 'cursor', consumer: 'c', number });
  const [ours, theirs] = await Promise.all(
    [5, 6].map((number) => {
      const groups = [[cursor(1)], [cursor(number)], [cursor(3)], [cursor(4)]];
      return crashImage(temporaryDirectory(), groups, 'crashed');
    }),
  );
  if (ours === undefined || theirs === undefined) throw new Error('there are two');
  const [, second = 0, third = 0] = ours.ends;
  const mixed = Buffer.from(ours.bytes);
  theirs.bytes.copy(mixed, second, second, third);
  const found = await outcome('/nowhere', ours.name, mixed, ours.ends);
  expectRefusal(found, join('/nowhere', ours.name), third);
  expect(found).toMatchObject({ message: expect.stringContaining('the chain is broken') });
});

/** Where the first and the last byte differ; -1 if none does. */
function difference(a: Buffer, b: Buffer): [number, number] {
  const differs = (byte: number, index: number): boolean => byte !== b[index];
  return [a.findIndex(differs), a.findLastIndex(differs)];
}

/** Of the groups that end at `ends`, those that `file` holds unchanged. */
function wholeGroups(file: Buffer, whole: Buffer, ends: readonly number[]): number {
  return ends.filter((end) => file.length >= end && file.subarray(0, end).equals(whole.subarray(0, end)))
    .length;
}
