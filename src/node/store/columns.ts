type Numbers = Float64Array | Uint32Array | Uint8Array;

/** A growing list of numbers in a typed array: 1, 4 or 8 bytes each, instead of an object each. */
export class Column {
  #values: Numbers;
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

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const Kind = this.#values.constructor as new (length: number) => Numbers;
      const grown = new Kind(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length] = value;
    this.#length += 1;
  }

  /** The value at `index`; -1 outside the list. */
  at(index: number): number {
    return index < this.#length ? (this.#values[index] ?? -1) : -1;
  }

  /** Overwrites a value that is there. */
  set(index: number, value: number): void {
    if (index < this.#length) this.#values[index] = value;
  }

  /** In a list that never falls: the last index whose value is at most `value`; -1 if there is none. */
  lastAtMost(value: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#values[middle] ?? 0) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
