import type { NodeId } from '../../committee/index.ts';
import type { Frame } from './frames.ts';
import { Ranks, removeAt } from './ranks.ts';

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
  /** Of all letters, or, in a run that is not recorded, of none. */
  readonly #ids: string[] = [];

  get size(): number {
    return this.#frames.length;
  }

  rankAt(index: number): number {
    return this.#ranks.at(index);
  }

  fromAt(index: number): NodeId | undefined {
    return this.#from[index];
  }

  toAt(index: number): NodeId | undefined {
    return this.#to[index];
  }

  /** A message between two members, as bytes. */
  frameAt(index: number): Frame | undefined {
    return this.#frames[index];
  }

  /** Which incarnation of the link it was sent on. */
  linkAt(index: number): number {
    return this.#links[index] ?? 0;
  }

  /** Names it in decisions; empty unless the run is recorded. */
  idAt(index: number): string {
    return this.#ids[index] ?? '';
  }

  add(from: NodeId, to: NodeId, frame: Frame, link: number, id: string, rank: number): void {
    this.#from.push(from);
    this.#to.push(to);
    this.#frames.push(frame);
    this.#links.push(link);
    if (id !== '') this.#ids.push(id);
    this.#ranks.add(rank);
  }

  /** Takes one out; the last one moves to its place. */
  remove(index: number): void {
    removeAt(this.#from, index);
    removeAt(this.#to, index);
    removeAt(this.#frames, index);
    removeAt(this.#links, index);
    if (this.#ids.length > 0) removeAt(this.#ids, index);
    this.#ranks.remove(index);
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
