import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { QuorumcastError } from '../errors.ts';
import type { Disk } from './disk.ts';
import { encodeHeader, HEADER_BYTES, type SegmentHeader } from './header.ts';

const NAME = /^log-([0-9a-f]{16})\.qcl$/;
const UNFINISHED = /^log-[0-9a-f]{16}\.qcl\.new$/;

/** Zeros are written this far ahead, so that a sync need not also write where the file ends. */
const AHEAD_BYTES_MIN = 262_144;
const AHEAD_BYTES_MAX = 4_194_304;
/**
 * Where groups are this long on average, writing them twice takes longer than writing where the file ends, and no zeros
 * are written ahead of them, nor of the short ones in between.
 */
const LONG_GROUP_BYTES = 131_072;
/** How many groups the average goes over, about. */
const AVERAGE_OVER = 8;
const ZEROS = new Uint8Array(AHEAD_BYTES_MIN);
const NO_SUMMARY = new Uint8Array(0);

/** The name of the segment whose first record is this one. */
export function segmentName(firstSequence: number): string {
  return `log-${firstSequence.toString(16).padStart(16, '0')}.qcl`;
}

/** Segments in order, and files whose making was cut short. */
export async function listSegments(
  dir: string,
): Promise<{ segments: { name: string; firstSequence: number }[]; unfinished: string[] }> {
  const names = (await readdir(dir)).sort();
  return {
    segments: names.flatMap((name) => {
      const digits = NAME.exec(name)?.[1];
      return digits === undefined ? [] : [{ name, firstSequence: Number.parseInt(digits, 16) }];
    }),
    unfinished: names.filter((name) => UNFINISHED.test(name)),
  };
}

/** The segment at the end of the log, open for writing. */
export class Segment {
  readonly path: string;
  readonly #disk: Disk;
  readonly #fd: number;
  /** Where the next group goes. */
  #end: number;
  /** Where the file ends: zeros from `#end` on. */
  #allocated: number;
  /** How long groups are on average, the last ones counting most. */
  #usualBytes = 0;

  private constructor(path: string, disk: Disk, fd: number, end: number, allocated: number) {
    this.path = path;
    this.#disk = disk;
    this.#fd = fd;
    this.#end = end;
    this.#allocated = allocated;
  }

  get end(): number {
    return this.#end;
  }

  get allocated(): number {
    return this.#allocated;
  }

  /**
   * Makes the segment durably: under another name until it is whole, so that a segment always has a header and
   * one that has none was damaged.
   */
  static async create(
    dir: string,
    disk: Disk,
    header: SegmentHeader,
    bytesMax: number,
    summary: Uint8Array = NO_SUMMARY,
  ): Promise<Segment> {
    const path = join(dir, segmentName(header.firstSequence));
    const unfinished = `${path}.new`;
    const ahead = ZEROS.subarray(HEADER_BYTES, bytesMax);
    const fd = await disk.open(unfinished, 'new');
    try {
      await disk.write(fd, [encodeHeader(header), summary, ahead], 0);
      await disk.sync(fd);
      await disk.rename(unfinished, path);
      await disk.syncDirectory(dir);
    } catch (error) {
      await disk.close(fd);
      throw error;
    }
    const end = HEADER_BYTES + summary.length;
    return new Segment(path, disk, fd, end, end + ahead.length);
  }

  /** Opens one that is there: `end` as recovered, zeros from there to `allocated`, the end of the file. */
  static async reopen(path: string, disk: Disk, end: number, allocated: number): Promise<Segment> {
    return new Segment(path, disk, await disk.open(path, 'existing'), end, allocated);
  }

  /** Writes `parts`, `bytes` long together, at the end, durably. */
  async write(parts: readonly Uint8Array[], bytes: number, bytesMax: number): Promise<void> {
    const end = this.#end + bytes;
    this.#usualBytes += (bytes - this.#usualBytes) / AVERAGE_OVER;
    if (end > this.#allocated && this.#usualBytes < LONG_GROUP_BYTES) await this.#extend(end, bytesMax);
    await this.#disk.write(this.#fd, parts, this.#end);
    await this.#disk.sync(this.#fd);
    this.#end = end;
    this.#allocated = Math.max(this.#allocated, end);
  }

  /** Makes durable what is in the file. */
  async sync(): Promise<void> {
    await this.#disk.sync(this.#fd);
  }

  async close(): Promise<void> {
    await this.#disk.close(this.#fd);
  }

  async #extend(end: number, bytesMax: number): Promise<void> {
    const step = Math.min(AHEAD_BYTES_MAX, Math.max(AHEAD_BYTES_MIN, this.#allocated));
    const until = Math.max(end, Math.min(bytesMax, end + step));
    const zeros: Uint8Array[] = [];
    for (let at = end; at < until; at += ZEROS.length) zeros.push(ZEROS.subarray(0, until - at));
    await this.#disk.write(this.#fd, zeros, end);
    this.#allocated = until;
  }
}

/** Removes segments, oldest first: a log may lack any of its oldest, never one in between. */
export async function removeSegments(dir: string, disk: Disk, paths: readonly string[]): Promise<void> {
  for (const path of paths) await disk.remove(path);
  await disk.syncDirectory(dir);
}

/** Removes what a crash left of segments in the making: nothing was ever written to them. */
export async function removeUnfinished(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) await unlink(join(dir, name));
}

/** What a record that cannot be trusted is called, with the way out. */
export function corrupt(path: string, offset: number, what: string): QuorumcastError {
  return new QuorumcastError('ERR_STORAGE_CORRUPT', `${path} is damaged at byte ${offset}: ${what}`, {
    hint:
      'This member must not guess what it said. Keep a copy of the directory, check the disk, and bring the ' +
      'member back in the next epoch with an empty data directory; restore no backup in this epoch.',
  });
}
