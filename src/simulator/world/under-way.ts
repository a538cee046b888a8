import type { NodeId } from '../../committee/index.ts';
import type { MessageLabel } from '../event.ts';
import type { Frame } from './frames.ts';

/** A message between two members, as bytes. */
export interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly frame: Frame;
  /** Which incarnation of the link it was sent on. */
  readonly link: number;
  readonly kind: MessageLabel['kind'];
  /** The order in which it was sent. */
  readonly order: number;
  /** Names it in decisions; empty unless the run is recorded. */
  readonly id: string;
}

/** Messages under way, in no order, each with the rank that the schedule gave it. */
export class UnderWay<Item extends { readonly id: string; readonly kind: string } = Letter> {
  readonly #letters: Item[] = [];
  readonly #ranks: number[] = [];

  get size(): number {
    return this.#letters.length;
  }

  at(index: number): Item | undefined {
    return this.#letters[index];
  }

  rankAt(index: number): number {
    return this.#ranks[index] ?? 0;
  }

  add(letter: Item, rank: number): void {
    this.#letters.push(letter);
    this.#ranks.push(rank);
  }

  /** Takes one out; the last one moves to its place. */
  take(index: number): Item | undefined {
    const letter = this.#letters[index];
    const last = this.#letters.pop();
    const lastRank = this.#ranks.pop();
    if (last !== undefined && lastRank !== undefined && index < this.#letters.length) {
      this.#letters[index] = last;
      this.#ranks[index] = lastRank;
    }
    return letter;
  }

  /** Ranks everything anew. */
  rerank(rank: (letter: Item) => number): void {
    for (const [index, letter] of this.#letters.entries()) this.#ranks[index] = rank(letter);
  }

  /** The index of a letter of the lowest rank. */
  least(): number {
    let best = 0;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let index = 0; index < this.#ranks.length; index += 1) {
      const rank = this.#ranks[index] ?? 0;
      if (rank < bestRank) {
        best = index;
        bestRank = rank;
      }
    }
    return best;
  }

  /** The index of the letter with this id; -1 if there is none. */
  find(id: string): number {
    return this.#letters.findIndex((letter) => letter.id === id);
  }

  /** The index of a letter of this kind; -1 if there is none. */
  findKind(kind: Item['kind']): number {
    return this.#letters.findIndex((letter) => letter.kind === kind);
  }
}
