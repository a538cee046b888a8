import type { NodeId } from '../committee/index.ts';

/**
 * One payload per (peer, instance, link): a peer that asks again and again gets nothing more until its link is
 * new. Bounded by the window: instances below a peer's reported base, or beyond its window, are not answered.
 */
export class Answers {
  readonly #given = new Map<NodeId, Set<number>>();

  /** Whether to answer `peer`, whose lowest undelivered instance is `base`; counts as answered from now on. */
  admit(peer: NodeId, instance: number, base: number, window: number): boolean {
    if (instance < base || instance >= base + window) return false;
    const given = this.#given.get(peer) ?? new Set();
    if (given.has(instance)) return false;
    if (given.size >= window) for (const old of given) if (old < base) given.delete(old);
    given.add(instance);
    this.#given.set(peer, given);
    return true;
  }

  /** The link to `peer` is new. */
  linkReset(peer: NodeId): void {
    this.#given.delete(peer);
  }
}
