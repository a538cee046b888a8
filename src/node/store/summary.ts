import { LOG_ID_BYTES, Reader, Writer } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { asDigest, DIGEST_BYTES, type Digest } from '../../crypto/index.ts';
import type { AgreementMemory, Statement } from '../../member/index.ts';
import { crc32 } from './crc32.ts';
import type { Gap } from './gaps.ts';
import type { StreamMemory } from './store.ts';
import { readTopics, writeTopics } from './topics.ts';

/** All that the log before a segment comes to, but for payloads: with it at its front, the segment can be the first. */
export interface Summary {
  /** When it was written, by the wall clock: what retention by age goes by. */
  readonly atMs: number;
  readonly deliveredCount: number;
  readonly own: { readonly nextInstance: number; readonly nextSeq: number };
  /** By sender. */
  readonly streams: readonly StreamMemory[];
  readonly peers: readonly {
    readonly member: NodeId;
    readonly logId: Uint8Array;
    readonly position: number;
  }[];
  readonly cursors: readonly { readonly consumer: string; readonly number: number }[];
  readonly gaps: readonly Omit<Gap, 'id'>[];
  /** Of own messages that are not delivered yet. */
  readonly keys: readonly { readonly key: string; readonly seq: number; readonly digest: Digest }[];
  /** What this member said in undelivered instances, in the order it said it. */
  readonly open: readonly {
    readonly sender: NodeId;
    readonly instance: number;
    readonly said: readonly (readonly [Statement, Digest])[];
  }[];
  readonly agreements: AgreementMemory;
}

const STATEMENTS: readonly Statement[] = ['initial', 'echo', 'ready'];
/** Length and checksum. */
const FRAME_BYTES = 8;

/** The summary as it stands between a segment's header and its first record. */
export function encodeSummary(summary: Summary): Uint8Array {
  const writer = new Writer(1_024).u32(0).u64(summary.atMs).u64(summary.deliveredCount);
  writer.u64(summary.own.nextInstance).u64(summary.own.nextSeq);
  for (const { base, nextSeq } of summary.streams) writer.u64(base).u64(nextSeq);
  writer.u16(summary.peers.length);
  for (const { member, logId, position } of summary.peers) writer.u16(member).raw(logId).u64(position);
  writer.u32(summary.cursors.length);
  for (const { consumer, number } of summary.cursors) {
    const name = Buffer.from(consumer);
    writer.u64(number).u16(name.length).raw(name);
  }
  writer.u32(summary.keys.length);
  for (const { key, seq, digest } of summary.keys) {
    const name = Buffer.from(key);
    writer.u64(seq).raw(digest).u16(name.length).raw(name);
  }
  writer.u32(summary.gaps.length);
  for (const { sender, fromSeq, toSeq, before } of summary.gaps) {
    writer.u16(sender).u64(fromSeq).u64(toSeq).u64(before);
  }
  writer.u32(summary.open.length);
  for (const { sender, instance, said } of summary.open) {
    writer.u16(sender).u64(instance).u8(said.length);
    for (const [statement, digest] of said) writer.u8(STATEMENTS.indexOf(statement) + 1).raw(digest);
  }
  const ended = summary.streams.flatMap(({ ends = [] }, sender) => ends.map((end) => ({ sender, end })));
  writeTopics(writer, summary.agreements, ended.length > 0);
  for (const { sender, end } of ended) writer.u16(sender).raw(end);
  writer.patchU32(0, writer.length + 4).u32(0);
  const bytes = writer.take();
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(bytes.length - 4, crc32(bytes, 0, bytes.length - 4));
  return bytes;
}

/** The summary at `at`, and where it ends; undefined if it is damaged. Copies. */
export function decodeSummary(
  bytes: Uint8Array,
  at: number,
  committee: Committee,
): { readonly summary: Summary; readonly end: number } | undefined {
  if (bytes.length < at + FRAME_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const length = view.getUint32(at);
  const end = at + length;
  if (length < FRAME_BYTES || end > bytes.length) return undefined;
  if (view.getUint32(end - 4) !== crc32(bytes, at, end - 4)) return undefined;
  const reader = new Reader(bytes, at + 4, end - 4);
  const summary = read(reader, committee);
  return summary !== undefined && reader.end() === undefined ? { summary, end } : undefined;
}

function read(reader: Reader, committee: Committee): Summary | undefined {
  const atMs = reader.u64();
  const deliveredCount = reader.u64();
  const own = { nextInstance: reader.u64(), nextSeq: reader.u64() };
  const streams: StreamMemory[] = committee.ids.map(() => ({ base: reader.u64(), nextSeq: reader.u64() }));
  const peers = times(reader, reader.u16(), () => {
    const member = committee.node(reader.u16());
    const logId = new Uint8Array(reader.view(LOG_ID_BYTES));
    const position = reader.u64();
    return member === undefined ? undefined : { member, logId, position };
  });
  const cursors = times(reader, reader.u32(), () => {
    const number = reader.u64();
    return { number, consumer: Buffer.from(reader.view(reader.u16())).toString() };
  });
  const keys = times(reader, reader.u32(), () => {
    const seq = reader.u64();
    const digest = asDigest(new Uint8Array(reader.view(DIGEST_BYTES)));
    const key = Buffer.from(reader.view(reader.u16())).toString();
    return digest === undefined ? undefined : { seq, digest, key };
  });
  const gaps = times(reader, reader.u32(), () => {
    const sender = committee.node(reader.u16());
    const [fromSeq, toSeq, before] = [reader.u64(), reader.u64(), reader.u64()];
    return sender === undefined ? undefined : { sender, fromSeq, toSeq, before };
  });
  const open = times(reader, reader.u32(), () => {
    const sender = committee.node(reader.u16());
    const instance = reader.u64();
    const said = times(reader, reader.u8(), () => {
      const statement = STATEMENTS[reader.u8() - 1];
      const digest = asDigest(new Uint8Array(reader.view(DIGEST_BYTES)));
      return statement === undefined || digest === undefined ? undefined : ([statement, digest] as const);
    });
    return sender === undefined || said === undefined ? undefined : { sender, instance, said };
  });
  if (!peers || !cursors || !keys || !gaps || !open) return undefined;
  const agreements = readTopics(reader);
  while (reader.remaining > 0 && reader.error === undefined) {
    const sender = committee.node(reader.u16());
    const end = new Uint8Array(reader.view(DIGEST_BYTES));
    const stream = sender === undefined ? undefined : streams[sender];
    if (sender === undefined || stream === undefined) return undefined;
    streams[sender] = { ...stream, ends: [...(stream.ends ?? []), end] };
  }
  return { atMs, deliveredCount, own, streams, peers, cursors, keys, gaps, open, agreements };
}

/** As many as there are said to be; undefined if one of them is none. */
function times<T>(reader: Reader, count: number, one: () => T | undefined): T[] | undefined {
  const items: T[] = [];
  for (let i = 0; i < count && reader.error === undefined; i += 1) {
    const item = one();
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}
