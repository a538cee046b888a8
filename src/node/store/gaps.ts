import type { NodeId } from '../../committee/index.ts';

/** Messages of one sender that were skipped here: they are never delivered. */
export interface Gap {
  /** Counts up with every gap of this log. */
  readonly id: number;
  readonly sender: NodeId;
  /** The first and the last of them, sender#fromSeq to sender#toSeq. */
  readonly fromSeq: number;
  readonly toSeq: number;
  /** The number of the delivery before which they are missing. */
  readonly before: number;
}

/** What was skipped, in order. */
export class Gaps {
  #list: Gap[] = [];
  #nextId = 1;

  get list(): readonly Gap[] {
    return this.#list;
  }

  add(gap: Omit<Gap, 'id'>): void {
    this.#list.push({ ...gap, id: this.#nextId });
    this.#nextId += 1;
  }

  /** Whether this message was skipped. */
  has(sender: NodeId, seq: number): boolean {
    return this.#list.some((gap) => gap.sender === sender && gap.fromSeq <= seq && seq <= gap.toSeq);
  }

  /** Lets go of those that lie before what is kept. */
  dropBefore(number: number): void {
    if (this.#list.length > 0) this.#list = this.#list.filter(({ before }) => before >= number);
  }
}
