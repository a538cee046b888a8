import type { PayloadTable } from './payload-table.ts';

/** Longer payloads stay as they came: copying them costs more than an object of their own. */
const SHORT_BYTES_MAX = 1_024;
/** Short payloads of delivered instances stand together in blocks of so many bytes: a thirty-second stays empty at most. */
export const BLOCK_BYTES = 32_768;

/** Short payloads, one after another. */
interface Block {
  readonly bytes: Uint8Array;
  /** Place in the local order of the last instance whose payload stands in it. */
  last: number;
}

/**
 * The payloads of a store in memory. Short ones are copied into blocks when they are delivered: as objects of their own
 * they would outlive the collector's young generation by the hundred thousand. Blocks go in the order of delivery, so
 * that the oldest and the newest of them are all that is held in vain.
 */
export class Payloads {
  readonly #table: PayloadTable;
  /** By row: what is not delivered, or long. */
  readonly #whole = new Map<number, Uint8Array>();
  /** Oldest first; the number of the first one is `#firstBlock`. Locations in the table count them from 1. */
  #blocks: (Block | undefined)[] = [];
  #firstBlock = 1;
  /** How many at the front are gone. */
  #gone = 0;
  /** How much of the last block is taken. */
  #taken = BLOCK_BYTES;

  constructor(table: PayloadTable) {
    this.#table = table;
  }

  /** How many blocks are held. */
  get blocks(): number {
    return this.#blocks.length - this.#gone;
  }

  /** The payload of this row. Not to be written to: it may be a view of what is held. */
  get(row: number): Uint8Array | undefined {
    const { segment, offset, length } = this.#table.location(row);
    if (length <= 0) return this.#whole.get(row);
    return this.#blocks[segment - this.#firstBlock]?.bytes.subarray(offset, offset + length);
  }

  /** Bytes of the payload of this row; 0 if it is not held. */
  lengthOf(row: number): number {
    const { length } = this.#table.location(row);
    return length > 0 ? length : (this.#whole.get(row)?.length ?? 0);
  }

  /** Keeps the reference. */
  set(row: number, payload: Uint8Array): void {
    this.#whole.set(row, payload);
  }

  /** The instance at this place of the local order, which never falls, delivered the payload of this row. */
  delivered(row: number, order: number): void {
    const payload = this.#whole.get(row);
    if (payload === undefined || payload.length === 0 || payload.length > SHORT_BYTES_MAX) return;
    this.#whole.delete(row);
    let block = this.#blocks.at(-1);
    if (block === undefined || this.#taken + payload.length > BLOCK_BYTES) {
      block = { bytes: new Uint8Array(BLOCK_BYTES), last: order };
      this.#blocks.push(block);
      this.#taken = 0;
    }
    block.bytes.set(payload, this.#taken);
    block.last = order;
    this.#table.place(row, this.#firstBlock + this.#blocks.length - 1, this.#taken, payload.length);
    this.#taken += payload.length;
  }

  /** The payload of one row has another from now on. */
  moved(from: number, to: number): void {
    const payload = this.#whole.get(from);
    if (payload !== undefined) {
      this.#whole.delete(from);
      this.#whole.set(to, payload);
    }
    const { segment, offset, length } = this.#table.location(from);
    if (length > 0) this.#table.place(to, segment, offset, length);
  }

  delete(row: number): void {
    this.#whole.delete(row);
    this.#table.place(row, 0, 0, 0);
  }

  /** Nothing that stands before this place of the local order is wanted any more. */
  dropBelow(order: number): void {
    for (; this.#gone < this.#blocks.length - 1; this.#gone += 1) {
      if ((this.#blocks[this.#gone]?.last ?? order) >= order) break;
      this.#blocks[this.#gone] = undefined;
    }
    // Moving up what is left costs as much as there is of it: done once half is gone, it costs one step a block.
    if (this.#gone * 2 < this.#blocks.length) return;
    this.#blocks = this.#blocks.slice(this.#gone);
    this.#firstBlock += this.#gone;
    this.#gone = 0;
  }
}
