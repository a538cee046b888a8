import type { Committee, Limits, NodeId } from '../committee/index.ts';
import { asDigest, DIGEST_BYTES } from '../crypto/index.ts';
import { batchBytesMax } from './batch.ts';
import { answerBytesMax, readDispersal, readShard } from './coded-codec.ts';
import type { CodedMessage, HistoryMessage, MemberMessage, VoteKind } from './message.ts';
import { encodedBytes } from './message-codec.ts';
import { type Decoded, type DecodeError, Reader, refuse } from './reader.ts';
import { FRAME_MESSAGES_MAX, RESYNC, RUN_MAX, TAG, VOTES } from './tags.ts';

/** What a decoder must know to bound what it reads. */
export interface MessageBounds {
  readonly committee: Committee;
  readonly limits: Limits;
  readonly epoch: number;
}

/** A vote where it stands in a frame. */
export interface VoteAt {
  readonly kind: VoteKind;
  readonly sender: NodeId;
  readonly instance: number;
  /** The digest stands in `bytes` from `at` on. */
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** The same, as a cursor moves it along. */
type Moving = { -readonly [Key in keyof VoteAt]: VoteAt[Key] };

/**
 * Reads frames, one after another, message by message. Votes come by the thousand and cost no memory: each is shown where
 * it stands.
 */
export class FrameCursor {
  readonly #bounds: MessageBounds;
  readonly #reader = new Reader(EMPTY);
  /** The messages of the frame that are no votes, in order, and how many of them were shown. */
  #others: MemberMessage[] = [];
  #shown = 0;
  #count = 0;
  /** Votes of the present run that were not shown yet. */
  #run = 0;
  #vote: Moving | undefined;
  #isVote = false;

  constructor(bounds: MessageBounds) {
    this.#bounds = bounds;
  }

  /** Messages in the frame. */
  get count(): number {
    return this.#count;
  }

  /** The present message, if it is a vote: one object, good until the next call of `next`. */
  get vote(): VoteAt | undefined {
    return this.#isVote ? this.#vote : undefined;
  }

  /**
   * Begins with the body of a frame of kind `messages`, which stands in `bytes` from `at` to `end`. All or nothing: one
   * field out of place refuses the frame. Keeps the reference, as do the messages.
   */
  open(bytes: Uint8Array, at = 0, end = bytes.length): DecodeError | undefined {
    const reader = this.#reader.begin(bytes, at, end);
    const epoch = reader.u32();
    const count = reader.u16();
    if (reader.error !== undefined) return reader.error;
    if (epoch !== this.#bounds.epoch || count === 0 || count > FRAME_MESSAGES_MAX) return 'out-of-range';
    const first = reader.at;
    if (this.#others.length > 0) this.#others = [];
    const error = this.#check(count);
    if (error !== undefined) return error;
    reader.begin(bytes, first, end);
    this.#count = count;
    this.#shown = 0;
    this.#run = 0;
    this.#isVote = false;
    return undefined;
  }

  /** Goes on to the next message; false behind the last. */
  next(): boolean {
    const reader = this.#reader;
    if (this.#run > 0 && this.#vote !== undefined) {
      this.#run -= 1;
      this.#vote.instance += 1;
      this.#vote.at += DIGEST_BYTES;
      return true;
    }
    if (reader.remaining === 0) return false;
    const kind = VOTES[reader.u8()];
    this.#isVote = kind !== undefined;
    if (kind === undefined) {
      const message = this.#others[this.#shown];
      this.#shown += 1;
      if (message !== undefined) reader.skip(encodedBytes(message) - 1);
      return message !== undefined;
    }
    const sender = this.#bounds.committee.node(reader.u16());
    if (sender === undefined) return false;
    const instance = reader.u64();
    const votes = reader.u8();
    this.#show(kind, sender, instance);
    this.#run = votes - 1;
    reader.skip(votes * DIGEST_BYTES);
    return true;
  }

  /** The present message. A digest or payload is a view into the frame. */
  message(): MemberMessage | undefined {
    const { vote } = this;
    if (vote === undefined) return this.#others[this.#shown - 1];
    const { kind, sender, instance, bytes, at } = vote;
    const digest = asDigest(bytes.subarray(at, at + DIGEST_BYTES));
    return digest && { kind: 'instance', sender, instance, body: { kind, digest } };
  }

  #show(kind: VoteKind, sender: NodeId, instance: number): void {
    const { bytes, at } = this.#reader;
    const vote = this.#vote;
    if (vote === undefined) {
      this.#vote = { kind, sender, instance, bytes, at };
      return;
    }
    vote.kind = kind;
    vote.sender = sender;
    vote.instance = instance;
    vote.bytes = bytes;
    vote.at = at;
  }

  /** Reads over everything: what is no vote is made into a message on the way. */
  #check(count: number): DecodeError | undefined {
    const reader = this.#reader;
    let tagBefore = 0;
    let senderBefore = 0;
    let next = 0;
    for (let left = count; left > 0; ) {
      const tag = reader.u8();
      if (VOTES[tag] === undefined) {
        const message = readMessage(reader, tag, this.#bounds);
        if (message === undefined || reader.error !== undefined) return reader.error ?? 'unknown-kind';
        this.#others.push(message);
        tagBefore = 0;
        left -= 1;
        continue;
      }
      const sender = reader.u16();
      const instance = reader.u64();
      const votes = reader.u8();
      reader.skip(votes * DIGEST_BYTES);
      if (reader.error !== undefined) return reader.error;
      const known = this.#bounds.committee.node(sender) !== undefined;
      if (!known || instance === 0 || votes === 0 || votes > left) return 'out-of-range';
      if (instance > Number.MAX_SAFE_INTEGER - (votes - 1)) return 'out-of-range';
      // Of all ways to divide votes into runs there is one.
      if (tag === tagBefore && sender === senderBefore && instance === next) return 'not-canonical';
      // A full run may be followed by another that goes on where it ends.
      tagBefore = votes === RUN_MAX ? 0 : tag;
      senderBefore = sender;
      next = instance + votes;
      left -= votes;
    }
    return reader.end();
  }
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
  const cursor = new FrameCursor(bounds);
  const error = cursor.open(bytes, at, end);
  if (error !== undefined) return refuse(error);
  const messages: MemberMessage[] = [];
  while (cursor.next()) {
    const message = cursor.message();
    if (message !== undefined) messages.push(message);
  }
  return { ok: true, value: messages };
}

function readMessage(reader: Reader, tag: number, bounds: MessageBounds): MemberMessage | undefined {
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
    case TAG.pull: {
      const digest = asDigest(reader.view(DIGEST_BYTES));
      return digest && { kind: 'pull', digest };
    }
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

const EMPTY = new Uint8Array(0);
