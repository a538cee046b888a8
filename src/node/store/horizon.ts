import { Column } from './columns.ts';

/** How much a store in memory keeps of what was delivered. */
export interface Backlog {
  readonly messages: number;
  readonly bytes: number;
}

/**
 * How far back a store in memory keeps payloads: those of delivered instances beyond the backlog go, the oldest first.
 * The newest instance always stays.
 */
export class Horizon {
  readonly #backlog: Backlog;
  /** By place in the local order: the delivery number of its last message, and the bytes of its payload. */
  readonly #lastNumbers = Column.wide();
  readonly #lengths = Column.narrow();
  #bytes = 0;
  #firstNumber = 1;

  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  /** The lowest delivery number that is kept. */
  get firstNumber(): number {
    return this.#firstNumber;
  }

  /** The lowest place in the local order that is kept. */
  get first(): number {
    return this.#lengths.first;
  }

  /** The place in the local order of the next instance to be delivered. */
  get next(): number {
    return this.#lengths.length;
  }

  /** The next instance in the local order is delivered: its payload's length, and the number of its last message. */
  delivered(bytes: number, lastNumber: number): void {
    this.#lastNumbers.push(lastNumber);
    this.#lengths.push(bytes);
    this.#bytes += bytes;
    while (this.#isOver(lastNumber)) {
      const oldest = this.first;
      this.#bytes -= this.#lengths.at(oldest);
      this.#firstNumber = this.#lastNumbers.at(oldest) + 1;
      this.#lastNumbers.dropBelow(oldest + 1);
      this.#lengths.dropBelow(oldest + 1);
    }
  }

  #isOver(lastNumber: number): boolean {
    const { first, length } = this.#lengths;
    if (first >= length - 1) return false;
    const { messages, bytes } = this.#backlog;
    return this.#bytes > bytes || lastNumber - this.#lastNumbers.at(first) >= messages;
  }
}
