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
  readonly bytes: Uint8Array;
  readonly message: MemberMessage | undefined;
}

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
    const frame = this.#decode(this.#packer.take());
    this.#lastMessage = message;
    this.#lastFrame = frame;
    return frame;
  }

  /** A frame from its bytes in hexadecimal. */
  ofHex(hex: string): Frame {
    return this.#decode(fromHex(hex) ?? new Uint8Array(0));
  }

  #decode(bytes: Uint8Array): Frame {
    const decoded = decodeMessages(bytes.subarray(FRAME_HEADER_BYTES), this.#bounds);
    return { bytes, message: decoded.ok ? decoded.value[0] : undefined };
  }
}

/** The bytes of a frame, for a decision. */
export function frameHex(frame: Frame): string {
  return toHex(frame.bytes);
}
