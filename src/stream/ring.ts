import { assert } from '../base/index.ts';

/** Places at first: most streams have a few instances open at once. */
const PLACES_MIN = 16;
/** Far more than the largest window: whatever would take more has gone wrong here. */
const PLACES_MAX = 2 ** 20;

/**
 * Values by instance, for instances that lie close together: those of a window. One place for each, in a list that is
 * written over: what comes and goes costs no memory, as it does in a map. Doubles where two instances meet.
 */
export class Ring<Value> implements Iterable<readonly [number, Value]> {
  #instances = new Array<number>(PLACES_MIN).fill(0);
  #values = new Array<Value | undefined>(PLACES_MIN).fill(undefined);
  #size = 0;

  /** How many values there are. */
  get size(): number {
    return this.#size;
  }

  get(instance: number): Value | undefined {
    const place = instance & (this.#instances.length - 1);
    return this.#instances[place] === instance ? this.#values[place] : undefined;
  }

  has(instance: number): boolean {
    return this.get(instance) !== undefined;
  }

  set(instance: number, value: Value): void {
    const place = instance & (this.#instances.length - 1);
    const known = this.#values[place] !== undefined;
    if (known && this.#instances[place] !== instance) {
      this.#grow();
      this.set(instance, value);
      return;
    }
    if (!known) this.#size += 1;
    this.#instances[place] = instance;
    this.#values[place] = value;
  }

  delete(instance: number): void {
    const place = instance & (this.#instances.length - 1);
    if (this.#instances[place] !== instance || this.#values[place] === undefined) return;
    this.#values[place] = undefined;
    this.#size -= 1;
  }

  /** By instance, from the lowest on. What is set or deleted meanwhile is not seen. */
  [Symbol.iterator](): Iterator<readonly [number, Value]> {
    const all: (readonly [number, Value])[] = [];
    // Every stream is looked through at every new link, and in most of them nothing is open.
    if (this.#size === 0) return all[Symbol.iterator]();
    for (const [place, value] of this.#values.entries()) {
      if (value !== undefined) all.push([this.#instances[place] ?? 0, value]);
    }
    return all.sort(([a], [b]) => a - b)[Symbol.iterator]();
  }

  #grow(): void {
    const entries = [...this];
    const places = 2 * this.#instances.length;
    assert(places <= PLACES_MAX, 'the instances of a window lie close together');
    this.#instances = new Array<number>(places).fill(0);
    this.#values = new Array<Value | undefined>(places).fill(undefined);
    this.#size = 0;
    for (const [instance, value] of entries) this.set(instance, value);
  }
}
