import { DISK } from '../../src/node/store/disk.ts';
import type { Disk } from '../../src/node/store/index.ts';

/** Where in its last call a process ends. */
export const CRASH_WAYS = ['before', 'after', 'torn', 'power'] as const;

/**
 * `before` the call does anything; `after` it did all and told nobody; `torn`: half of what was to be written is;
 * `power`: whatever no sync vouched for is gone.
 */
export type CrashWay = (typeof CRASH_WAYS)[number];

/** What a dead process does with a call. */
class Dead extends Error {}

/** A disk under a process that ends at the k-th call. Real files, no real syncs: it is not the machine that stops. */
export class CrashDisk implements Disk {
  /** Calls so far. */
  calls = 0;
  dead = false;
  readonly #at: number;
  readonly #way: CrashWay;
  readonly #onDeath: () => void;
  /** By file: writes since its last sync. Under `power` they are nowhere else. */
  readonly #unsynced = new Map<number, { parts: readonly Uint8Array[]; position: number }[]>();

  /** `at`: from 1; Infinity for a process that lives. `onDeath`: nothing it does counts from here on. */
  constructor(at: number, way: CrashWay, onDeath: () => void = () => undefined) {
    this.#at = at;
    this.#way = way;
    this.#onDeath = onDeath;
  }

  open(path: string, how: 'existing' | 'new'): Promise<number> {
    return this.#call(() => DISK.open(path, how));
  }

  write(fd: number, parts: readonly Uint8Array[], position: number): Promise<void> {
    const half = async (): Promise<void> => {
      const bytes = Buffer.concat(parts);
      await DISK.write(fd, [bytes.subarray(0, bytes.length / 2)], position);
    };
    return this.#call(async () => {
      if (this.#way !== 'power') return DISK.write(fd, parts, position);
      const bytes = parts.map((part) => Uint8Array.from(part));
      this.#unsynced.set(fd, [...(this.#unsynced.get(fd) ?? []), { parts: bytes, position }]);
    }, half);
  }

  sync(fd: number): Promise<void> {
    return this.#call(async () => {
      for (const { parts, position } of this.#unsynced.get(fd) ?? []) await DISK.write(fd, parts, position);
      this.#unsynced.delete(fd);
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => DISK.rename(from, to));
  }

  remove(path: string): Promise<void> {
    return this.#call(() => DISK.remove(path));
  }

  syncDirectory(): Promise<void> {
    return this.#call(async () => undefined);
  }

  close(fd: number): Promise<void> {
    // A dead process's files are closed for it.
    return DISK.close(fd);
  }

  async #call<Value>(
    act: () => Promise<Value>,
    half: () => Promise<void> = async () => undefined,
  ): Promise<Value> {
    if (this.dead) throw new Dead();
    this.calls += 1;
    if (this.calls !== this.#at) return act();
    this.dead = true;
    this.#onDeath();
    if (this.#way === 'after') await act();
    if (this.#way === 'torn') await half();
    throw new Dead();
  }
}
