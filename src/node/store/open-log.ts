import { randomBytes, randomInt } from 'node:crypto';
import { truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert } from '../../base/index.ts';
import { LOG_ID_BYTES } from '../../codec/index.ts';
import { QuorumcastError } from '../errors.ts';
import { makeFolder } from '../folder.ts';
import type { Catalog } from './catalog.ts';
import type { Disk } from './disk.ts';
import { CHAIN_BYTES, HEADER_BYTES } from './header.ts';
import { type Owner, type Recovered, recover } from './recovery.ts';
import type { RetentionNotice } from './retention.ts';
import { listSegments, removeUnfinished, Segment } from './segment.ts';
import { encodeSummary, type Summary } from './summary.ts';

/** What opening found that an operator wants to read about. */
export type StoreNotice =
  | {
      /** An unfinished group at the end, which nobody had relied upon, was cut off. */
      readonly kind: 'tail-cut';
      readonly path: string;
      readonly offset: number;
      /** How many bytes were cut, zeros after them included. */
      readonly bytes: number;
      /** The first sequence number that was cut, and will be given again. */
      readonly sequence: number;
    }
  | RetentionNotice;

/** What `openLog` needs to know. */
export interface LogOptions extends Owner {
  readonly dir: string;
  readonly disk: Disk;
  readonly segmentBytes: number;
  readonly onNotice: ((notice: StoreNotice) => void) | undefined;
  /** What a new log is called; random if undefined. */
  readonly identity: { readonly logId: Uint8Array; readonly mark: number } | undefined;
  /** Where a new log begins; at nothing if undefined. */
  readonly seed: Summary | undefined;
}

/** A log that can be written on: its end is open, and nothing stands behind it. */
export interface OpenedLog {
  readonly recovered: Recovered;
  readonly segment: Segment;
}

/** Reads the log of a locked directory into `catalog`, or begins one. An unfinished group is cut. */
export async function openLog(options: LogOptions, catalog: Catalog): Promise<OpenedLog> {
  const { dir, disk } = options;
  const { segments, unfinished } = await listSegments(dir);
  await removeUnfinished(dir, unfinished);
  if (segments.length === 0) return beginLog(options, catalog);
  const names = segments.map(({ name }) => name);
  const recovered = await recover(dir, names, options, catalog);
  const path = join(dir, names.at(-1) ?? '');
  const { end, fileBytes, nextSequence } = recovered;
  if (recovered.torn) await truncate(path, end);
  const segment = await Segment.reopen(path, disk, end, recovered.torn ? end : fileBytes);
  // What a killed process wrote may be in the kernel's memory only.
  await segment.sync().catch(async (error: unknown) => {
    await segment.close();
    throw error;
  });
  if (recovered.torn) {
    const cut = { path, offset: end, bytes: fileBytes - end, sequence: nextSequence };
    options.onNotice?.({ kind: 'tail-cut', ...cut });
  }
  return { recovered, segment };
}

async function beginLog(options: LogOptions, catalog: Catalog): Promise<OpenedLog> {
  const { dir, disk, segmentBytes, cluster, committee, self, seed } = options;
  const logId = options.identity?.logId ?? new Uint8Array(randomBytes(LOG_ID_BYTES));
  const mark = options.identity?.mark ?? randomInt(1, 0x1_0000_0000);
  assert(logId.length === LOG_ID_BYTES, 'store: a log identity has 16 bytes');
  const identity = { logId, cluster, self, members: committee.n, mark };
  const chain = new Uint8Array(CHAIN_BYTES);
  const header = { ...identity, firstSequence: 1, chain, summarised: seed !== undefined };
  const front = seed && encodeSummary(seed);
  if (seed !== undefined) catalog.begin(seed);
  const segment = await Segment.create(dir, disk, header, segmentBytes, front);
  const recovered: Recovered = {
    identity,
    segments: [{ path: segment.path, bytes: 0, atMs: seed?.atMs, mark: catalog.mark }],
    nextSequence: 1,
    chain,
    sealed: true,
    end: HEADER_BYTES + (front?.length ?? 0),
    fileBytes: segment.allocated,
    torn: false,
  };
  return { recovered, segment };
}

/** Makes the directory, with mode 0700 and durably, if it is not there. */
export async function makeDirectory(dir: string, disk: Disk): Promise<void> {
  try {
    const first = await makeFolder(dir, 0o700);
    if (first !== undefined) await disk.syncDirectory(dirname(first));
  } catch (error) {
    throw unusable(dir, error);
  }
}

/** An error of the file system, said so that an operator knows which directory; others as they are. */
export function unusable(dir: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  if (error instanceof QuorumcastError) return error;
  return new QuorumcastError('ERR_DATA_DIR', `cannot use the data directory ${dir}: ${error.message}`, {
    hint: 'It must be a directory that this user can read and write, on a disk with space left.',
    cause: error,
  });
}
