/** Index of no state. */
export const NO_STATE = -1;

/**
 * States as fixed numbers of 32-bit words, each once, numbered in order of arrival, with the state each was first come
 * to from. Open addressing over typed arrays: 16 to 24 bytes a state of two words, and no limit but memory, where a
 * `Set` stops at 2^24 entries.
 */
export class StateTable {
  readonly #width: number;
  #words: Uint32Array;
  #parents: Int32Array;
  /** State number + 1; 0 for a free slot. At most half are taken. */
  #slots: Int32Array;
  #size = 0;

  /** `width`: words of a state. */
  constructor(width: number) {
    this.#width = width;
    this.#words = new Uint32Array(1_024 * width);
    this.#parents = new Int32Array(1_024);
    this.#slots = new Int32Array(2_048);
  }

  /** States held. */
  get size(): number {
    return this.#size;
  }

  /** Whether `state` is new; it is held from now on. Copies it. */
  add(state: Uint32Array, parent: number): boolean {
    const mask = this.#slots.length - 1;
    let slot = hashOf(state, this.#width) & mask;
    for (let held = this.#slots[slot]; held !== 0; held = this.#slots[slot]) {
      if (this.#same((held ?? 1) - 1, state)) return false;
      slot = (slot + 1) & mask;
    }
    if (this.#size === this.#parents.length) {
      this.#grow();
      return this.add(state, parent);
    }
    this.#words.set(state, this.#size * this.#width);
    this.#parents[this.#size] = parent;
    this.#size += 1;
    this.#slots[slot] = this.#size;
    return true;
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

  #same(index: number, state: Uint32Array): boolean {
    const base = index * this.#width;
    for (let word = 0; word < this.#width; word += 1) {
      if (this.#words[base + word] !== state[word]) return false;
    }
    return true;
  }

  #grow(): void {
    const capacity = this.#parents.length * 2;
    const words = new Uint32Array(capacity * this.#width);
    words.set(this.#words);
    this.#words = words;
    const parents = new Int32Array(capacity);
    parents.set(this.#parents);
    this.#parents = parents;
    this.#slots = new Int32Array(capacity * 2);
    const mask = this.#slots.length - 1;
    const state = new Uint32Array(this.#width);
    for (let index = 0; index < this.#size; index += 1) {
      this.read(index, state);
      let slot = hashOf(state, this.#width) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = index + 1;
    }
  }
}

/** FNV over words, then the finisher of MurmurHash3, so that neighbouring states do not cluster. */
function hashOf(state: Uint32Array, width: number): number {
  let hash = 0x811c9dc5;
  for (let word = 0; word < width; word += 1) {
    hash = Math.imul(hash ^ (state[word] ?? 0), 0x01000193);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
