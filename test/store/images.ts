import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DISK } from '../../src/node/store/disk.ts';
import { type Disk, FileStore, type StoreRecord } from '../../src/node/store/index.ts';
import { CLUSTER, COMMITTEE, SELF } from './kit.ts';

/** A disk that promises too much, for tests that kill no power: saves them thousands of syncs. */
export const HASTY_DISK: Disk = {
  ...DISK,
  sync: async () => undefined,
  syncDirectory: async () => undefined,
};

/** Name and bytes of every file of a log. */
export type Image = ReadonlyMap<string, Buffer>;

/** What a disk was asked, in order. */
export type DiskEvent =
  | { readonly do: 'write'; readonly name: string; readonly position: number; readonly bytes: Buffer }
  | { readonly do: 'sync'; readonly name: string }
  | { readonly do: 'remove'; readonly name: string }
  | { readonly do: 'rename'; readonly name: string; readonly to: string }
  | { readonly do: 'sync names' };

/** Carries out everything and remembers it. Syncs are only remembered. */
export class RecordingDisk implements Disk {
  readonly events: DiskEvent[] = [];
  readonly #names = new Map<number, string>();

  async open(path: string, how: 'existing' | 'new'): Promise<number> {
    const fd = await DISK.open(path, how);
    this.#names.set(fd, basename(path));
    return fd;
  }

  async write(fd: number, parts: readonly Uint8Array[], position: number): Promise<void> {
    const name = this.#names.get(fd) ?? '';
    this.events.push({ do: 'write', name, position, bytes: Buffer.concat(parts) });
    await DISK.write(fd, parts, position);
  }

  async sync(fd: number): Promise<void> {
    this.events.push({ do: 'sync', name: this.#names.get(fd) ?? '' });
  }

  async rename(from: string, to: string): Promise<void> {
    this.events.push({ do: 'rename', name: basename(from), to: basename(to) });
    await DISK.rename(from, to);
    for (const [fd, name] of this.#names) if (name === basename(from)) this.#names.set(fd, basename(to));
  }

  async syncDirectory(): Promise<void> {
    this.events.push({ do: 'sync names' });
  }

  async remove(path: string): Promise<void> {
    this.events.push({ do: 'remove', name: basename(path) });
    await DISK.remove(path);
  }

  async close(fd: number): Promise<void> {
    this.#names.delete(fd);
    await DISK.close(fd);
  }
}

/** `bytes` written over `file` at `position`, which grows as needed. */
export function overwrite(file: Buffer, position: number, bytes: Buffer): Buffer {
  const grown = Buffer.alloc(Math.max(file.length, position + bytes.length));
  file.copy(grown);
  bytes.copy(grown, position);
  return grown;
}

/** Puts files into a directory. */
export function lay(dir: string, image: Image): void {
  for (const [name, bytes] of image) writeFileSync(join(dir, name), bytes);
}

/**
 * A log of one segment, without the zeros at its end, and where its groups end: as a crash would leave it, or
 * closed, or taken up again after that for the last of the groups and then left by a crash.
 */
export async function crashImage(
  dir: string,
  groups: readonly (readonly StoreRecord[])[],
  how: 'crashed' | 'closed' | 'resumed',
): Promise<{ readonly name: string; readonly bytes: Buffer; readonly ends: readonly number[] }> {
  const identity = { logId: new Uint8Array(16).fill(0x1d), mark: 0x4d41524b };
  const disk = new RecordingDisk();
  const owner = { dir, cluster: CLUSTER, committee: COMMITTEE, self: SELF };
  let store = await FileStore.open({ ...owner, disk, identity });
  const ends = [];
  const name = 'log-0000000000000001.qcl';
  for (const [index, group] of groups.entries()) {
    if (how === 'resumed' && index === groups.length - 1) {
      await store.close();
      ends.push(lastEnd(disk.events));
      store = await FileStore.open({ ...owner, disk });
    }
    for (const record of group) store.append(record);
    await store.sync();
    ends.push(lastEnd(disk.events));
  }
  if (how === 'closed') {
    await store.close();
    ends.push(lastEnd(disk.events));
  }
  const bytes = readFileSync(join(dir, name)).subarray(0, ends.at(-1));
  await store.close();
  return { name, bytes: Buffer.from(bytes), ends };
}

function lastEnd(events: readonly DiskEvent[]): number {
  const last = events.findLast((event) => event.do === 'write');
  return last?.do === 'write' ? last.position + last.bytes.length : 0;
}
