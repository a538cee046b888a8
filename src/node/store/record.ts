import { isUtf8 } from 'node:buffer';
import { agreementForm, agreementFormNumber, LOG_ID_BYTES, Reader } from '../../codec/index.ts';
import type { Committee } from '../../committee/index.ts';
import { asDigest, DIGEST_BYTES } from '../../crypto/index.ts';
import type { Statement } from '../../member/index.ts';
import { crc32, crc32On } from './crc32.ts';
import { CHAIN_BYTES } from './header.ts';
import type { StoreRecord } from './store.ts';
import { topicValue, valueBytes } from './topics.ts';

/** Bytes before a record's body: mark u32, CRC u32, length u32, sequence u64, place u32, kind u8. */
export const HEAD_BYTES = 25;

/** Where the checksummed part of a record starts: after mark and CRC. */
const CHECKED_FROM = 8;

/** First byte after the head. */
export const RECORD_KIND = {
  keep: 1,
  said: 2,
  key: 3,
  delivered: 4,
  peer: 5,
  cursor: 6,
  stated: 7,
  settled: 8,
  skipped: 9,
  ended: 10,
  /** Of a group that holds long payloads: its chain passes over those. */
  commitOverLong: 254,
  commit: 255,
} as const;

/** From this length on a payload is written to the file from where it is, and the chain passes over it. */
export const LONG_PAYLOAD_BYTES = 16_384;

const STATEMENTS: readonly Statement[] = ['initial', 'echo', 'ready'];

/** Bytes of a `commit`. */
export const COMMIT_BYTES = HEAD_BYTES + CHAIN_BYTES;

/** A record's head, read and checked. */
export interface Head {
  /** Bytes of the whole record. */
  readonly length: number;
  readonly sequence: number;
  /** How many records of its group stand before it. */
  readonly place: number;
  readonly kind: number;
}

/** A buffer that records are written into. */
export interface Target {
  readonly bytes: Buffer;
  readonly view: DataView;
}

/** Bytes that `record` takes, head included. */
export function recordBytes(record: StoreRecord): number {
  switch (record.kind) {
    case 'keep':
      return HEAD_BYTES + DIGEST_BYTES + record.payload.length;
    case 'said':
      return HEAD_BYTES + 55;
    case 'key':
      return HEAD_BYTES + 40 + Buffer.byteLength(record.key);
    case 'delivered':
      return HEAD_BYTES + 54;
    case 'peer':
      return HEAD_BYTES + 10 + LOG_ID_BYTES;
    case 'skipped':
      return HEAD_BYTES + 18;
    case 'ended':
      return HEAD_BYTES + 10 + DIGEST_BYTES;
    case 'cursor':
      return HEAD_BYTES + 8 + Buffer.byteLength(record.consumer);
    case 'stated':
      return HEAD_BYTES + 2 + Buffer.byteLength(record.topic) + record.statement.length;
    case 'settled':
      return HEAD_BYTES + 6 + Buffer.byteLength(record.topic) + valueBytes(record.decision.value).length;
  }
}

/** Writes the body of `record` at `at`, right after where its head will stand; `borrowed`: but for its payload. */
export function writeBody({ bytes, view }: Target, at: number, record: StoreRecord, borrowed = false): void {
  switch (record.kind) {
    case 'keep':
      bytes.set(record.digest, at);
      if (!borrowed) bytes.set(record.payload, at + DIGEST_BYTES);
      break;
    case 'said':
      view.setUint16(at, record.sender);
      setU64(view, at + 2, record.instance);
      bytes.set(record.digest, at + 10);
      setU64(view, at + 42, record.firstSeq);
      view.setUint32(at + 50, record.count);
      view.setUint8(at + 54, STATEMENTS.indexOf(record.statement) + 1);
      break;
    case 'key':
      setU64(view, at, record.seq);
      bytes.set(record.digest, at + 8);
      bytes.write(record.key, at + 8 + DIGEST_BYTES);
      break;
    case 'delivered':
      view.setUint16(at, record.sender);
      setU64(view, at + 2, record.instance);
      bytes.set(record.digest, at + 10);
      setU64(view, at + 42, record.firstSeq);
      view.setUint32(at + 50, record.count);
      break;
    case 'peer':
      view.setUint16(at, record.member);
      bytes.set(record.logId, at + 2);
      setU64(view, at + 2 + LOG_ID_BYTES, record.position);
      break;
    case 'skipped':
      view.setUint16(at, record.sender);
      setU64(view, at + 2, record.instance);
      setU64(view, at + 10, record.nextSeq);
      break;
    case 'ended':
      view.setUint16(at, record.sender);
      setU64(view, at + 2, record.instance);
      bytes.set(record.successor, at + 10);
      break;
    case 'cursor':
      setU64(view, at, record.number);
      bytes.write(record.consumer, at + 8);
      break;
    case 'stated': {
      const length = bytes.write(record.topic, at + 2);
      view.setUint8(at, agreementFormNumber(record.form));
      view.setUint8(at + 1, length);
      bytes.set(record.statement, at + 2 + length);
      break;
    }
    case 'settled': {
      const length = bytes.write(record.topic, at + 6);
      view.setUint8(at, agreementFormNumber(record.form));
      view.setUint8(at + 1, length);
      view.setUint32(at + 2, record.decision.round);
      bytes.set(valueBytes(record.decision.value), at + 6 + length);
      break;
    }
  }
}

/**
 * Writes the head of a record whose body stands in place already, and its checksum. `rest`: the end of the body, which
 * stands elsewhere.
 */
export function writeHead(
  { bytes, view }: Target,
  at: number,
  mark: number,
  head: Head,
  rest: Uint8Array = NONE,
): void {
  view.setUint32(at, mark);
  view.setUint32(at + 8, head.length);
  setU64(view, at + 12, head.sequence);
  view.setUint32(at + 20, head.place);
  view.setUint8(at + 24, head.kind);
  const crc = crc32(bytes, at + CHECKED_FROM, at + head.length - rest.length);
  view.setUint32(at + 4, rest.length === 0 ? crc : crc32On(crc, rest));
}

const NONE = new Uint8Array(0);

/** The head at `at` if a whole, undamaged record stands there. */
export function readHead({ bytes, view }: Target, at: number, mark: number): Head | undefined {
  if (bytes.length - at < HEAD_BYTES || view.getUint32(at) !== mark) return undefined;
  const length = view.getUint32(at + 8);
  if (length < HEAD_BYTES || length > bytes.length - at) return undefined;
  if (view.getUint32(at + 4) !== crc32(bytes, at + CHECKED_FROM, at + length)) return undefined;
  const high = view.getUint32(at + 12);
  if (high > 0x1f_ffff) return undefined;
  const sequence = high * 0x1_0000_0000 + view.getUint32(at + 16);
  const place = view.getUint32(at + 20);
  return place < sequence ? { length, sequence, place, kind: view.getUint8(at + 24) } : undefined;
}

/** The record in `body`, whose digests and payload are views of it; undefined if it is none. */
export function decodeBody(kind: number, body: Uint8Array, committee: Committee): StoreRecord | undefined {
  const reader = new Reader(body);
  const record = readBody(kind, reader, committee);
  return reader.end() === undefined ? record : undefined;
}

function readBody(kind: number, reader: Reader, committee: Committee): StoreRecord | undefined {
  switch (kind) {
    case RECORD_KIND.keep: {
      const digest = asDigest(reader.view(DIGEST_BYTES));
      return digest && { kind: 'keep', digest, payload: reader.view(reader.remaining) };
    }
    case RECORD_KIND.said: {
      const about = readAbout(reader, committee);
      const statement = STATEMENTS[reader.u8() - 1];
      return about && statement && { kind: 'said', ...about, statement };
    }
    case RECORD_KIND.key: {
      const seq = reader.u64();
      const digest = asDigest(reader.view(DIGEST_BYTES));
      const key = readText(reader);
      return digest && key !== undefined ? { kind: 'key', seq, digest, key } : undefined;
    }
    case RECORD_KIND.delivered: {
      const about = readAbout(reader, committee);
      return about && { kind: 'delivered', ...about };
    }
    case RECORD_KIND.peer: {
      const member = committee.node(reader.u16());
      const logId = reader.view(LOG_ID_BYTES);
      const position = reader.u64();
      return member === undefined ? undefined : { kind: 'peer', member, logId, position };
    }
    case RECORD_KIND.skipped: {
      const sender = committee.node(reader.u16());
      const instance = reader.u64();
      const nextSeq = reader.u64();
      return sender === undefined ? undefined : { kind: 'skipped', sender, instance, nextSeq };
    }
    case RECORD_KIND.ended: {
      const sender = committee.node(reader.u16());
      const instance = reader.u64();
      const successor = new Uint8Array(reader.view(DIGEST_BYTES));
      return sender === undefined ? undefined : { kind: 'ended', sender, instance, successor };
    }
    case RECORD_KIND.cursor: {
      const number = reader.u64();
      const consumer = readText(reader);
      return consumer === undefined ? undefined : { kind: 'cursor', consumer, number };
    }
    case RECORD_KIND.stated: {
      const form = agreementForm(reader.u8());
      const topic = readText(reader, reader.u8());
      const statement = reader.view(reader.remaining);
      if (form === undefined || topic === undefined || statement.length < 2) return undefined;
      return { kind: 'stated', topic, form, statement };
    }
    case RECORD_KIND.settled: {
      const form = agreementForm(reader.u8());
      const length = reader.u8();
      const round = reader.u32();
      const topic = readText(reader, length);
      const value = form && topicValue(form, reader.view(reader.remaining));
      if (form === undefined || topic === undefined || value === undefined) return undefined;
      return { kind: 'settled', topic, form, decision: { value, round } };
    }
    default:
      return undefined;
  }
}

function readAbout(reader: Reader, committee: Committee) {
  const sender = committee.node(reader.u16());
  const instance = reader.u64();
  const digest = asDigest(reader.view(DIGEST_BYTES));
  const firstSeq = reader.u64();
  const count = reader.u32();
  if (sender === undefined || digest === undefined || instance < 1) return undefined;
  return { sender, instance, digest, firstSeq, count };
}

/** The next `length` bytes as text, default all that are left; undefined if it is no UTF-8: two keys must never become one. */
function readText(reader: Reader, length = reader.remaining): string | undefined {
  const bytes = Buffer.from(reader.view(length));
  return isUtf8(bytes) ? bytes.toString() : undefined;
}

function setU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value >>> 0);
}
