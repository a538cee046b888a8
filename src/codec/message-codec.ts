import { unreachable } from '../base/index.ts';
import type { Limits } from '../committee/index.ts';
import { DIGEST_BYTES } from '../crypto/index.ts';
import { answerBytesMax, codedBytes, writeCoded } from './coded-codec.ts';
import { FRAME_KIND, WIRE_VERSION } from './frame.ts';
import type { InstanceMessage, MemberMessage, VoteKind } from './message.ts';
import { FRAME_HEAD_BYTES, roomAround } from './room.ts';
import { COUNT_AT, FRAME_MESSAGES_MAX, MESSAGES_AT, RESYNC, RUN_MAX, TAG } from './tags.ts';
import { Writer } from './writer.ts';

/** A message that is a vote. */
type Vote = Extract<MemberMessage, { readonly kind: 'instance' }> & { readonly body: VoteBody };
type VoteBody = Extract<InstanceMessage, { readonly kind: VoteKind }>;
type AboutInstance = Exclude<MemberMessage, { readonly kind: 'status' }>;

/** In a run of votes: where their number stands, behind tag, sender and instance. */
const VOTES_AT = 11;
/** Frame overhead beside the payload of the largest message: epoch, count, tag, sender, instance, length. */
const FRAME_OVERHEAD_BYTES = 2 + 4 + 2 + 1 + 2 + 8 + 4;
/** Votes are packed up to this many bytes a frame. */
const FRAME_BYTES_TARGET = 65_536;

/** The longest frame (its length field's value) that members of a cluster with these limits may send. */
export function frameBytesMax(limits: Limits): number {
  return Math.max(FRAME_BYTES_TARGET, answerBytesMax(limits)) + FRAME_OVERHEAD_BYTES;
}

/**
 * Packs messages for one peer into whole frames: many votes a frame, a payload at most once a frame. Votes of one kind on
 * consecutive instances of one sender, added one after another, share a head.
 */
export class FramePacker {
  readonly #epoch: number;
  readonly #writer: Writer;
  #frameAt = 0;
  #count = 0;
  /** The run of votes at the end: its tag (0: none), sender, the instance that goes on with it, votes, where their number stands. */
  #tag = 0;
  #sender = 0;
  #next = 0;
  #votes = 0;
  #votesAt = 0;

  /** `epoch`: of the cluster definition, u32; stands in every frame. `writer`: what it writes to, at the end. */
  constructor(epoch: number, writer = new Writer()) {
    this.#epoch = epoch;
    this.#writer = writer;
  }

  /** Bytes packed so far. */
  get length(): number {
    return this.#writer.length;
  }

  /** Adds one message, opening a new frame where the present one is full. */
  add(message: MemberMessage): void {
    const vote = isVote(message);
    const goesOn = vote && this.#goesOn(message);
    const size = goesOn ? DIGEST_BYTES : encodedBytes(message);
    if (
      this.#count === 0 ||
      this.#count === FRAME_MESSAGES_MAX ||
      this.#writer.length - this.#frameAt + size > FRAME_BYTES_TARGET
    ) {
      this.#close();
      this.#open();
    }
    this.#count += 1;
    if (vote) this.#addVote(message);
    else {
      this.#tag = 0;
      writeMessage(this.#writer, message);
    }
  }

  #addVote(vote: Vote): void {
    const writer = this.#writer;
    if (this.#goesOn(vote)) {
      this.#votes += 1;
      writer.raw(vote.body.digest).patchU8(this.#votesAt, this.#votes);
    } else {
      this.#tag = TAG[vote.body.kind];
      this.#sender = vote.sender;
      this.#votes = 1;
      this.#votesAt = writer.length + VOTES_AT;
      writeMessage(writer, vote);
    }
    this.#next = vote.instance + 1;
    if (this.#votes === RUN_MAX) this.#tag = 0;
  }

  /** Whether it is one more vote of the run at the end. */
  #goesOn({ sender, instance, body }: Vote): boolean {
    return sender === this.#sender && instance === this.#next && TAG[body.kind] === this.#tag;
  }

  /** Ends the frames where they stand, for whoever gave the writer: they are not taken. */
  finish(): void {
    this.#close();
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
    this.#tag = 0;
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

/** Bytes that `message` takes in a frame; a vote, where it begins a run. */
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
    case 'pull':
      return 11 + DIGEST_BYTES;
    default:
      return VOTES_AT + 1 + DIGEST_BYTES;
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
      writer.u8(1).raw(body.digest);
      return;
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

function isVote(message: MemberMessage): message is Vote {
  if (message.kind !== 'instance') return false;
  const { kind } = message.body;
  return kind === 'echo' || kind === 'ready' || kind === 'done';
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
