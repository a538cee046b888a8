import type { Bit } from '../../base/index.ts';
import type { AgreementMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';

/** What one member has said in one round, as everybody could see. */
export interface Said {
  estimate: Bit | undefined;
  aux: Bit | undefined;
  conf: number;
  shared: boolean;
}

/** What all correct members said, for the adversary, who hears everything. */
export class Sayings {
  readonly #said: Map<number, Said>[];
  /** Members that said DECIDE. */
  readonly decided: boolean[];

  constructor(n: number) {
    this.#said = Array.from({ length: n }, () => new Map<number, Said>());
    this.decided = Array.from({ length: n }, () => false);
  }

  note(from: NodeId, message: AgreementMessage): void {
    if (message.kind === 'decide') {
      this.decided[from] = true;
      return;
    }
    const said = this.of(from, message.round);
    if (message.kind === 'bval') said.estimate ??= message.value;
    else if (message.kind === 'aux') said.aux = message.value;
    else if (message.kind === 'conf') said.conf = message.values;
    else said.shared = true;
  }

  of(from: NodeId, round: number): Said {
    const known = this.#said[from]?.get(round);
    if (known !== undefined) return known;
    const said: Said = { estimate: undefined, aux: undefined, conf: 0, shared: false };
    this.#said[from]?.set(round, said);
    return said;
  }
}
