import type { NodeId } from '../committee/index.ts';

/**
 * Whom to ask for a payload. One holder at a time, each once a round: a holder that keeps silent costs one
 * retry, not the payload. Among f+1 holders one is correct and keeps what it vouched for.
 */
export class PullRotation {
  readonly #n: number;
  /** Asked in this round. */
  readonly #asked: Uint8Array;
  /** Asked in any round over the present link, and not yet answered: it answers one question only, maybe late. */
  readonly #awaited: Uint8Array;
  readonly #lied: Uint8Array;
  #cursor: number;

  /** `first`: where the rotation begins; different members begin at different holders. */
  constructor(n: number, first: number) {
    this.#n = n;
    this.#asked = new Uint8Array(n);
    this.#awaited = new Uint8Array(n);
    this.#lied = new Uint8Array(n);
    this.#cursor = first % n;
  }

  /** Whether somebody was asked in this round and neither answered wrongly nor lost its link. */
  get outstanding(): boolean {
    return this.#asked.includes(1);
  }

  /** Whether an answer of this member is awaited: any other is ignored unread. */
  expects(member: NodeId): boolean {
    return this.#awaited[member] === 1;
  }

  /** The next holder to ask, marked as asked. With all asked, begins a new round. Undefined: nobody to ask. */
  next(holders: readonly NodeId[]): NodeId | undefined {
    const chosen = this.#nearest(holders);
    if (chosen !== undefined) return this.#ask(chosen);
    this.#asked.fill(0);
    const again = this.#nearest(holders);
    return again === undefined ? undefined : this.#ask(again);
  }

  /** Somebody else asked this member on the same behalf. */
  note(member: NodeId): void {
    this.#asked[member] = 1;
    this.#awaited[member] = 1;
  }

  /** Its link is gone, and with it the question or the answer. */
  forget(member: NodeId): void {
    this.#asked[member] = 0;
    this.#awaited[member] = 0;
  }

  /** It answered with other bytes than it vouched for: not asked again. */
  distrust(member: NodeId): void {
    this.forget(member);
    this.#lied[member] = 1;
  }

  #ask(member: NodeId): NodeId {
    this.#asked[member] = 1;
    this.#awaited[member] = 1;
    this.#cursor = (member + 1) % this.#n;
    return member;
  }

  #nearest(holders: readonly NodeId[]): NodeId | undefined {
    let nearest: NodeId | undefined;
    let distance = this.#n;
    for (const holder of holders) {
      const away = (holder - this.#cursor + this.#n) % this.#n;
      if (away < distance && this.#asked[holder] === 0 && this.#lied[holder] === 0) {
        nearest = holder;
        distance = away;
      }
    }
    return nearest;
  }
}
