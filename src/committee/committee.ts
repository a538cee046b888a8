import { assert, type Brand } from '../base/index.ts';
import { type Quorums, quorums } from './quorum.ts';

/** A member's place in the committee: an integer, 0 <= id < n. Keys and addresses stay outside the core. */
export type NodeId = Brand<number, 'NodeId'>;

/** Most members a committee may have: ids travel as 16 bits, and votes cost n^2 messages. */
export const MEMBERS_MAX = 256;

/** Who takes part, how many of them may be faulty, and the thresholds that follow. Immutable. */
export class Committee {
  readonly n: number;
  readonly f: number;
  readonly quorums: Quorums;
  /** All ids in order, 0 to n-1. */
  readonly ids: readonly NodeId[];

  /** @throws RangeError with the arithmetic if n < 3f+1 or n > MEMBERS_MAX. */
  constructor(n: number, f: number) {
    this.quorums = quorums(n, f);
    if (n > MEMBERS_MAX) throw new RangeError(`n=${n} is impossible: at most ${MEMBERS_MAX} members`);
    this.n = n;
    this.f = f;
    this.ids = Array.from({ length: n }, (_, id) => id as NodeId);
  }

  /** The member with this number; undefined if there is none. The only way to earn a `NodeId`. */
  node(id: number): NodeId | undefined {
    return this.ids[id];
  }

  /** As `node`, for numbers that the program itself made. */
  member(id: number): NodeId {
    const node = this.ids[id];
    assert(node !== undefined, `no member ${id} in a committee of ${this.n}`);
    return node;
  }
}
