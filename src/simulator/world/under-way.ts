import type { NodeId } from '../../committee/index.ts';
import { Ranks, removeAt } from './ranks.ts';

/** Messages under way, in no order, each with the rank that the schedule gave it. */
export class UnderWay<Item extends { readonly id: string; readonly from: NodeId; readonly to: NodeId }> {
  readonly #letters: Item[] = [];
  readonly #ranks = new Ranks();

  get size(): number {
    return this.#letters.length;
  }

  rankAt(index: number): number {
    return this.#ranks.at(index);
  }

  add(letter: Item, rank: number): void {
    this.#letters.push(letter);
    this.#ranks.add(rank);
  }

  /** Takes one out; the last one moves to its place. Undefined if there is none. */
  take(index: number): Item | undefined {
    const letter = this.#letters[index];
    if (letter === undefined) return undefined;
    removeAt(this.#letters, index);
    this.#ranks.remove(index);
    return letter;
  }

  /** Takes all of these out. */
  drop(which: (letter: Item) => boolean): void {
    for (let index = this.#letters.length - 1; index >= 0; index -= 1) {
      const letter = this.#letters[index];
      if (letter !== undefined && which(letter)) this.take(index);
    }
  }

  /** Ranks everything anew. */
  rerank(rank: (from: NodeId, to: NodeId) => number): void {
    for (const [index, { from, to }] of this.#letters.entries()) this.#ranks.set(index, rank(from, to));
  }

  /** The index of a letter of the lowest rank. */
  least(): number {
    return this.#ranks.least();
  }

  /** The index of the letter with this id; -1 if there is none. */
  find(id: string): number {
    return this.#letters.findIndex((letter) => letter.id === id);
  }
}
