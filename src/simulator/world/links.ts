import type { NodeId } from '../../committee/index.ts';

/** Which links are up. A link that comes back is another one: what was under way on the old one is lost. */
export class Links {
  readonly #n: number;
  readonly #incarnations: number[];
  readonly #up: boolean[];

  /** `n` members, all links down. */
  constructor(n: number) {
    this.#n = n;
    this.#incarnations = new Array<number>(n * n).fill(0);
    this.#up = new Array<boolean>(n * n).fill(false);
  }

  isUp(a: NodeId, b: NodeId): boolean {
    return this.#up[a * this.#n + b] === true;
  }

  /** Another number after each change. */
  incarnation(a: NodeId, b: NodeId): number {
    return this.#incarnations[a * this.#n + b] ?? 0;
  }

  /** In both directions. */
  set(a: NodeId, b: NodeId, up: boolean): void {
    for (const link of [a * this.#n + b, b * this.#n + a]) {
      this.#up[link] = up;
      this.#incarnations[link] = (this.#incarnations[link] ?? 0) + 1;
    }
  }
}
