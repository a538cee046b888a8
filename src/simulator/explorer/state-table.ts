/** Index of no state. */
export const NO_STATE = -1;

/** What of the slots may be taken before there are twice as many: two in three. */
const TAKEN_OF_THREE = 2;

/**
 * States as fixed numbers of 32-bit words, each once, numbered in order of arrival, with the state each was first come
 * to from. Open addressing over typed arrays, and no limit but memory, where a `Set` stops at 2^24 entries. The slots hold
 * the states themselves, beside the list of them in order: whether one is known is asked a dozen times for every state, and
 * with hundreds of megabytes each look into another array waits for memory.
 */
export class StateTable {
  readonly #width: number;
  #words: Uint32Array;
  #parents: Int32Array;
  /** All zeros: a free slot. */
  #slots: Uint32Array;
  #mask: number;
  /** Whether the state of zeros only is held, which has no slot. */
  #zero = false;
  #size = 0;
  /** Where to look for the states that are being added. */
  #places = new Int32Array(64);
  /** What was looked at ahead: kept, so that looking is not left out. */
  #seen = 0;

  /** `width`: words of a state. */
  constructor(width: number) {
    this.#width = width;
    this.#words = new Uint32Array(1_024 * width);
    this.#parents = new Int32Array(1_024);
    this.#slots = new Uint32Array(2_048 * width);
    this.#mask = 2_047;
  }

  /** States held. */
  get size(): number {
    return this.#size;
  }

  /** Whether `state` is new; it is held from now on. Copies it. */
  add(state: Uint32Array, parent: number): boolean {
    const before = this.#size;
    this.addAll(state, 1, parent);
    return this.#size > before;
  }

  /**
   * Adds the first `count` of the states that stand in `states` one after another, those that are new, in this order.
   * First it looks to every place that they belong to: memory answers many such questions at once sooner than one by one.
   */
  addAll(states: Uint32Array, count: number, parent: number): void {
    this.#makeRoom(count);
    const width = this.#width;
    const places = this.#places;
    let seen = 0;
    for (let i = 0; i < count; i += 1) {
      const place = hashOf(states, i * width, width) & this.#mask;
      places[i] = place;
      seen ^= this.#slots[place * width] ?? 0;
    }
    this.#seen ^= seen;
    for (let i = 0; i < count; i += 1) {
      if (this.#enter(states, i * width, places[i] ?? 0)) this.#append(states, i * width, parent);
    }
  }

  /** Copies state number `index` into `into`. */
  read(index: number, into: Uint32Array): void {
    const base = index * this.#width;
    for (let word = 0; word < this.#width; word += 1) into[word] = this.#words[base + word] ?? 0;
  }

  /** The states from the beginning to number `index`, each come to from the one before. */
  chain(index: number): Uint32Array[] {
    const chain: Uint32Array[] = [];
    for (let at = index; at !== NO_STATE; at = this.#parents[at] ?? NO_STATE) {
      chain.push(this.#words.slice(at * this.#width, (at + 1) * this.#width));
    }
    return chain.reverse();
  }

  /** Puts the state at `at` of `states` into a slot, from `place` on. False if it is held already. */
  #enter(states: Uint32Array, at: number, place: number): boolean {
    const width = this.#width;
    const slots = this.#slots;
    let slot = place;
    for (; ; slot = (slot + 1) & this.#mask) {
      let taken = 0;
      let differs = 0;
      for (let word = 0; word < width; word += 1) {
        const held = slots[slot * width + word] ?? 0;
        taken |= held;
        differs |= held ^ (states[at + word] ?? 0);
      }
      if (taken === 0) break;
      if (differs === 0) return false;
    }
    let union = 0;
    for (let word = 0; word < width; word += 1) {
      const value = states[at + word] ?? 0;
      union |= value;
      slots[slot * width + word] = value;
    }
    if (union !== 0) return true;
    const known = this.#zero;
    this.#zero = true;
    return !known;
  }

  #append(states: Uint32Array, at: number, parent: number): void {
    const base = this.#size * this.#width;
    for (let word = 0; word < this.#width; word += 1) this.#words[base + word] = states[at + word] ?? 0;
    this.#parents[this.#size] = parent;
    this.#size += 1;
  }

  /** For so many states more. */
  #makeRoom(count: number): void {
    const needed = this.#size + count;
    if (needed > this.#parents.length) {
      const capacity = Math.max(needed, this.#parents.length * 2);
      const words = new Uint32Array(capacity * this.#width);
      words.set(this.#words);
      this.#words = words;
      const parents = new Int32Array(capacity);
      parents.set(this.#parents);
      this.#parents = parents;
    }
    let slots = this.#mask + 1;
    while (needed * 3 > slots * TAKEN_OF_THREE) slots *= 2;
    if (slots > this.#mask + 1) this.#rehash(slots);
    if (count > this.#places.length) this.#places = new Int32Array(count * 2);
  }

  #rehash(slots: number): void {
    const width = this.#width;
    this.#slots = new Uint32Array(slots * width);
    this.#mask = slots - 1;
    for (let index = 0; index < this.#size; index += 1) {
      const at = index * width;
      this.#enter(this.#words, at, hashOf(this.#words, at, width) & this.#mask);
    }
  }
}

/** FNV over words, then the finisher of MurmurHash3, so that neighbouring states do not cluster. */
function hashOf(states: Uint32Array, at: number, width: number): number {
  let hash = 0x811c9dc5;
  for (let word = 0; word < width; word += 1) {
    hash = Math.imul(hash ^ (states[at + word] ?? 0), 0x01000193);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
