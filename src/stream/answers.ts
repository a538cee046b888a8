import type { NodeId } from '../committee/index.ts';

/**
 * One payload per (peer, instance, link): a peer that asks again and again gets nothing more until its link is
 * new. Eight bytes for each instance of the window and peer that ever asked, allocated when it first does.
 */
export class Answers {
  readonly #window: number;
  /**
   * By peer, the highest instance answered among those that share a place in the window. Who asks for the higher
   * one has delivered the lower: an honest peer is refused nothing, and a liar cannot free a place by going back.
   */
  #given: Map<NodeId, Float64Array> | undefined;

  constructor(window: number) {
    this.#window = window;
  }

  /** Whether to answer `peer`, which may ask from `base` on; counts as answered from now on. */
  admit(peer: NodeId, instance: number, base: number): boolean {
    if (instance < base || instance >= base + this.#window) return false;
    this.#given ??= new Map();
    const given = this.#given.get(peer) ?? new Float64Array(this.#window);
    const place = instance % this.#window;
    if ((given[place] ?? 0) >= instance) return false;
    given[place] = instance;
    this.#given.set(peer, given);
    return true;
  }

  /** The link to `peer` is new. */
  linkReset(peer: NodeId): void {
    this.#given?.delete(peer);
  }
}
