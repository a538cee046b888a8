import type { Symmetry } from './symmetry.ts';

/**
 * The least of all renamings of a state, member by member. Of dozens of renamings it looks at those only whose first member
 * comes out lowest: which these are follows from one member of the state, and stands in a table.
 */
export class Least {
  readonly #members: number;
  /** By renaming, the identity first, and member of its image: who takes that name. */
  readonly #origin: readonly Int32Array[];
  readonly #stateOf: readonly (readonly Int32Array[])[];
  /** Members that some renaming puts in the first place. */
  readonly #firsts: readonly First[];
  #best: Int32Array;
  #image: Int32Array;

  /** `states`: by member, how many it has. */
  constructor(symmetries: readonly Symmetry[], states: readonly number[]) {
    const identity = {
      memberAt: Int32Array.from(states, (_, member) => member),
      stateOf: states.map((count) => Int32Array.from({ length: count }, (_, state) => state)),
    };
    const all = [identity, ...symmetries];
    this.#members = states.length;
    this.#origin = all.map(({ memberAt }) => memberAt);
    this.#stateOf = all.map(({ stateOf }) => stateOf);
    this.#firsts = states.flatMap((count, member) => firstOf(all, member, count) ?? []);
    this.#best = new Int32Array(states.length);
    this.#image = new Int32Array(states.length);
  }

  /** Good until the next call. */
  of(tuple: Int32Array): Int32Array {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { member, lowest: low } of this.#firsts)
      lowest = Math.min(lowest, low[tuple[member] ?? 0] ?? 0);
    let found = false;
    for (const { member, lowest: low, begin, renamings } of this.#firsts) {
      const state = tuple[member] ?? 0;
      if (low[state] !== lowest) continue;
      const from = begin[state] ?? 0;
      const count = renamings[from] ?? 0;
      for (let at = from + 1; at <= from + count; at += 1) {
        if (this.#rename(renamings[at] ?? 0, tuple, lowest, found)) {
          [this.#best, this.#image] = [this.#image, this.#best];
          found = true;
        }
      }
    }
    return this.#best;
  }

  /** Makes the image of `tuple`; whether it is lower than the best one so far, if there is one. */
  #rename(renaming: number, tuple: Int32Array, first: number, found: boolean): boolean {
    const origin = this.#origin[renaming];
    const stateOf = this.#stateOf[renaming];
    if (origin === undefined || stateOf === undefined) return false;
    const image = this.#image;
    const best = this.#best;
    image[0] = first;
    let lower = !found;
    for (let member = 1; member < this.#members; member += 1) {
      const from = origin[member] ?? 0;
      const state = stateOf[from]?.[tuple[from] ?? 0] ?? 0;
      image[member] = state;
      if (lower) continue;
      const known = best[member] ?? 0;
      if (state > known) return false;
      lower = state < known;
    }
    return lower;
  }
}

/** What the renamings that put one member in the first place make of it. */
interface First {
  readonly member: number;
  /** By its state: the lowest that they make of it. */
  readonly lowest: Int32Array;
  /** By its state: where in `renamings` it stands how many of them do, and then which. */
  readonly begin: Int32Array;
  readonly renamings: Int32Array;
}

function firstOf(all: readonly Symmetry[], member: number, states: number): First | undefined {
  const own = [...all.keys()].filter((renaming) => all[renaming]?.memberAt[0] === member);
  if (own.length === 0) return undefined;
  const lowest = new Int32Array(states);
  const begin = new Int32Array(states);
  const lists: number[] = [];
  const known = new Map<string, number>();
  for (let state = 0; state < states; state += 1) {
    const images = own.map((renaming) => all[renaming]?.stateOf[member]?.[state] ?? 0);
    const low = Math.min(...images);
    const those = own.filter((_, index) => images[index] === low);
    const name = those.join();
    let at = known.get(name);
    if (at === undefined) {
      at = lists.length;
      known.set(name, at);
      lists.push(those.length, ...those);
    }
    lowest[state] = low;
    begin[state] = at;
  }
  return { member, lowest, begin, renamings: Int32Array.from(lists) };
}
