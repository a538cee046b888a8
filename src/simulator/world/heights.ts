import type { NodeId } from '../../committee/index.ts';

/** What a member holds of one sender. */
export interface Height {
  readonly bytes: number;
  readonly open: number;
}

/** The most that each member ever held of each sender. */
export class Heights {
  readonly #n: number;
  readonly #heights: Height[];

  constructor(n: number) {
    this.#n = n;
    this.#heights = new Array<Height>(n * n).fill({ bytes: 0, open: 0 });
  }

  /** The new height, if one of its two numbers is higher than ever; else undefined. */
  raise(node: NodeId, sender: NodeId, { bytes, open }: Height): Height | undefined {
    const key = node * this.#n + sender;
    const before = this.#heights[key];
    if (before === undefined || (bytes <= before.bytes && open <= before.open)) return undefined;
    const height = { bytes: Math.max(bytes, before.bytes), open: Math.max(open, before.open) };
    this.#heights[key] = height;
    return height;
  }
}
