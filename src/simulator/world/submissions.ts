import type { NodeId } from '../../committee/index.ts';
import type { Scenario } from './scenario.ts';

/** A full stop: what a message is filled up with. */
const FILLER = 0x2e;

/** What the applications of a run hand to their members: so many messages each, and no two alike. */
export class Submissions {
  readonly #broadcasts: number;
  readonly #messageBytes: number;
  readonly #submitted: number[];
  #due: readonly NodeId[];

  constructor({ broadcasts, messageBytes }: Scenario, members: readonly NodeId[]) {
    this.#broadcasts = broadcasts;
    this.#messageBytes = messageBytes;
    this.#submitted = members.map(() => 0);
    this.#due = broadcasts > 0 ? members : [];
  }

  /** Members that have messages left, in order. */
  get due(): readonly NodeId[] {
    return this.#due;
  }

  /** Whether this member has. */
  has(id: NodeId): boolean {
    return (this.#submitted[id] ?? 0) < this.#broadcasts;
  }

  /** The next message of a member. */
  next(id: NodeId): { readonly text: string; readonly payload: Uint8Array } {
    const count = (this.#submitted[id] ?? 0) + 1;
    this.#submitted[id] = count;
    if (count >= this.#broadcasts) this.#due = this.#due.filter((member) => member !== id);
    const text = `m${id}.${count}`;
    const filler = (id * 31 + count * 17) % Math.max(1, this.#messageBytes - text.length);
    const payload = new Uint8Array(text.length + filler).fill(FILLER);
    for (let at = 0; at < text.length; at += 1) payload[at] = text.charCodeAt(at);
    return { text, payload };
  }
}
