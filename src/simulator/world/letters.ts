import type { NodeId } from '../../committee/index.ts';
import type { Frame } from './frames.ts';
import { Ranks, removeAt } from './ranks.ts';

/** A message between two members, as bytes. */
export interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly frame: Frame;
  /** Which incarnation of the link it was sent on. */
  readonly link: number;
  /** Names it in decisions; empty unless the run is recorded. */
  readonly id: string;
}

/**
 * Letters under way, in no order, each with the rank that the schedule gave it. They stand in columns: among thirty
 * members tens of thousands wait at a time, and a garbage collector copies everything that waits long.
 */
export class Letters {
  readonly #ranks = new Ranks();
  readonly #from: NodeId[] = [];
  readonly #to: NodeId[] = [];
  readonly #frames: Frame[] = [];
  readonly #links: number[] = [];
  readonly #ids: string[] = [];

  get size(): number {
    return this.#frames.length;
  }

  rankAt(index: number): number {
    return this.#ranks.at(index);
  }

  /** The name of a letter. */
  idAt(index: number): string {
    return this.#ids[index] ?? '';
  }

  /** The names are those of a letter. */
  add(from: NodeId, to: NodeId, frame: Frame, link: number, id: string, rank: number): void {
    this.#from.push(from);
    this.#to.push(to);
    this.#frames.push(frame);
    this.#links.push(link);
    this.#ids.push(id);
    this.#ranks.add(rank);
  }

  /** Takes one out; the last one moves to its place. */
  take(index: number): Letter | undefined {
    const from = this.#from[index];
    const to = this.#to[index];
    const frame = this.#frames[index];
    if (from === undefined || to === undefined || frame === undefined) return undefined;
    const letter = { from, to, frame, link: this.#links[index] ?? 0, id: this.idAt(index) };
    removeAt(this.#from, index);
    removeAt(this.#to, index);
    removeAt(this.#frames, index);
    removeAt(this.#links, index);
    removeAt(this.#ids, index);
    this.#ranks.remove(index);
    return letter;
  }

  /** Ranks everything anew. */
  rerank(rank: (from: NodeId, to: NodeId) => number): void {
    for (const [index, from] of this.#from.entries()) {
      const to = this.#to[index];
      if (to !== undefined) this.#ranks.set(index, rank(from, to));
    }
  }

  /** The index of a letter of the lowest rank. */
  least(): number {
    return this.#ranks.least();
  }

  /** The index of the letter with this id; -1 if there is none. */
  find(id: string): number {
    return this.#ids.indexOf(id);
  }

  /** The index of the first STATUS; -1 if there is none. */
  findStatus(): number {
    return this.#frames.findIndex(({ kind }) => kind === 'status');
  }
}
