import { close, fdatasync, open, writev } from 'node:fs';
import { open as openHandle, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';

const openFile = promisify(open);
const closeFile = promisify(close);
const syncData = promisify(fdatasync);

/** Most buffers in one writev: Linux allows 1,024. */
const PARTS_MAX = 1_024;

/** What the log asks of the file system to become durable. Tests put a failing one in its place. */
export interface Disk {
  /** Opens an existing file for writing, or makes a new one (which must not exist) with mode 0600. */
  open(path: string, how: 'existing' | 'new'): Promise<number>;
  /** Writes all of `parts` from byte `position` on. */
  write(fd: number, parts: readonly Uint8Array[], position: number): Promise<void>;
  /** Returns when what was written can survive a loss of power. */
  sync(fd: number): Promise<void>;
  /** Takes the place of what is at `to`, if anything is: at once, but not yet durably. */
  rename(from: string, to: string): Promise<void>;
  /** Returns when the names in `dir` can survive a loss of power. */
  syncDirectory(dir: string): Promise<void>;
  /** Removes a file, if it is there: at once, but not yet durably. */
  remove(path: string): Promise<void>;
  close(fd: number): Promise<void>;
}

/** The real one. */
export const DISK: Disk = {
  open: (path, how) => openFile(path, how === 'new' ? 'wx' : 'r+', 0o600),
  async write(fd, parts, position) {
    let rest = parts.filter((part) => part.length > 0);
    let at = position;
    while (rest.length > 0) {
      const written = await writeSome(fd, rest.slice(0, PARTS_MAX), at);
      at += written;
      rest = after(rest, written);
    }
  },
  sync: syncData,
  rename,
  async syncDirectory(dir) {
    const handle = await openHandle(dir, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  remove: (path) => rm(path, { force: true }),
  close: closeFile,
};

/** A write may end early, for instance when a signal comes: how many bytes it took. */
function writeSome(fd: number, parts: Uint8Array[], position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    writev(fd, parts, position, (error, written) => {
      if (error !== null) reject(error);
      else if (written === 0) reject(new Error('the file took no bytes'));
      else resolve(written);
    });
  });
}

/** What is left of `parts` after the first `count` bytes. */
function after(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  let skip = count;
  return parts.flatMap((part) => {
    const skipped = Math.min(skip, part.length);
    skip -= skipped;
    return skipped === part.length ? [] : [part.subarray(skipped)];
  });
}
