import { fromHex, toHex } from '../../base/index.ts';
import {
  decodeMessages,
  FRAME_HEADER_BYTES,
  FramePacker,
  type MemberMessage,
  type MessageBounds,
} from '../../codec/index.ts';

/** A whole frame with one message in it, and what it decodes to: undefined if it is refused. */
export interface Frame {
  /** What it stands in, from `at` to `end`. */
  readonly buffer: Uint8Array;
  readonly at: number;
  readonly end: number;
  readonly message: MemberMessage | undefined;
}

/** Frames stand one after another in buffers of this size, as they do in what a socket reads. */
const BUFFER_BYTES = 16_384;

/**
 * The codec between simulated members. A message that goes to several peers is one object: it is encoded once and
 * decoded once, and all of them get what came out of its bytes.
 */
export class Frames {
  readonly #packer: FramePacker;
  readonly #bounds: MessageBounds;
  #buffer: Uint8Array = new Uint8Array(0);
  #used = 0;
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
    if (this.#used + length > this.#buffer.length) {
      this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, length));
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += length;
    this.#packer.takeInto(this.#buffer, at);
    const frame = this.#decode(this.#buffer, at, this.#used);
    this.#lastMessage = message;
    this.#lastFrame = frame;
    return frame;
  }

  /** A frame from its bytes in hexadecimal. */
  ofHex(hex: string): Frame {
    const bytes = fromHex(hex) ?? new Uint8Array(0);
    return this.#decode(bytes, 0, bytes.length);
  }

  #decode(buffer: Uint8Array, at: number, end: number): Frame {
    const decoded = decodeMessages(buffer, this.#bounds, at + FRAME_HEADER_BYTES, end);
    return { buffer, at, end, message: decoded.ok ? decoded.value[0] : undefined };
  }
}

/** The bytes of a frame, for a decision. */
export function frameHex({ buffer, at, end }: Frame): string {
  return toHex(buffer.subarray(at, end));
}
