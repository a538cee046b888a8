import { fromHex, toHex } from '../../base/index.ts';
import {
  FRAME_HEADER_BYTES,
  FrameCursor,
  FramePacker,
  type MemberMessage,
  type MessageBounds,
  type VoteAt,
  Writer,
} from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { asDigest, DIGEST_BYTES } from '../../crypto/index.ts';
import type { MessageLabel } from '../event.ts';
import { kindOf } from './label.ts';

/** The epoch of every simulated cluster. */
export const EPOCH = 1;

/** A whole frame with one message in it, and what it decodes to. */
export class Frame {
  /** What it stands in, from `at` to `end`. */
  readonly buffer: Uint8Array;
  readonly at: number;
  readonly end: number;
  /** Of the message that was put in. */
  readonly kind: MessageLabel['kind'] | undefined;
  /** If it is a vote: as members get it from their links. */
  readonly vote: VoteAt | undefined;
  #message: MemberMessage | undefined;

  constructor(
    { buffer, at, end }: Pick<Frame, 'buffer' | 'at' | 'end'>,
    kind: MessageLabel['kind'] | undefined,
    read: VoteAt | MemberMessage | undefined,
  ) {
    this.buffer = buffer;
    this.at = at;
    this.end = end;
    this.kind = kind;
    const vote = read !== undefined && 'at' in read;
    this.vote = vote ? read : undefined;
    this.#message = vote ? undefined : read;
  }

  /** What it decodes to; undefined if it is refused. */
  get message(): MemberMessage | undefined {
    if (this.vote !== undefined) this.#message ??= messageOf(this.vote);
    return this.#message;
  }

  /** Whose broadcast it is about; undefined if it is about none, or refused. */
  get sender(): NodeId | undefined {
    if (this.vote !== undefined) return this.vote.sender;
    return this.#message?.kind === 'instance' ? this.#message.sender : undefined;
  }

  get refused(): boolean {
    return this.vote === undefined && this.#message === undefined;
  }
}

function messageOf({ kind, sender, instance, bytes, at }: VoteAt): MemberMessage | undefined {
  const digest = asDigest(bytes.subarray(at, at + DIGEST_BYTES));
  return digest && { kind: 'instance', sender, instance, body: { kind, digest } };
}

/** Frames stand one after another in buffers of this size, as they do in what a socket reads. */
const BUFFER_BYTES = 65_536;
/** Less room than that at the end of a buffer is left alone. */
const ROOM_BYTES = 4_096;

/**
 * Where the frames of all worlds are written, one after another: most runs fill a small part of a buffer. What was written
 * is never written over, since members may keep views of it.
 */
let writer = new Writer(BUFFER_BYTES);
let packer = new FramePacker(EPOCH, writer);

/**
 * The codec between simulated members. A message that goes to several peers is one object: it is encoded once and
 * decoded once, and all of them get what came out of its bytes.
 */
export class Frames {
  readonly #cursor: FrameCursor;
  #lastMessage: MemberMessage | undefined;
  #lastFrame: Frame | undefined;

  constructor(bounds: Omit<MessageBounds, 'epoch'>) {
    this.#cursor = new FrameCursor({ ...bounds, epoch: EPOCH });
  }

  of(message: MemberMessage): Frame {
    if (message === this.#lastMessage && this.#lastFrame !== undefined) return this.#lastFrame;
    if (writer.length > BUFFER_BYTES - ROOM_BYTES) {
      writer = new Writer(BUFFER_BYTES);
      packer = new FramePacker(EPOCH, writer);
    }
    const at = writer.length;
    packer.add(message);
    packer.finish();
    const place = { buffer: writer.bytes, at, end: writer.length };
    const frame = new Frame(place, kindOf(message), this.#read(place));
    this.#lastMessage = message;
    this.#lastFrame = frame;
    return frame;
  }

  /** A frame from its bytes in hexadecimal. */
  ofHex(hex: string): Frame {
    const buffer = fromHex(hex) ?? new Uint8Array(0);
    const place = { buffer, at: 0, end: buffer.length };
    const frame = new Frame(place, undefined, this.#read(place));
    return frame.message === undefined ? frame : new Frame(place, kindOf(frame.message), this.#read(place));
  }

  /** The first message of a frame. */
  #read({ buffer, at, end }: Pick<Frame, 'buffer' | 'at' | 'end'>): VoteAt | MemberMessage | undefined {
    const cursor = this.#cursor;
    if (cursor.open(buffer, at + FRAME_HEADER_BYTES, end) !== undefined || !cursor.next()) return undefined;
    return cursor.vote === undefined ? cursor.message() : { ...cursor.vote };
  }
}

/** The bytes of a frame, for a decision. */
export function frameHex({ buffer, at, end }: Frame): string {
  return toHex(buffer.subarray(at, end));
}
