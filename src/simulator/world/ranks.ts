/** The ranks of things that stand in no order, by their place: what a schedule chooses by. */
export class Ranks {
  readonly #ranks: number[] = [];

  get size(): number {
    return this.#ranks.length;
  }

  at(index: number): number {
    return this.#ranks[index] ?? 0;
  }

  add(rank: number): void {
    this.#ranks.push(rank);
  }

  set(index: number, rank: number): void {
    this.#ranks[index] = rank;
  }

  /** The place of one of the lowest rank. */
  least(): number {
    const ranks = this.#ranks;
    let best = 0;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let index = 0; index < ranks.length; index += 1) {
      const rank = ranks[index] ?? 0;
      if (rank < bestRank) {
        best = index;
        bestRank = rank;
      }
    }
    return best;
  }

  /** Takes one out; the last one moves to its place. */
  remove(index: number): void {
    removeAt(this.#ranks, index);
  }
}

/** Takes one out of a list whose order means nothing; the last one moves to its place. */
export function removeAt<Item>(items: Item[], index: number): void {
  const last = items.pop();
  if (last !== undefined && index < items.length) items[index] = last;
}
