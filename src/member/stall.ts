import type { Stream } from '../stream/index.ts';

/** Ticks without progress of an open stream before peers are asked to send again; doubles up to 64 times that. */
const STALL_TICKS = 20;
const STALL_DOUBLINGS = 6;

/**
 * How long one stream has stood still. It does not while nothing is open in it, and a stream that a faulty sender
 * leaves open for good is asked about ever more seldom.
 */
export class StallClock {
  #base: number;
  #sinceTick = 0;
  #doublings = 0;

  constructor(base: number) {
    this.#base = base;
  }

  /** To be called at every tick. `moved`: since the last call; `stalled`: it is time to ask again. */
  read(stream: Stream, tick: number): 'moved' | 'waiting' | 'stalled' {
    if (stream.base !== this.#base) {
      this.#base = stream.base;
      this.#sinceTick = tick;
      this.#doublings = 0;
      return 'moved';
    }
    if (stream.openCount === 0 && !stream.missed) this.#sinceTick = tick;
    if (tick - this.#sinceTick < STALL_TICKS << this.#doublings) return 'waiting';
    this.#sinceTick = tick;
    this.#doublings = Math.min(this.#doublings + 1, STALL_DOUBLINGS);
    return 'stalled';
  }
}
