import { fromHex, toHex } from '../../base/index.ts';
import {
  decodeMessages,
  FRAME_HEADER_BYTES,
  FramePacker,
  type MemberMessage,
  type MessageBounds,
} from '../../codec/index.ts';
import type { MessageLabel } from '../event.ts';
import { kindOf } from './label.ts';

/** A whole frame with one message in it, and what it decodes to: undefined if it is refused. */
export interface Frame {
  /** What it stands in, from `at` to `end`. */
  readonly buffer: Uint8Array;
  readonly at: number;
  readonly end: number;
  readonly message: MemberMessage | undefined;
  /** Of the message that was put in. */
  readonly kind: MessageLabel['kind'] | undefined;
}

/** Frames stand one after another in buffers of this size, as they do in what a socket reads. */
const BUFFER_BYTES = 65_536;
/**
 * Of all worlds together, one after another: most runs fill a small part of one. What was written is never written over,
 * since members may keep views of it.
 */
let buffer: Uint8Array = new Uint8Array(0);
let used = 0;

/**
 * The codec between simulated members. A message that goes to several peers is one object: it is encoded once and
 * decoded once, and all of them get what came out of its bytes.
 */
export class Frames {
  readonly #packer: FramePacker;
  readonly #bounds: MessageBounds;
  #lastMessage: MemberMessage | undefined;
  #lastFrame: Frame | undefined;

  constructor(bounds: MessageBounds) {
    this.#bounds = bounds;
    this.#packer = new FramePacker(bounds.epoch);
  }

  of(message: MemberMessage): Frame {
    if (message === this.#lastMessage && this.#lastFrame !== undefined) return this.#lastFrame;
    this.#packer.add(message);
    const { length } = this.#packer;
    if (used + length > buffer.length) {
      buffer = new Uint8Array(Math.max(BUFFER_BYTES, length));
      used = 0;
    }
    const at = used;
    used += length;
    this.#packer.takeInto(buffer, at);
    const decoded = decodeMessages(buffer, this.#bounds, at + FRAME_HEADER_BYTES, used);
    const read = decoded.ok ? decoded.value[0] : undefined;
    const frame = { buffer, at, end: used, message: read, kind: kindOf(message) };
    this.#lastMessage = message;
    this.#lastFrame = frame;
    return frame;
  }

  /** A frame from its bytes in hexadecimal. */
  ofHex(hex: string): Frame {
    const bytes = fromHex(hex) ?? new Uint8Array(0);
    const decoded = decodeMessages(bytes, this.#bounds, FRAME_HEADER_BYTES);
    const message = decoded.ok ? decoded.value[0] : undefined;
    return { buffer: bytes, at: 0, end: bytes.length, message, kind: message && kindOf(message) };
  }
}

/** The bytes of a frame, for a decision. */
export function frameHex({ buffer, at, end }: Frame): string {
  return toHex(buffer.subarray(at, end));
}
