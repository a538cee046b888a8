import type { NodeId } from '../../committee/index.ts';

/**
 * Rounds beyond its own of which a member keeps votes. What others say of later ones is dropped, noted, and asked for
 * again once there is a place for it: a liar cannot fill the memory, and whoever lags loses nothing.
 */
export const AHEAD_ROUNDS = 3;

/** By member: which rounds were dropped. Two numbers each, whatever they send. */
export class LookAhead {
  /** Lowest and highest round dropped; 0 if none was. */
  readonly #lowest: Float64Array;
  readonly #highest: Float64Array;

  constructor(n: number) {
    this.#lowest = new Float64Array(n);
    this.#highest = new Float64Array(n);
  }

  /** Something of this round was dropped. */
  drop(from: NodeId, round: number): void {
    const lowest = this.#lowest[from] ?? 0;
    this.#lowest[from] = lowest === 0 ? round : Math.min(lowest, round);
    this.#highest[from] = Math.max(this.#highest[from] ?? 0, round);
  }

  /** Whether `from` is to be asked for `round`, which has a place from now on. Rounds come in order. */
  ask(from: NodeId, round: number): boolean {
    const lowest = this.#lowest[from] ?? 0;
    if (lowest === 0 || lowest > round) return false;
    const more = (this.#highest[from] ?? 0) > round;
    this.#lowest[from] = more ? round + 1 : 0;
    if (!more) this.#highest[from] = 0;
    return true;
  }
}
