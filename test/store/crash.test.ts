import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import type { StoreRecord } from '../../src/node/store/index.ts';
import { KEEP_ALL } from '../../src/node/store/retention.ts';
import { DumbStore } from './dumb-store.ts';
import { type DiskEvent, HASTY_DISK, type Image, lay, overwrite, RecordingDisk } from './images.ts';
import { legible, openStore, Script, type Step, temporaryDirectory, told } from './kit.ts';

/** What a disk writes as a whole or not at all. */
const SECTOR_BYTES = 512;

/** Records of one group after another, with payloads over many sectors and enough of them for several files. */
function groups(prng: Prng): StoreRecord[][] {
  const script = new Script();
  return Array.from({ length: 14 }, () => {
    const steps = Array.from({ length: 1 + prng.below(6) }, (): Step => {
      const sender = prng.below(4);
      if (prng.chance(1, 3)) return { do: 'initiate', bytes: prng.below(9_000), count: 1 };
      if (prng.chance(1, 2)) return { do: 'deliver', sender, count: 1 + prng.below(3), stray: false };
      return { do: prng.chance(1, 2) ? 'echo' : 'ready', sender, ahead: prng.below(3) };
    });
    return steps.flatMap((step) => script.records(step));
  }).filter((group) => group.length > 0);
}

/** What the files of a directory hold for sure, and what has been asked of them since. */
class Power {
  #durable: Image = new Map();
  #pending: DiskEvent[] = [];

  see(event: DiskEvent): void {
    if (event.do === 'write' || event.do === 'rename' || event.do === 'remove') this.#pending.push(event);
    else {
      const settles = ({ do: what, ...about }: DiskEvent): boolean =>
        event.do === 'sync names'
          ? what === 'rename' || what === 'remove'
          : 'name' in about && about.name === event.name && what === 'write';
      this.#durable = arrived(this.#durable, this.#pending.filter(settles), () => true);
      this.#pending = this.#pending.filter((one) => !settles(one));
    }
  }

  /** One of the states in which its loss may leave the files. */
  lose(prng: Prng): Image {
    // From "nothing arrived" to "everything did".
    const [share, of] = prng.pick([
      [0, 1],
      [1, 8],
      [1, 2],
      [7, 8],
      [1, 1],
    ] as const);
    return arrived(this.#durable, this.#pending, () => prng.chance(share, of));
  }
}

/** The files after those sectors and names of `events` have arrived for which `arrives` says so. */
function arrived(before: Image, events: readonly DiskEvent[], arrives: () => boolean): Image {
  const image = new Map(before);
  // Names first: a file may have its new one before its bytes have come.
  const names = new Map<string, string>();
  for (const event of events) {
    if (event.do !== 'rename' || !arrives()) continue;
    names.set(event.name, event.to);
    image.set(event.to, image.get(event.name) ?? Buffer.alloc(0));
    image.delete(event.name);
  }
  for (const event of events) if (event.do === 'remove' && arrives()) image.delete(event.name);
  for (const event of events) {
    if (event.do !== 'write') continue;
    const name = names.get(event.name) ?? event.name;
    for (let at = 0; at < event.bytes.length; ) {
      const until = Math.min(event.bytes.length, at + SECTOR_BYTES - ((event.position + at) % SECTOR_BYTES));
      if (arrives()) {
        const file = image.get(name) ?? Buffer.alloc(0);
        image.set(name, overwrite(file, event.position + at, event.bytes.subarray(at, until)));
      }
      at = until;
    }
  }
  return image;
}

test('after a loss of power at any moment: everything durable, in whole groups, and no refusal', async () => {
  const seed = 20_260;
  const prng = new Prng(seed);
  const work = join(temporaryDirectory(), 'work');
  let states = 0;
  for (let run = 0; run < 2; run += 1) {
    const disk = new RecordingDisk();
    const history = groups(prng);
    const store = await openStore(join(temporaryDirectory(), 'data'), { disk, segmentBytes: 65_536 });
    /** By group: how many events the disk had seen when it was called durable. */
    const durableAt: number[] = [];
    for (const group of history) {
      for (const record of group) store.append(record);
      await store.sync();
      durableAt.push(disk.events.length);
    }
    const power = new Power();
    for (const [index, event] of disk.events.entries()) {
      const least = durableAt.filter((at) => at <= index).length;
      for (let state = 0; state < 3; state += 1) {
        states += 1;
        mkdirSync(work);
        lay(work, power.lose(prng));
        await expectPrefix(work, history, least, `seed ${seed}, run ${run}, event ${index}, state ${state}`);
        rmSync(work, { recursive: true });
      }
      power.see(event);
    }
  }
  expect(states).toBeGreaterThan(200);
});

test('after a loss of power while old segments are dropped: all that was said, and what is kept can be read', async () => {
  const seed = 20_261;
  const prng = new Prng(seed);
  const work = join(temporaryDirectory(), 'work');
  const disk = new RecordingDisk();
  const history: StoreRecord[][] = [];
  const script = new Script();
  for (let turn = 0; turn < 45; turn += 1) {
    const steps: Step[] = [
      { do: 'initiate', bytes: 1_000 + prng.below(9_000), count: 1 },
      { do: 'echo', sender: 1, ahead: prng.below(3) },
      { do: 'ready', sender: 2, ahead: prng.below(3) },
      { do: 'deliver', sender: prng.below(4), count: 1 + prng.below(3), stray: false },
    ];
    history.push(steps.flatMap((step) => script.records(step)));
  }
  const retention = { ...KEEP_ALL, bytes: 150_000 };
  const options = { disk, segmentBytes: 65_536, retention };
  const store = await openStore(join(temporaryDirectory(), 'data'), options);
  const durableAt: number[] = [];
  for (const group of history) {
    for (const record of group) store.append(record);
    await store.sync();
    await store.trim();
    durableAt.push(disk.events.length);
  }
  expect(store.firstNumber).toBeGreaterThan(1);
  const power = new Power();
  for (const [index, event] of disk.events.entries()) {
    const least = durableAt.filter((at) => at <= index).length;
    mkdirSync(work);
    lay(work, power.lose(prng));
    await expectSuffix(work, history, least, `seed ${seed}, event ${index}`);
    rmSync(work, { recursive: true });
    power.see(event);
  }
});

async function expectSuffix(
  dir: string,
  history: StoreRecord[][],
  least: number,
  which: string,
): Promise<void> {
  const store = await openStore(dir, { disk: HASTY_DISK, segmentBytes: 65_536 }).catch((error: unknown) => {
    throw new Error(`${which}: refused`, { cause: error });
  });
  const memory = legible(store.restored());
  const candidates = [least, least + 1].map((count) => new DumbStore(history.slice(0, count).flat()));
  const found = candidates.find((dumb) => JSON.stringify(legible(dumb.memory())) === JSON.stringify(memory));
  expect(found, which).toBeDefined();
  const { position: _, ...facts } = (await told(store)) as { position: number };
  expect(found?.told(store.firstNumber), which).toMatchObject(facts);
  await store.close();
}

async function expectPrefix(
  dir: string,
  history: StoreRecord[][],
  least: number,
  which: string,
): Promise<void> {
  const store = await openStore(dir, { disk: HASTY_DISK, segmentBytes: 65_536 }).catch((error: unknown) => {
    throw new Error(`${which}: refused`, { cause: error });
  });
  const prefixes = history.map((_, index) => history.slice(0, index + 1).flat().length);
  const groupsFound = store.position === 0 ? 0 : prefixes.indexOf(store.position) + 1;
  expect(groupsFound, which).toBeGreaterThanOrEqual(least);
  expect(groupsFound, which).toBeLessThanOrEqual(least + 1);
  expect(await told(store), which).toEqual(new DumbStore(history.slice(0, groupsFound).flat()).told());
  await store.close();
}
