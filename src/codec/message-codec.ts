import { unreachable } from '../base/index.ts';
import type { Committee, Limits } from '../committee/index.ts';
import { asDigest, DIGEST_BYTES } from '../crypto/index.ts';
import { batchBytesMax } from './batch.ts';
import { answerBytesMax, codedBytes, readDispersal, readShard, writeCoded } from './coded-codec.ts';
import { FRAME_KIND, WIRE_VERSION } from './frame.ts';
import type { CodedMessage, HistoryMessage, InstanceMessage, MemberMessage } from './message.ts';
import { type Decoded, type DecodeError, Reader, refuse } from './reader.ts';
import { FRAME_HEAD_BYTES, roomAround } from './room.ts';
import { Writer } from './writer.ts';

/** Tags of the messages in a frame. `docs/wire.md` is the specification. */
const TAG = {
  initial: 1,
  echo: 2,
  ready: 3,
  done: 4,
  pull: 5,
  payload: 6,
  dispersal: 7,
  shard: 8,
  status: 16,
  horizon: 17,
  ask: 18,
  count: 19,
} as const;

type AboutInstance = Exclude<MemberMessage, { readonly kind: 'status' }>;

/** In a frame: where the number of its messages stands, and the first of them. */
const COUNT_AT = 10;
const MESSAGES_AT = 12;
const RESYNC = 1;
/** Frame overhead beside the payload of the largest message: epoch, count, tag, sender, instance, length. */
const FRAME_OVERHEAD_BYTES = 2 + 4 + 2 + 1 + 2 + 8 + 4;
/** Votes are packed up to this many bytes a frame. */
const FRAME_BYTES_TARGET = 65_536;
/** Most messages in one frame. */
export const FRAME_MESSAGES_MAX = 4_096;

/** The longest frame (its length field's value) that members of a cluster with these limits may send. */
export function frameBytesMax(limits: Limits): number {
  return Math.max(FRAME_BYTES_TARGET, answerBytesMax(limits)) + FRAME_OVERHEAD_BYTES;
}

/** Packs messages for one peer into whole frames: many votes a frame, a payload at most once a frame. */
export class FramePacker {
  readonly #epoch: number;
  readonly #writer = new Writer();
  #frameAt = 0;
  #count = 0;

  /** `epoch`: of the cluster definition, u32; stands in every frame. */
  constructor(epoch: number) {
    this.#epoch = epoch;
  }

  /** Bytes packed so far. */
  get length(): number {
    return this.#writer.length;
  }

  /** Adds one message, opening a new frame where the present one is full. */
  add(message: MemberMessage): void {
    const size = encodedBytes(message);
    if (
      this.#count === 0 ||
      this.#count === FRAME_MESSAGES_MAX ||
      this.#writer.length - this.#frameAt + size > FRAME_BYTES_TARGET
    ) {
      this.#close();
      this.#open();
    }
    this.#count += 1;
    writeMessage(this.#writer, message);
  }

  /** All frames added since the last call, as one array of bytes; empty if there are none. */
  take(): Uint8Array {
    this.#close();
    return this.#writer.take();
  }

  /** As `take`, but writes the frames to `target` from `at` on, where `length` bytes must fit. */
  takeInto(target: Uint8Array, at: number): void {
    this.#close();
    this.#writer.takeInto(target, at);
  }

  #open(): void {
    this.#frameAt = this.#writer.length;
    openFrame(this.#writer, this.#epoch);
  }

  #close(): void {
    if (this.#count === 0) return;
    closeFrame(this.#writer, this.#frameAt, this.#count);
    this.#count = 0;
  }
}

/**
 * A frame that holds this one message, for the frame to be sent to many peers: a long payload is copied once and not
 * once for each, and an own INITIAL not at all, if its batch was made with room. `FramePacker` is for what is short.
 */
export function encodeFrame(epoch: number, message: MemberMessage): Uint8Array {
  // Of one payload there is one INITIAL: its head is never overwritten by another while a link still has it.
  if (message.kind === 'instance' && message.body.kind === 'initial') {
    const { payload } = message.body;
    const whole = roomAround(payload);
    if (whole !== undefined) {
      const head = new Writer(FRAME_HEAD_BYTES);
      openFrame(head, epoch);
      writeHead(head, message);
      closeFrame(head, 0, 1, payload.length);
      head.takeInto(whole, 0);
      return whole;
    }
  }
  const writer = new Writer(MESSAGES_AT + encodedBytes(message));
  openFrame(writer, epoch);
  writeMessage(writer, message);
  closeFrame(writer, 0, 1);
  return writer.takeWhole();
}

/** What a decoder must know to bound what it reads. */
export interface MessageBounds {
  readonly committee: Committee;
  readonly limits: Limits;
  readonly epoch: number;
}

/**
 * The messages in the body of a frame of kind `messages`. All or nothing: one field out of place refuses the
 * frame. Digests and payloads are views into `bytes`, in which the body stands from `at` to `end`.
 */
export function decodeMessages(
  bytes: Uint8Array,
  bounds: MessageBounds,
  at = 0,
  end = bytes.length,
): Decoded<readonly MemberMessage[]> {
  const reader = new Reader(bytes, at, end);
  const epoch = reader.u32();
  const count = reader.u16();
  if (reader.error !== undefined) return refuse(reader.error);
  if (epoch !== bounds.epoch || count === 0 || count > FRAME_MESSAGES_MAX) return refuse('out-of-range');
  const messages: MemberMessage[] = [];
  for (let i = 0; i < count; i += 1) {
    const message = readMessage(reader, bounds);
    if (message === undefined || reader.error !== undefined) return refuse(reader.error ?? 'unknown-kind');
    messages.push(message);
  }
  const error: DecodeError | undefined = reader.end();
  return error === undefined ? { ok: true, value: messages } : refuse(error);
}

/** Bytes that `message` takes in a frame. */
export function encodedBytes(message: MemberMessage): number {
  if (message.kind === 'status') return 1 + 1 + 2 + 8 * message.bases.length;
  if (message.kind === 'history') return message.body.kind === 'count' ? 19 : 11;
  const { body } = message;
  switch (body.kind) {
    case 'initial':
    case 'payload':
      return 11 + 4 + body.payload.length;
    case 'dispersal':
    case 'shard':
      return 11 + codedBytes(body);
    default:
      return 11 + DIGEST_BYTES;
  }
}

/** Writes one message as it stands in a frame. */
export function writeMessage(writer: Writer, message: MemberMessage): void {
  if (message.kind === 'status') {
    writer
      .u8(TAG.status)
      .u8(message.resync ? RESYNC : 0)
      .u16(message.bases.length);
    for (const base of message.bases) writer.u64(base);
    return;
  }
  writeHead(writer, message);
  if (message.kind === 'history') {
    if (message.body.kind === 'count') writer.u64(message.body.messages);
    return;
  }
  const { body } = message;
  switch (body.kind) {
    case 'initial':
    case 'payload':
      writer.raw(body.payload);
      return;
    case 'echo':
    case 'ready':
    case 'done':
    case 'pull':
      writer.raw(body.digest);
      return;
    case 'dispersal':
    case 'shard':
      writeCoded(writer, body);
      return;
    default:
      unreachable(body);
  }
}

/** All of a message but the bytes of its payload or digest. */
function writeHead(writer: Writer, { sender, instance, body }: AboutInstance): void {
  writer.u8(TAG[body.kind]).u16(sender).u64(instance);
  if (body.kind === 'initial' || body.kind === 'payload') writer.u32(body.payload.length);
}

function openFrame(writer: Writer, epoch: number): void {
  writer.u32(0).u8(WIRE_VERSION).u8(FRAME_KIND.messages).u32(epoch).u16(0);
}

/** Fills in what is known only at the end of a frame that began at `at`; `more` bytes of it stand elsewhere. */
function closeFrame(writer: Writer, at: number, count: number, more = 0): void {
  writer.patchU32(at, writer.length - at - 4 + more);
  writer.patchU16(at + COUNT_AT, count);
}

function readMessage(reader: Reader, bounds: MessageBounds): MemberMessage | undefined {
  const tag = reader.u8();
  if (tag === TAG.status) return readStatus(reader, bounds.committee);
  const sender = bounds.committee.node(reader.u16());
  const instance = reader.u64();
  if (sender === undefined || instance === 0) {
    reader.fail('out-of-range');
    return undefined;
  }
  const history = readHistory(reader, tag);
  if (history !== undefined) return { kind: 'history', sender, instance, body: history };
  const body = readBody(reader, tag, bounds);
  return body && { kind: 'instance', sender, instance, body };
}

function readBody(
  reader: Reader,
  tag: number,
  { committee, limits }: MessageBounds,
): CodedMessage | undefined {
  switch (tag) {
    case TAG.initial:
      return { kind: 'initial', payload: readPayload(reader, batchBytesMax(limits)) };
    case TAG.payload:
      return { kind: 'payload', payload: readPayload(reader, answerBytesMax(limits)) };
    case TAG.dispersal:
      return readDispersal(reader, limits);
    case TAG.shard:
      return readShard(reader, committee, limits);
    case TAG.echo:
      return readVote(reader, 'echo');
    case TAG.ready:
      return readVote(reader, 'ready');
    case TAG.done:
      return readVote(reader, 'done');
    case TAG.pull:
      return readVote(reader, 'pull');
    default:
      return undefined;
  }
}

function readHistory(reader: Reader, tag: number): HistoryMessage | undefined {
  if (tag === TAG.horizon) return { kind: 'horizon' };
  if (tag === TAG.ask) return { kind: 'ask' };
  if (tag !== TAG.count) return undefined;
  const messages = reader.u64();
  // The number of the next one has to fit as well.
  if (messages >= Number.MAX_SAFE_INTEGER) reader.fail('out-of-range');
  return { kind: 'count', messages };
}

function readVote(reader: Reader, kind: 'echo' | 'ready' | 'done' | 'pull'): InstanceMessage | undefined {
  const digest = asDigest(reader.view(DIGEST_BYTES));
  return digest && { kind, digest };
}

function readPayload(reader: Reader, bytesMax: number): Uint8Array {
  const length = reader.u32();
  if (length > bytesMax) reader.fail('too-large');
  return reader.view(length);
}

function readStatus(reader: Reader, committee: Committee): MemberMessage | undefined {
  const flags = reader.u8();
  if (flags > RESYNC) reader.fail('not-canonical');
  // The count is known beforehand; it stands in the message so that a frame can be read without the definition.
  if (reader.u16() !== committee.n) reader.fail('out-of-range');
  if (reader.error !== undefined) return undefined;
  const bases: number[] = [];
  for (let i = 0; i < committee.n; i += 1) {
    const base = reader.u64();
    if (base === 0) reader.fail('out-of-range');
    bases.push(base);
  }
  return { kind: 'status', bases, resync: flags === RESYNC };
}
