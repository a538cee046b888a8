import { assert } from '../base/index.ts';
import type { BrachaOutput } from '../broadcast/index.ts';
import { Ring } from './ring.ts';

/**
 * Puts what one sender's instances delivered in the order of their numbers. Reliable broadcast gives agreement
 * on each instance, so counting from the first one gives every correct member the same message numbers.
 */
export class Fifo {
  /** The lowest instance not yet delivered in order. */
  base: number;
  /** The number of that instance's first application message. */
  nextSeq: number;
  readonly #waiting = new Ring<BrachaOutput>();

  constructor(base: number, nextSeq: number) {
    this.base = base;
    this.nextSeq = nextSeq;
  }

  /** What `instance` delivered while a lower one is missing. */
  waiting(instance: number): BrachaOutput | undefined {
    return this.#waiting.get(instance);
  }

  /** An instance has delivered, in whatever order. */
  add(instance: number, output: BrachaOutput): void {
    assert(instance >= this.base && !this.#waiting.has(instance), 'an instance delivers once');
    this.#waiting.set(instance, output);
  }

  /** The output of `base`, if it is there; the caller says with `advance` how many messages it carried. */
  head(): BrachaOutput | undefined {
    return this.#waiting.get(this.base);
  }

  /** Goes on at a later instance; what waits before it is let go of. */
  skipTo(base: number, nextSeq: number): void {
    assert(base > this.base, 'a stream skips forward');
    for (const [instance] of this.#waiting) if (instance < base) this.#waiting.delete(instance);
    this.base = base;
    this.nextSeq = nextSeq;
  }

  advance(messages: number): void {
    this.#waiting.delete(this.base);
    this.base += 1;
    this.nextSeq += messages;
  }
}
