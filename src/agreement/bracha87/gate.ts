import type { NodeId } from '../../committee/index.ts';

/** What a member came too early to be heard with: phases `low` to `high`. */
interface Missed {
  readonly peer: NodeId;
  low: number;
  high: number;
}

/** What was dropped because it lay too far ahead, to be asked for again; and who was answered when it asked. */
export class Gate {
  readonly #n: number;
  readonly #missed = new Map<NodeId, Missed>();
  /** By phase: the members that were answered. */
  readonly #answered = new Map<number, Uint8Array>();

  constructor(n: number) {
    this.#n = n;
  }

  /** Something of `peer` about this phase was dropped. */
  miss(peer: NodeId, phase: number): void {
    const known = this.#missed.get(peer);
    if (known === undefined) this.#missed.set(peer, { peer, low: phase, high: phase });
    else {
      known.low = Math.min(known.low, phase);
      known.high = Math.max(known.high, phase);
    }
  }

  /** Whom to ask for which phase, now that there is room up to `horizon`. Each is named once. */
  due(horizon: number): readonly { readonly peer: NodeId; readonly phase: number }[] {
    const due: { peer: NodeId; phase: number }[] = [];
    for (const missed of this.#missed.values()) {
      for (; missed.low <= Math.min(missed.high, horizon); missed.low += 1)
        due.push({ peer: missed.peer, phase: missed.low });
      if (missed.low > missed.high) this.#missed.delete(missed.peer);
    }
    return due;
  }

  /** Whether to answer `peer`, which is marked as answered. */
  answers(peer: NodeId, phase: number): boolean {
    const answered = this.#answered.get(phase) ?? new Uint8Array(this.#n);
    this.#answered.set(phase, answered);
    if (answered[peer] === 1) return false;
    answered[peer] = 1;
    return true;
  }

  /** The link to `peer` is new: what it was answered may be lost. */
  linkReset(peer: NodeId): void {
    for (const answered of this.#answered.values()) answered[peer] = 0;
  }
}
