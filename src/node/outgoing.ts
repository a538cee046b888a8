import { encodedBytes, encodeFrame, FramePacker, type MemberMessage } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';

/** Where frames go. */
export interface FrameSink {
  send(peer: NodeId, frames: Uint8Array): boolean;
}

/** A message from this length on has a frame of its own, which all peers' queues share. */
const ALONE_BYTES_MIN = 16_384;

/**
 * What a turn says, on its way into frames. Most of it goes to all peers alike: that is packed once, and the bytes are
 * shared.
 */
export class Outgoing {
  readonly #epoch: number;
  readonly #sink: FrameSink;
  readonly #packers = new Map<NodeId, FramePacker>();
  /** What several peers are told alike, and which. */
  readonly #common: FramePacker;
  #commonTo: readonly NodeId[] = [];
  /** The last message, not packed yet, and to whom it goes. */
  #message: MemberMessage | undefined;
  readonly #to: NodeId[] = [];
  /** How much of `#to` counts: it is written over, not made anew for every message. */
  #toCount = 0;
  /** Messages so far, one for each peer. */
  messages = 0;

  /** `epoch`: of the cluster definition; stands in every frame. */
  constructor(epoch: number, sink: FrameSink) {
    this.#epoch = epoch;
    this.#sink = sink;
    this.#common = new FramePacker(epoch);
  }

  /** What goes to several peers should be added for one after another, as the same object. */
  add(to: NodeId, message: MemberMessage): void {
    this.messages += 1;
    if (message !== this.#message) {
      this.#pack();
      this.#message = message;
    }
    this.#address(to);
  }

  /** All of it leaves. */
  flush(): void {
    this.#pack();
    for (const [peer, packer] of this.#packers) {
      if (packer.length > 0) this.#sink.send(peer, packer.take());
    }
    this.#sendCommon();
  }

  /** Forgets what is not sent yet to `peer`: its link is gone. */
  forget(peer: NodeId): void {
    const to = this.#addressees().filter((id) => id !== peer);
    this.#toCount = 0;
    for (const id of to) this.#address(id);
    this.#pack();
    this.#commonTo = this.#commonTo.filter((id) => id !== peer);
    this.#packers.delete(peer);
  }

  /** Forgets everything. */
  clear(): void {
    this.#message = undefined;
    this.#toCount = 0;
    this.#packers.clear();
    this.#common.take();
  }

  #address(to: NodeId): void {
    this.#to[this.#toCount] = to;
    this.#toCount += 1;
  }

  /** To whom the last message goes: a copy. */
  #addressees(): NodeId[] {
    return this.#to.slice(0, this.#toCount);
  }

  /** The last message is known with all whom it goes to. */
  #pack(): void {
    const message = this.#message;
    if (message === undefined) return;
    this.#message = undefined;
    if (encodedBytes(message) >= ALONE_BYTES_MIN) this.#sendAlone(this.#addressees(), message);
    else if (this.#toCount === 1) for (const peer of this.#addressees()) this.#packerOf(peer).add(message);
    else {
      if (!this.#goesToCommon()) {
        this.#sendCommon();
        this.#commonTo = this.#addressees();
      }
      this.#common.add(message);
    }
    this.#toCount = 0;
  }

  /** Whether the last message goes to the same peers as those before it. */
  #goesToCommon(): boolean {
    const common = this.#commonTo;
    if (this.#toCount !== common.length) return false;
    for (let i = 0; i < common.length; i += 1) if (this.#to[i] !== common[i]) return false;
    return true;
  }

  /** After all that was said before. */
  #sendAlone(to: readonly NodeId[], message: MemberMessage): void {
    this.#sendCommon();
    const frame = encodeFrame(this.#epoch, message);
    for (const peer of to) {
      const packer = this.#packerOf(peer);
      if (packer.length > 0) this.#sink.send(peer, packer.take());
      this.#sink.send(peer, frame);
    }
  }

  #sendCommon(): void {
    if (this.#common.length === 0) return;
    const frames = this.#common.take();
    for (const peer of this.#commonTo) this.#sink.send(peer, frames);
  }

  #packerOf(peer: NodeId): FramePacker {
    const known = this.#packers.get(peer);
    if (known !== undefined) return known;
    const packer = new FramePacker(this.#epoch);
    this.#packers.set(peer, packer);
    return packer;
  }
}
