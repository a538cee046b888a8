// Disks that fail as real ones do, to stand under the log of a member.
import { setTimeout as pause } from 'node:timers/promises';
import { DISK } from '../../dist/node/store/disk.js';

/** @import { Disk } from '../../dist/node/store/index.js' */

/** How long a sync of the volatile disk takes besides. */
const SYNC_MS = 5;
/** How much later than it says the lying disk writes. */
const LIE_MS = 300;

/**
 * Keeps in this process what is not synced yet: `kill -9`, to which a kernel would be no witness, costs it what a
 * loss of power costs a real disk. Syncs take a while, as they do there.
 * @returns {Disk}
 */
export function volatileDisk() {
  /** @type {Map<number, { bytes: Uint8Array, position: number }[]>} */
  const unsynced = new Map();
  return {
    ...DISK,
    write: async (fd, parts, position) => {
      const writes = unsynced.get(fd) ?? [];
      unsynced.set(fd, [...writes, { bytes: Buffer.concat(parts), position }]);
    },
    sync: async (fd) => {
      const writes = unsynced.get(fd) ?? [];
      unsynced.delete(fd);
      await pause(SYNC_MS);
      for (const { bytes, position } of writes) await DISK.write(fd, [bytes], position);
      await DISK.sync(fd);
    },
  };
}

/**
 * Says of every sync at once that it is done, and does it later: what no member can survive, and a test has to notice.
 * @returns {Disk}
 */
export function lyingDisk() {
  const honest = volatileDisk();
  return {
    ...honest,
    sync: async (fd) => {
      setTimeout(() => void honest.sync(fd).catch(() => undefined), LIE_MS);
    },
  };
}

/** A disk over another one that fails once when it is told to. Whatever comes after succeeds, as kernels make it do. */
export class FailingDisk {
  /** @type {'write' | 'sync' | undefined} */
  #failing;
  /** @type {Disk} */
  disk;

  /** @param {Disk} below */
  constructor(below) {
    this.disk = {
      ...below,
      write: async (fd, parts, position) => {
        this.#fail('write', 'ENOSPC: no space left on device, write');
        await below.write(fd, parts, position);
      },
      sync: async (fd) => {
        this.#fail('sync', 'EIO: i/o error, fdatasync');
        await below.sync(fd);
      },
    };
  }

  /** @param {'write' | 'sync'} what */
  failNext(what) {
    this.#failing = what;
  }

  /** @param {'write' | 'sync'} what @param {string} message */
  #fail(what, message) {
    if (this.#failing !== what) return;
    this.#failing = undefined;
    throw Object.assign(new Error(message), { code: message.slice(0, message.indexOf(':')) });
  }
}
