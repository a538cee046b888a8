import type { NodeId } from '../../committee/index.ts';
import type { Scenario } from './scenario.ts';

/** A full stop: what a message is filled up with. */
const FILLER = 0x2e;

/** What the applications of a run hand to their members: so many messages each, and no two alike. */
export class Submissions {
  readonly #broadcasts: number;
  readonly #messageBytes: number;
  readonly #submitted: number[];
  #left: number;

  constructor({ n, broadcasts, messageBytes }: Scenario) {
    this.#broadcasts = broadcasts;
    this.#messageBytes = messageBytes;
    this.#submitted = new Array<number>(n).fill(0);
    this.#left = n * broadcasts;
  }

  /** Whether any member has messages left. */
  get any(): boolean {
    return this.#left > 0;
  }

  /** Whether this member has. */
  has(id: NodeId): boolean {
    return (this.#submitted[id] ?? 0) < this.#broadcasts;
  }

  /** The next message of a member. */
  next(id: NodeId): { readonly text: string; readonly payload: Uint8Array } {
    const count = (this.#submitted[id] ?? 0) + 1;
    this.#submitted[id] = count;
    this.#left -= 1;
    const text = `m${id}.${count}`;
    const filler = (id * 31 + count * 17) % Math.max(1, this.#messageBytes - text.length);
    const payload = new Uint8Array(text.length + filler).fill(FILLER);
    for (let at = 0; at < text.length; at += 1) payload[at] = text.charCodeAt(at);
    return { text, payload };
  }
}
