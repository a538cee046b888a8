import type { AgreementMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';

/** One message under way. */
export interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: AgreementMessage;
}

/** What is under way, in no order to speak of: taking one moves the last into its place. */
export class Pool {
  readonly #letters: Letter[] = [];

  get size(): number {
    return this.#letters.length;
  }

  add(letter: Letter): void {
    this.#letters.push(letter);
  }

  at(index: number): Letter | undefined {
    return this.#letters[index];
  }

  take(index: number): Letter | undefined {
    const taken = this.#letters[index];
    const last = this.#letters.pop();
    if (last !== undefined && index < this.#letters.length) this.#letters[index] = last;
    return taken;
  }

  /** The first letter from `start` on, around the end, that is allowed; -1 if none is. */
  find(start: number, allowed: (letter: Letter) => boolean): number {
    const { length } = this.#letters;
    for (let step = 0; step < length; step += 1) {
      const index = (start + step) % length;
      const letter = this.#letters[index];
      if (letter !== undefined && allowed(letter)) return index;
    }
    return -1;
  }
}
