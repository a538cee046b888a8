import type { Committee, NodeId } from '../committee/index.ts';
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

/** Who is to send again: everybody once a stream with something open has stood still for long enough. */
export function repeatersOf(
  streams: readonly Stream[],
  clocks: readonly StallClock[],
  { ids }: Committee,
  tick: number,
): ReadonlySet<NodeId> {
  const repeaters = new Set<NodeId>();
  for (const sender of ids) {
    const stream = streams[sender];
    const state = stream && clocks[sender]?.read(stream, tick);
    if (stream === undefined || state === undefined) continue;
    if (state === 'stalled') for (const id of ids) repeaters.add(id);
    // There is room now for INITIALs that were dropped: they are the sender's, and nobody else has to repeat.
    if (state === 'moved' && stream.missed) repeaters.add(sender);
    if (state !== 'waiting') stream.missed = false;
  }
  return repeaters;
}
