import { type FileHandle, open } from 'node:fs/promises';
import { bytesEqual } from '../../base/index.ts';
import { DIGEST_BYTES, type Digest } from '../../crypto/index.ts';
import { QuorumcastError } from '../errors.ts';
import type { Location } from './payload-table.ts';
import { HEAD_BYTES, RECORD_KIND, readHead } from './record.ts';
import { corrupt } from './segment.ts';

/** Files kept open for reading; those above are opened for each read. */
const OPEN_FILES_MAX = 64;

/** Reads payloads back from the segments, checking what it reads. */
export class PayloadReader {
  readonly #paths: (string | undefined)[];
  readonly #mark: number;
  readonly #files = new Map<number, Promise<FileHandle>>();
  /** Reads under way, by segment: a file is closed when there are none. */
  readonly #busy = new Map<number, number>();
  #first = 0;

  constructor(paths: readonly string[], mark: number) {
    this.#paths = [...paths];
    this.#mark = mark;
  }

  /** How many segments there were: the last has the index one below. */
  get segments(): number {
    return this.#paths.length;
  }

  /** Lets go of the segments below this one: reads of them that are under way may still end well. */
  dropBelow(segment: number): void {
    for (; this.#first < segment; this.#first += 1) {
      this.#paths[this.#first] = undefined;
      if (!this.#busy.has(this.#first)) this.#forget(this.#first);
    }
  }

  /** Takes the next segment in. */
  add(path: string): void {
    this.#paths.push(path);
  }

  /**
   * The payload whose `keep` record stands at `location`; undefined if its segment was dropped.
   * @throws QuorumcastError ERR_STORAGE_CORRUPT.
   */
  async read(location: Location, digest: Digest): Promise<Uint8Array | undefined> {
    const { segment } = location;
    const path = this.#paths[segment];
    if (path === undefined) return undefined;
    this.#busy.set(segment, (this.#busy.get(segment) ?? 0) + 1);
    try {
      return await this.#read(path, location, digest);
    } catch (error) {
      if (segment < this.#first) return undefined;
      throw error;
    } finally {
      const left = (this.#busy.get(segment) ?? 1) - 1;
      if (left > 0) this.#busy.set(segment, left);
      else {
        this.#busy.delete(segment);
        if (segment < this.#first) this.#forget(segment);
      }
    }
  }

  async #read(path: string, { segment, offset, length }: Location, digest: Digest): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafeSlow(length);
    const got = await this.#fill(segment, path, bytes, offset);
    const target = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, length) };
    const head = got === length ? readHead(target, 0, this.#mark) : undefined;
    const body = bytes.subarray(HEAD_BYTES);
    if (head?.kind !== RECORD_KIND.keep || !bytesEqual(body.subarray(0, DIGEST_BYTES), digest)) {
      throw corrupt(path, offset, 'the payload that was written here cannot be read back');
    }
    return new Uint8Array(body.buffer, body.byteOffset + DIGEST_BYTES, body.length - DIGEST_BYTES);
  }

  async close(): Promise<void> {
    const files = await Promise.allSettled(this.#files.values());
    this.#files.clear();
    for (const file of files) if (file.status === 'fulfilled') await file.value.close();
  }

  #forget(segment: number): void {
    const file = this.#files.get(segment);
    this.#files.delete(segment);
    // What cannot be closed was never open.
    file?.then((handle) => handle.close()).catch(() => undefined);
  }

  async #fill(segment: number, path: string, bytes: Buffer, offset: number): Promise<number> {
    const kept = this.#files.get(segment);
    if (kept === undefined && this.#files.size >= OPEN_FILES_MAX) {
      const file = await open(path, 'r').catch((error: unknown) => unreadable(path, error));
      return fill(file, path, bytes, offset).finally(() => file.close());
    }
    const opening = kept ?? open(path, 'r').catch((error: unknown) => unreadable(path, error));
    if (kept === undefined) this.#files.set(segment, opening);
    return fill(await opening, path, bytes, offset);
  }
}

/** Fills `bytes` from the file; how many there were. */
async function fill(file: FileHandle, path: string, bytes: Buffer, offset: number): Promise<number> {
  let got = 0;
  while (got < bytes.length) {
    const { bytesRead } = await file
      .read(bytes, got, bytes.length - got, offset + got)
      .catch((error: unknown) => unreadable(path, error));
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return got;
}

function unreadable(path: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new QuorumcastError('ERR_STORAGE_FAILED', `cannot read ${path}: ${reason}`, {
    hint: 'Check the disk and the permissions of the data directory.',
    cause,
  });
}
