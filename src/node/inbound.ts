import { FRAME_KIND } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';

/** A frame that came in over a link. */
export interface InboundFrame {
  readonly from: NodeId;
  readonly body: Uint8Array;
  /** Of `FRAME_KIND`. */
  readonly kind: number;
}

/** Bytes of frames that wait for a turn, of all peers together. A peer has its share, and then its link stops reading. */
export const INBOUND_BYTES_MAX = 16_777_216;
/** A link goes on reading when this part of its share is left. */
const RESUME_DIVISOR = 4;
/** From here on what waits is likely to hold a payload. */
const LONG_BYTES = 16_384;
/** Work of one turn: enough to share a sync among many votes, little enough to keep the turn short. */
const TURN_BYTES = 524_288;
const TURN_FRAMES = 512;

class Queue {
  readonly frames: InboundFrame[] = [];
  bytes = 0;
  paused = false;
  /** Faults that it has not worked off yet, and when that was reckoned. */
  faults = 0;
  blamed = false;
  reckonedMs = 0;
}

/** What an `Inbound` is made of. */
export interface InboundOptions {
  /** How many peers there are. */
  readonly peers: number;
  /** Faults that are forgiven to a peer in a second. Its frames wait while it has more than a second's worth. */
  readonly faultsPerSecond: number;
  /** Whether a peer's frames have to wait for what it has asked for. */
  readonly isOver?: (peer: NodeId, nowMs: number) => boolean;
  /** Stops or goes on reading from one; called inside `push`, `take` and `clear`. */
  readonly pause: (peer: NodeId, paused: boolean) => void;
}

/**
 * Frames that wait for a turn, by peer. Each peer has the same share of what may wait and of what a turn takes: one that
 * floods this member stops its own link, and takes no turn from another. A peer that breaks the protocol all the time,
 * or asks for more than a member needs, has its frames handled ever more rarely.
 */
export class Inbound {
  readonly #queues = new Map<NodeId, Queue>();
  readonly #pause: InboundOptions['pause'];
  readonly #isOver: NonNullable<InboundOptions['isOver']>;
  readonly #faultsPerSecond: number;
  readonly #queueBytes: number;
  readonly #turnBytes: number;
  readonly #turnFrames: number;

  constructor({ peers, faultsPerSecond, isOver, pause }: InboundOptions) {
    const shares = Math.max(1, peers);
    this.#pause = pause;
    this.#isOver = isOver ?? (() => false);
    this.#faultsPerSecond = faultsPerSecond;
    this.#queueBytes = Math.floor(INBOUND_BYTES_MAX / shares);
    this.#turnBytes = Math.floor(TURN_BYTES / shares);
    this.#turnFrames = Math.ceil(TURN_FRAMES / shares);
  }

  /** Whether something long of this peer waits for a turn. */
  isLong(peer: NodeId): boolean {
    return (this.#queues.get(peer)?.bytes ?? 0) >= LONG_BYTES;
  }

  /** Whether anything waits that a turn may take now. `nowMs`: of a clock that never goes back. */
  isReady(nowMs: number): boolean {
    for (const [peer, queue] of this.#queues) {
      if (queue.frames.length > 0 && !this.#waits(peer, queue, nowMs)) return true;
    }
    return false;
  }

  /** The peer did so many times what no correct member does. True the first time that its frames have to wait for it. */
  blame(peer: NodeId, faults: number, nowMs: number): boolean {
    const queue = this.#queue(peer);
    this.#workOff(queue, nowMs);
    queue.faults += faults;
    if (queue.blamed || !this.#isIndebted(queue, nowMs)) return false;
    queue.blamed = true;
    return true;
  }

  /** Keeps the bytes. */
  push(from: NodeId, body: Uint8Array, kind: number = FRAME_KIND.messages): void {
    const queue = this.#queue(from);
    queue.frames.push({ from, body, kind });
    queue.bytes += body.length;
    if (!queue.paused && queue.bytes > this.#queueBytes) this.#set(from, queue, true);
  }

  /** What the next turn handles: of each peer its oldest frames, one at least, up to its share. */
  take(nowMs: number): readonly InboundFrame[] {
    const taken: InboundFrame[] = [];
    for (const [peer, queue] of this.#queues) {
      if (this.#waits(peer, queue, nowMs)) continue;
      let count = 0;
      let bytes = 0;
      for (const { body } of queue.frames) {
        if (count > 0 && (count >= this.#turnFrames || bytes + body.length > this.#turnBytes)) break;
        count += 1;
        bytes += body.length;
      }
      for (const frame of queue.frames.splice(0, count)) taken.push(frame);
      queue.bytes -= bytes;
      if (queue.paused && queue.bytes < this.#queueBytes / RESUME_DIVISOR) this.#set(peer, queue, false);
    }
    return taken;
  }

  /** Forgets everything. */
  clear(): void {
    for (const [peer, queue] of this.#queues) {
      queue.frames.length = 0;
      queue.bytes = 0;
      if (queue.paused) this.#set(peer, queue, false);
    }
  }

  #queue(peer: NodeId): Queue {
    let queue = this.#queues.get(peer);
    if (queue === undefined) {
      queue = new Queue();
      this.#queues.set(peer, queue);
    }
    return queue;
  }

  #waits(peer: NodeId, queue: Queue, nowMs: number): boolean {
    return this.#isIndebted(queue, nowMs) || this.#isOver(peer, nowMs);
  }

  #isIndebted(queue: Queue, nowMs: number): boolean {
    this.#workOff(queue, nowMs);
    return queue.faults > this.#faultsPerSecond;
  }

  #workOff(queue: Queue, nowMs: number): void {
    const forgiven = ((nowMs - queue.reckonedMs) * this.#faultsPerSecond) / 1_000;
    queue.faults = Math.max(0, queue.faults - forgiven);
    queue.reckonedMs = nowMs;
  }

  #set(peer: NodeId, queue: Queue, paused: boolean): void {
    queue.paused = paused;
    this.#pause(peer, paused);
  }
}

/** The warning about a peer that breaks the protocol all the time. */
export function flooding(peer: string): {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
} {
  return {
    code: 'peer-floods',
    message: `${peer} breaks the protocol so often that what it says has to wait`,
    hint: 'nobody else waits for it; GET /v1/evidence says what it does, and its operators should be asked why',
  };
}
