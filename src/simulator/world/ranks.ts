/**
 * The ranks of things that stand in no order, by their place: what a schedule chooses by. Whoever asks for the lowest pays
 * for a heap of places from then on; schedules that never do pay nothing.
 */
export class Ranks {
  readonly #ranks: number[] = [];
  /** Places, the lowest rank first, and of equal ones the lowest place. Undefined until somebody asks for the lowest. */
  #heap: number[] | undefined;
  /** By place: where it stands in the heap. */
  readonly #at: number[] = [];

  get size(): number {
    return this.#ranks.length;
  }

  at(index: number): number {
    return this.#ranks[index] ?? 0;
  }

  add(rank: number): void {
    this.#ranks.push(rank);
    const heap = this.#heap;
    if (heap === undefined) return;
    heap.push(heap.length);
    this.#at.push(heap.length - 1);
    this.#rise(heap, heap.length - 1);
  }

  set(index: number, rank: number): void {
    this.#ranks[index] = rank;
    this.#heap = undefined;
  }

  /** The place of one of the lowest rank: the first of them. */
  least(): number {
    this.#heap ??= this.#built();
    return this.#heap[0] ?? 0;
  }

  /** Takes one out; the last one moves to its place. */
  remove(index: number): void {
    const heap = this.#heap;
    if (heap === undefined) {
      removeAt(this.#ranks, index);
      return;
    }
    this.#forget(heap, index);
    removeAt(this.#ranks, index);
    const spot = this.#at.pop() ?? 0;
    if (index === this.#ranks.length) return;
    // What stood at the last place stands at this one now, which can only let it rise.
    this.#put(heap, spot, index);
    this.#rise(heap, spot);
  }

  #built(): number[] {
    const heap = this.#ranks.map((_, index) => index);
    this.#at.length = 0;
    for (const index of heap) this.#at.push(index);
    for (let spot = (heap.length >> 1) - 1; spot >= 0; spot -= 1) this.#sink(heap, spot);
    return heap;
  }

  /** Takes a place out of the heap. */
  #forget(heap: number[], index: number): void {
    const spot = this.#at[index] ?? 0;
    const last = heap.pop() ?? 0;
    if (spot === heap.length) return;
    this.#put(heap, spot, last);
    this.#rise(heap, spot);
    this.#sink(heap, this.#at[last] ?? 0);
  }

  #rise(heap: number[], from: number): void {
    const index = heap[from] ?? 0;
    let spot = from;
    while (spot > 0) {
      const parent = (spot - 1) >> 1;
      const above = heap[parent] ?? 0;
      if (!this.#before(index, above)) break;
      this.#put(heap, spot, above);
      spot = parent;
    }
    if (spot !== from) this.#put(heap, spot, index);
  }

  #sink(heap: number[], from: number): void {
    const index = heap[from] ?? 0;
    let spot = from;
    for (;;) {
      let child = 2 * spot + 1;
      if (child >= heap.length) break;
      const other = child + 1;
      if (other < heap.length && this.#before(heap[other] ?? 0, heap[child] ?? 0)) child = other;
      const below = heap[child] ?? 0;
      if (!this.#before(below, index)) break;
      this.#put(heap, spot, below);
      spot = child;
    }
    if (spot !== from) this.#put(heap, spot, index);
  }

  #put(heap: number[], spot: number, index: number): void {
    heap[spot] = index;
    this.#at[index] = spot;
  }

  #before(a: number, b: number): boolean {
    const rankA = this.#ranks[a] ?? 0;
    const rankB = this.#ranks[b] ?? 0;
    return rankA < rankB || (rankA === rankB && a < b);
  }
}

/** Takes one out of a list whose order means nothing; the last one moves to its place. */
export function removeAt<Item>(items: Item[], index: number): void {
  const last = items.pop();
  if (last !== undefined && index < items.length) items[index] = last;
}
