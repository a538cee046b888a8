import type { NodeId } from '../../committee/index.ts';

/** How much a store in memory keeps of what was delivered. */
export interface Backlog {
  readonly messages: number;
  readonly bytes: number;
}

interface Kept {
  readonly row: number;
  /** The local delivery number of its last message. */
  readonly lastNumber: number;
  readonly bytes: number;
}

/**
 * Which payloads a store in memory lets go of: those of delivered instances beyond the backlog, the oldest first,
 * and those that this member vouched for where something else was delivered. The newest instance always stays.
 */
export class Horizon {
  readonly #backlog: Backlog;
  /** Oldest first, from `#head` on. */
  #kept: Kept[] = [];
  #head = 0;
  #bytes = 0;
  /** By open instance: the row of the payload that this member vouched for. */
  readonly #vouched = new Map<string, number>();
  #firstNumber = 1;

  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  /** The lowest delivery number that is kept. */
  get firstNumber(): number {
    return this.#firstNumber;
  }

  vouched(sender: NodeId, instance: number, row: number): void {
    this.#vouched.set(`${sender}:${instance}`, row);
  }

  /** An instance is delivered, its last message as `lastNumber`. Returns the rows of payloads to be dropped. */
  delivered(sender: NodeId, instance: number, kept: Kept): readonly number[] {
    const dropped: number[] = [];
    const key = `${sender}:${instance}`;
    const vouched = this.#vouched.get(key);
    this.#vouched.delete(key);
    if (vouched !== undefined && vouched !== kept.row) dropped.push(vouched);
    this.#kept.push(kept);
    this.#bytes += kept.bytes;
    while (this.#head < this.#kept.length - 1 && this.#isOver(kept.lastNumber)) {
      const oldest = this.#kept[this.#head];
      this.#head += 1;
      if (oldest === undefined) break;
      this.#bytes -= oldest.bytes;
      this.#firstNumber = oldest.lastNumber + 1;
      dropped.push(oldest.row);
    }
    // Halves the list at most as often as it doubles: constant work per delivery.
    if (this.#head > 1_024 && this.#head * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#head);
      this.#head = 0;
    }
    return dropped;
  }

  #isOver(lastNumber: number): boolean {
    const { messages, bytes } = this.#backlog;
    const next = this.#kept[this.#head];
    return this.#bytes > bytes || (next !== undefined && lastNumber - next.lastNumber >= messages);
  }
}
