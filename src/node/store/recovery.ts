import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssertionError, bytesEqual, toHex, UsageError } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { QuorumcastError } from '../errors.ts';
import type { Catalog } from './catalog.ts';
import { chainOn } from './group.ts';
import {
  decodeHeader,
  FORMAT_VERSIONS,
  HEADER_BYTES,
  type LogIdentity,
  type SegmentHeader,
} from './header.ts';
import { decodeBody, HEAD_BYTES, LONG_PAYLOAD_BYTES, RECORD_KIND, readHead, type Target } from './record.ts';
import type { SegmentInfo } from './retention.ts';
import { corrupt, segmentName } from './segment.ts';
import type { StoreRecord } from './store.ts';
import { decodeSummary, encodeSummary, type Summary } from './summary.ts';

/** Whose log it has to be. */
export interface Owner {
  readonly cluster: Uint8Array;
  readonly committee: Committee;
  readonly self: NodeId;
}

/** Where the log goes on. */
export interface Recovered {
  readonly identity: LogIdentity;
  /** In order; of the last one `bytes` does not count. */
  readonly segments: readonly SegmentInfo[];
  readonly nextSequence: number;
  readonly chain: Uint8Array;
  /** Whether the last group is empty: it says that everything before it was durable. */
  readonly sealed: boolean;
  /** In the last segment: the end of the last whole group, and of the file. */
  readonly end: number;
  readonly fileBytes: number;
  /** Whether a group that was never finished follows `end`. */
  readonly torn: boolean;
}

interface Group {
  readonly records: readonly {
    readonly record: StoreRecord;
    readonly offset: number;
    readonly length: number;
  }[];
  readonly end: number;
  readonly chain: Uint8Array;
}

/** `impossible`: no crash leaves this behind, whatever follows. */
interface Damage {
  readonly offset: number;
  readonly what: string;
  readonly impossible: boolean;
}

/** A segment being read. */
interface Source extends Target {
  readonly path: string;
  readonly header: SegmentHeader;
  /** Undefined if it is the first segment of the log. */
  readonly summary: Summary | undefined;
  /** Where its first record stands. */
  readonly start: number;
}

/**
 * Reads a log's segments, in order, into `catalog`.
 * `read` gives a file's bytes. Changes nothing but `catalog`.
 * @throws QuorumcastError ERR_STORAGE_CORRUPT or ERR_DATA_DIR, with the file and the byte.
 */
export async function recover(
  dir: string,
  names: readonly string[],
  owner: Owner,
  catalog: Catalog,
  read: (path: string) => Promise<Buffer> = readFile,
): Promise<Recovered> {
  const paths = names.map((name) => join(dir, name));
  let source = await load(paths[0] ?? '', owner, read);
  const { logId, cluster, self, members, mark, firstSequence, chain } = source.header;
  if (firstSequence !== 1 && source.summary === undefined) {
    throw corrupt(source.path, 0, `the log begins at record ${firstSequence}: files are missing`);
  }
  if (source.summary !== undefined) catalog.begin(source.summary);
  let state: State = { sequence: firstSequence, chain, end: source.start, sealed: true };
  const segments: SegmentInfo[] = [];
  for (const [index, path] of paths.entries()) {
    if (index > 0) {
      const next = await load(path, owner, read);
      checkJoint(source, next, state);
      checkSummary(next, catalog);
      source = next;
      state = { ...state, end: source.start };
    }
    const firstMark = index === 0 ? { ...catalog.mark, firstRow: 0 } : catalog.mark;
    segments.push({ path, bytes: source.bytes.length, atMs: source.summary?.atMs, mark: firstMark });
    state = walk(source, index, state, owner.committee, catalog);
  }
  catalog.forgetLoose();
  requirePayloads(source, catalog);
  const torn = checkTail(source, state);
  return {
    identity: { logId, cluster, self, members, mark },
    segments,
    nextSequence: state.sequence,
    chain: state.chain,
    sealed: state.sealed,
    end: state.end,
    fileBytes: source.bytes.length,
    torn,
  };
}

/** After the last whole group read so far. */
interface State {
  /** The next record's. */
  readonly sequence: number;
  readonly chain: Uint8Array;
  readonly end: number;
  readonly sealed: boolean;
  /** Why it is the last. */
  readonly damage?: Damage;
}

async function load(path: string, owner: Owner, read: (path: string) => Promise<Buffer>): Promise<Source> {
  const bytes = await read(path);
  const header = decodeHeader(bytes);
  if (header === 'damaged') throw corrupt(path, 0, 'its header does not match its checksum');
  if ('version' in header) {
    throw new QuorumcastError(
      'ERR_DATA_DIR',
      `${path} has format version ${header.version}; this program knows versions up to ${FORMAT_VERSIONS.summarised}`,
      { hint: 'Run the version of quorumcast that wrote it, or a later one.' },
    );
  }
  if (!bytesEqual(header.cluster, owner.cluster)) {
    const [found, wanted] = [header.cluster, owner.cluster].map((digest) => toHex(digest.subarray(0, 8)));
    throw foreign(path, `cluster ${found}…, not to ${wanted}…`);
  }
  if (header.self !== owner.self) throw foreign(path, `member ${header.self}, not to ${owner.self}`);
  if (!path.endsWith(segmentName(header.firstSequence))) {
    throw corrupt(path, 72, `it begins at record ${header.firstSequence}, which is not what its name says`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!header.summarised) return { path, bytes, view, header, summary: undefined, start: HEADER_BYTES };
  const found = decodeSummary(bytes, HEADER_BYTES, owner.committee);
  if (found === undefined) throw corrupt(path, HEADER_BYTES, 'its summary does not match its checksum');
  return { path, bytes, view, header, summary: found.summary, start: found.end };
}

/** A segment after the first says what the ones before it have come to. */
function checkSummary(next: Source, catalog: Catalog): void {
  const { summary, path } = next;
  if (summary === undefined) throw corrupt(path, 8, 'it is a first segment, and another stands before it');
  const found = encodeSummary({ ...catalog.summary(), atMs: summary.atMs });
  if (bytesEqual(found, next.bytes.subarray(HEADER_BYTES, next.start))) return;
  throw corrupt(path, HEADER_BYTES, 'its summary contradicts the segments before it');
}

/** Of a log whose oldest segments are gone, what is still needed of them was written again. */
function requirePayloads(source: Source, catalog: Catalog): void {
  const missing = catalog.missingPayload();
  if (missing === undefined) return;
  throw corrupt(source.path, HEADER_BYTES, `the payload of ${missing} is in none of the files`);
}

function foreign(path: string, whose: string): QuorumcastError {
  return new QuorumcastError('ERR_DATA_DIR', `${path} belongs to ${whose}`, {
    hint: 'Use the data directory that was made for this member and epoch, or an empty one for a new epoch.',
  });
}

function checkJoint(before: Source, next: Source, state: State): void {
  const { header } = next;
  if (!bytesEqual(header.logId, before.header.logId) || header.mark !== before.header.mark) {
    throw foreign(next.path, `another log than ${before.path}`);
  }
  // The next segment is only made when all of this one is durable: whatever is missing here was lost.
  if (header.firstSequence === state.sequence && bytesEqual(header.chain, state.chain)) return;
  const { offset, what } = state.damage ?? { offset: state.end, what: 'it ends' };
  throw corrupt(
    before.path,
    offset,
    `${what}, and the log goes on at record ${header.firstSequence} in ${next.path}`,
  );
}

function walk(source: Source, index: number, from: State, committee: Committee, catalog: Catalog): State {
  let state = from;
  for (;;) {
    const group = readGroup(source, state, committee);
    if ('what' in group) {
      if (group.impossible) throw corrupt(source.path, group.offset, group.what);
      return { ...state, damage: group };
    }
    for (const found of group.records) take(source, index, found, catalog);
    state = {
      sequence: state.sequence + group.records.length,
      chain: group.chain,
      end: group.end,
      sealed: group.records.length === 0,
    };
  }
}

function readGroup(source: Source, state: State, committee: Committee): Group | Damage {
  const records: { record: StoreRecord; offset: number; length: number }[] = [];
  const around = new AroundLong(source.bytes, state.end);
  let at = state.end;
  for (;;) {
    const head = readHead(source, at, source.header.mark);
    if (head === undefined) return { offset: at, what: 'no valid record stands here', impossible: false };
    const { sequence, place, kind, length } = head;
    if (sequence !== state.sequence + records.length || place !== records.length) {
      const what = `record ${state.sequence + records.length} should stand here, not ${sequence}`;
      return { offset: at, what, impossible: true };
    }
    const body = source.bytes.subarray(at + HEAD_BYTES, at + length);
    if (kind === RECORD_KIND.commit || kind === RECORD_KIND.commitOverLong) {
      const isOver = kind === RECORD_KIND.commitOverLong;
      const chain = chainOn(state.chain, isOver ? around.until(at) : [source.bytes.subarray(state.end, at)]);
      if (bytesEqual(chain, body)) return { records, end: at + length, chain };
      return { offset: at, what: 'the chain is broken', impossible: true };
    }
    const record = decodeBody(kind, body, committee);
    if (record === undefined)
      return { offset: at, what: `no record has kind ${kind} and this body`, impossible: true };
    records.push({ record, offset: at, length });
    at += length;
    if (record.kind === 'keep') around.skip(record.payload.length, at);
  }
}

/** The bytes of a group without its long payloads. */
class AroundLong {
  readonly #bytes: Buffer;
  readonly #parts: Uint8Array[] = [];
  #from: number;

  constructor(bytes: Buffer, from: number) {
    this.#bytes = bytes;
    this.#from = from;
  }

  /** A payload of this length ends at `at`. */
  skip(length: number, at: number): void {
    if (length < LONG_PAYLOAD_BYTES) return;
    this.#parts.push(this.#bytes.subarray(this.#from, at - length));
    this.#from = at;
  }

  until(at: number): readonly Uint8Array[] {
    return [...this.#parts, this.#bytes.subarray(this.#from, at)];
  }
}

function take(source: Source, index: number, found: Group['records'][number], catalog: Catalog): void {
  const { record, offset, length } = found;
  try {
    const isNew = catalog.apply(record);
    if (record.kind !== 'keep') return;
    const row = catalog.payloads.row(record.digest);
    const isPlaced = !isNew && catalog.payloads.location(row).length > 0;
    catalog.payloads.place(isPlaced ? catalog.rewritten(record.digest) : row, index, offset, length);
  } catch (error) {
    if (!(error instanceof AssertionError || error instanceof UsageError)) throw error;
    throw corrupt(source.path, offset, error.message);
  }
}

/**
 * Whether what follows the last whole group is an unfinished one, which a crash can leave and nobody has relied
 * upon: it may be cut. A group is only written once the one before it is durable. So if any record of a later
 * group is found, then the damaged one was durable, and something that this member said is lost.
 */
function checkTail(source: Source, state: State): boolean {
  const { bytes, path, header } = source;
  if (isZero(bytes, state.end)) return false;
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(header.mark);
  for (let at = bytes.indexOf(mark, state.end); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    const head = readHead(source, at, header.mark);
    if (head === undefined) continue;
    const groupFirst = head.sequence - head.place;
    // An empty group has no number of its own: the one after it begins at the same, but further on.
    const startsLater = groupFirst === state.sequence && head.place === 0 && at > state.end;
    if (groupFirst <= state.sequence && !startsLater) continue;
    const { offset, what } = state.damage ?? { offset: state.end, what: 'no valid record stands here' };
    throw corrupt(
      path,
      offset,
      `${what}, and later records, from byte ${at} on, prove that it once was durable`,
    );
  }
  return true;
}

function isZero(bytes: Buffer, from: number): boolean {
  const zeros = Buffer.alloc(65_536);
  for (let at = from; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}
