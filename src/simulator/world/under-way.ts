import type { NodeId } from '../../committee/index.ts';
import type { MessageLabel } from '../event.ts';

/** A message between two members, as bytes. */
export interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  /** One whole frame. */
  readonly frame: Uint8Array;
  /** Which incarnation of the link it was sent on. */
  readonly link: number;
  /** Arrival time of the `latency` schedule, virtual milliseconds; a random priority for `pct`. */
  readonly rank: number;
  readonly kind: MessageLabel['kind'];
  /** The order in which it was sent. */
  readonly order: number;
  /** Names it in decisions; empty unless the run is recorded. */
  readonly id: string;
}

/** Messages under way, in no order. */
export class UnderWay {
  readonly #letters: Letter[] = [];

  get size(): number {
    return this.#letters.length;
  }

  at(index: number): Letter | undefined {
    return this.#letters[index];
  }

  add(letter: Letter): void {
    this.#letters.push(letter);
  }

  /** Takes one out; the last one moves to its place. */
  take(index: number): Letter | undefined {
    const letter = this.#letters[index];
    const last = this.#letters.pop();
    if (letter !== undefined && last !== undefined && index < this.#letters.length)
      this.#letters[index] = last;
    return letter;
  }

  /** The index of the letter for which `score` is least; the earlier sent one of equals. */
  least(score: (letter: Letter) => number): number {
    let best = 0;
    let bestScore = Number.POSITIVE_INFINITY;
    let bestOrder = Number.POSITIVE_INFINITY;
    for (const [index, letter] of this.#letters.entries()) {
      const value = score(letter);
      if (value < bestScore || (value === bestScore && letter.order < bestOrder)) {
        best = index;
        bestScore = value;
        bestOrder = letter.order;
      }
    }
    return best;
  }

  /** The index of the letter with this id; -1 if there is none. */
  find(id: string): number {
    return this.#letters.findIndex((letter) => letter.id === id);
  }
}
