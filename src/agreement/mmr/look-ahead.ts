import type { NodeId } from '../../committee/index.ts';

/**
 * Rounds beyond its own of which a member keeps votes. What others say of later ones is dropped, noted, and asked for
 * again once there is a place for it: a liar cannot fill the memory, and whoever lags loses nothing.
 */
export const AHEAD_ROUNDS = 3;

/** By member: which rounds were dropped. Two numbers each, whatever they send; nothing before the first is dropped. */
export class LookAhead {
  readonly #n: number;
  /** Lowest round dropped of each member, and after them the highest; 0 if none was. */
  #dropped: Float64Array | undefined;

  constructor(n: number) {
    this.#n = n;
  }

  /** Something of this round was dropped. */
  drop(from: NodeId, round: number): void {
    this.#dropped ??= new Float64Array(2 * this.#n);
    const dropped = this.#dropped;
    const lowest = dropped[from] ?? 0;
    dropped[from] = lowest === 0 ? round : Math.min(lowest, round);
    dropped[this.#n + from] = Math.max(dropped[this.#n + from] ?? 0, round);
  }

  /** Whether `from` is to be asked for `round`, which has a place from now on. Rounds come in order. */
  ask(from: NodeId, round: number): boolean {
    const dropped = this.#dropped;
    const lowest = dropped?.[from] ?? 0;
    if (dropped === undefined || lowest === 0 || lowest > round) return false;
    const more = (dropped[this.#n + from] ?? 0) > round;
    dropped[from] = more ? round + 1 : 0;
    if (!more) dropped[this.#n + from] = 0;
    return true;
  }
}
