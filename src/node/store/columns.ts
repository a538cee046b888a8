type Numbers = Float64Array | Uint32Array | Uint8Array;

/**
 * A growing list of numbers in a typed array: 1, 4 or 8 bytes each, instead of an object each. What is dropped from its
 * front keeps its index: the list then begins at `first`.
 */
export class Column {
  #values: Numbers;
  /** The index of the value at `#values[#from]`. */
  #first = 0;
  #from = 0;
  #length = 0;

  private constructor(values: Numbers) {
    this.#values = values;
  }

  /** Integers to 2^53 - 1. */
  static wide(): Column {
    return new Column(new Float64Array(16));
  }

  /** Integers below 2^32. */
  static narrow(): Column {
    return new Column(new Uint32Array(16));
  }

  /** Integers below 2^8. */
  static byte(): Column {
    return new Column(new Uint8Array(16));
  }

  /** The lowest index that is held. */
  get first(): number {
    return this.#first;
  }

  /** One more than the highest index. */
  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const at = this.#from + this.#length - this.#first;
    if (at === this.#values.length) {
      this.#resize(Math.max(16, (this.#length - this.#first) * 2));
      this.push(value);
      return;
    }
    this.#values[at] = value;
    this.#length += 1;
  }

  /** The value at `index`; -1 outside the list. */
  at(index: number): number {
    if (index < this.#first || index >= this.#length) return -1;
    return this.#values[this.#from + index - this.#first] ?? -1;
  }

  /** Overwrites a value that is there. */
  set(index: number, value: number): void {
    if (index >= this.#first && index < this.#length) this.#values[this.#from + index - this.#first] = value;
  }

  /** In a list that never falls: the last index whose value is at most `value`; `first` - 1 if there is none. */
  lastAtMost(value: number): number {
    let low = this.#from;
    let high = this.#from + this.#length - this.#first;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#values[middle] ?? 0) <= value) low = middle + 1;
      else high = middle;
    }
    return this.#first + low - this.#from - 1;
  }

  /** Lets go of what stands below `index`. Moves the rest at most as often as it halves: constant work per value. */
  dropBelow(index: number): void {
    const dropped = Math.min(index, this.#length) - this.#first;
    if (dropped > 0) {
      this.#first += dropped;
      this.#from += dropped;
    }
    const held = this.#length - this.#first;
    if (this.#from > held && this.#from > 1_024) this.#resize(Math.max(16, held + (held >>> 1)));
  }

  /** Empties the list: the next value stands at `index`. */
  restartAt(index: number): void {
    this.#first = index;
    this.#length = index;
    this.#from = 0;
  }

  #resize(length: number): void {
    const Kind = this.#values.constructor as new (length: number) => Numbers;
    const held = this.#length - this.#first;
    const values = new Kind(Math.max(length, held));
    values.set(this.#values.subarray(this.#from, this.#from + held));
    this.#values = values;
    this.#from = 0;
  }
}
