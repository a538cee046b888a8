import { assert } from '../../base/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { Column } from './columns.ts';

/** Where a delivered instance stands, by its place in the local order. */
export interface Place {
  readonly sender: NodeId;
  readonly instance: number;
  /** Row of its payload. */
  readonly row: number;
  readonly firstNumber: number;
  readonly firstSeq: number;
  readonly count: number;
}

/** Delivered instances in the order in which they were delivered here: about 44 bytes each. */
export class LocalOrder {
  readonly #committee: Committee;
  readonly #sender = Column.narrow();
  readonly #instance = Column.wide();
  readonly #row = Column.wide();
  readonly #number = Column.wide();
  readonly #firstSeq = Column.wide();
  readonly #count = Column.narrow();
  /** Payloads that were written again since rows were last settled: the new row by the old. */
  readonly #moved = new Map<number, number>();

  constructor(committee: Committee) {
    this.#committee = committee;
  }

  /** The lowest index that is held. */
  get first(): number {
    return this.#number.first;
  }

  /** One more than the highest index. */
  get length(): number {
    return this.#number.length;
  }

  /** The next delivered instance. */
  add(
    sender: NodeId,
    instance: number,
    row: number,
    firstNumber: number,
    firstSeq: number,
    count: number,
  ): void {
    this.#sender.push(sender);
    this.#instance.push(instance);
    this.#row.push(row);
    this.#number.push(firstNumber);
    this.#firstSeq.push(firstSeq);
    this.#count.push(count);
  }

  /** The index of the instance that holds delivery `number`; one below `first` if it is kept no more. */
  orderOf(number: number): number {
    return this.#number.lastAtMost(number);
  }

  /** What stands at `index`; undefined where nothing does. */
  place(index: number): Place | undefined {
    if (index < this.first || index >= this.length) return undefined;
    return {
      sender: this.#committee.member(this.#sender.at(index)),
      instance: this.#instance.at(index),
      row: this.row(index),
      firstNumber: this.#number.at(index),
      firstSeq: this.#firstSeq.at(index),
      count: this.#count.at(index),
    };
  }

  /** The row of the payload at `index`; -1 where nothing stands. */
  row(index: number): number {
    let row = this.#row.at(index);
    // Where it was written again several times, from one place to the next.
    for (let next = this.#moved.get(row); next !== undefined; next = this.#moved.get(row)) row = next;
    return row;
  }

  firstSeq(index: number): number {
    return this.#firstSeq.at(index);
  }

  /** Of a sender's instances, whose indices these are: how many begin with a message up to number `seq`. */
  countUpTo(indices: Column, seq: number): number {
    let low = indices.first;
    let high = indices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#firstSeq.at(indices.at(middle)) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The payload of a row that stands here has another from now on. */
  moved(from: number, to: number): void {
    assert(from !== to, 'local order: a row moves');
    this.#moved.set(from, to);
  }

  dropBelow(index: number): void {
    const { first, length } = this;
    // They stand near the end of what goes: who comes late was passed by no more than a window.
    for (let i = first, left = this.#moved.size; left > 0 && i < length; i += 1) {
      const row = this.row(i);
      if (row !== this.#row.at(i)) left -= 1;
      this.#row.set(i, row);
    }
    this.#moved.clear();
    const columns = [this.#sender, this.#instance, this.#row, this.#number, this.#firstSeq, this.#count];
    for (const column of columns) column.dropBelow(index);
  }
}
