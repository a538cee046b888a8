import { Bell, nowMs } from './calls.mjs';

/** Counts the messages that a receiver gets, and remembers when they came. */
export class Counting {
  #bell = new Bell();
  #count = 0;
  #arrivedMs = 0;
  #keeps = false;
  /** @type {number[]} */
  #arrivals = [];

  get count() {
    return this.#count;
  }

  /** One more message. */
  got() {
    this.#count += 1;
    this.#arrivedMs = nowMs();
    if (this.#keeps) this.#arrivals.push(this.#arrivedMs);
    this.#bell.notify();
  }

  /** Counts from zero. @param {boolean} arrivals whether to remember when each came */
  begin(arrivals) {
    this.#count = 0;
    this.#keeps = arrivals;
    this.#arrivals = [];
  }

  /** When `count` messages were there. @param {number} count */
  async reached(count) {
    while (this.#count < count) await this.#bell.wait();
    return this.#arrivedMs;
  }

  /** When each of the first `count` messages came. @param {number} count */
  arrivals(count) {
    return this.#arrivals.slice(0, count);
  }
}
