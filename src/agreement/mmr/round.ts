import type { Bit } from '../../base/index.ts';
import type { AgreementMessage, Bits } from '../../codec/index.ts';
import type { Toss } from '../../coin/index.ts';
import type { NodeId } from '../../committee/index.ts';

/** What became of a vote: it counts, it was here before, or its sender voted otherwise before. */
export type Cast = 'counted' | 'repeated' | 'conflicting';

/** No value, one, or both, as a mask. */
export type Values = 0 | Bits;

const BVAL_SHIFT = 0;
const AUX_SHIFT = 2;
const CONF_SHIFT = 4;
const SHARED = 64;
const ANSWERED = 128;

/** The mask of one value. */
export function only(value: Bit): Bits {
  return value === 0 ? 1 : 2;
}

/**
 * What was said in one round: by others, one byte each and a count per value, and by this member. Bounded by its
 * constructor, but for the toss.
 */
export class Round {
  readonly number: number;
  /** By member: BVAL in bits 0 and 1, AUX in 2 and 3, CONF in 4 and 5, whether its share came in 6, whether it was answered in 7. */
  readonly #votes: Uint8Array;
  /** Distinct members, by value. */
  readonly bvals: [number, number] = [0, 0];
  readonly #auxes: [number, number] = [0, 0];
  /** Distinct members, by mask. */
  readonly #confs: [number, number, number, number] = [0, 0, 0, 0];
  toss: Toss | undefined;
  /** What this member said. Each is set before the statement leaves, and never cleared. */
  saidBvals: Values = 0;
  /** The first BVAL it said: its estimate. */
  estimate: Bit | undefined;
  saidAux: Bit | undefined;
  saidConf: Bits | undefined;
  released = false;
  /** Of the n-f CONFs at which this member released its share: their value if they were alike, else both. */
  outcome: Values = 0;

  constructor(number: number, n: number) {
    this.number = number;
    this.#votes = new Uint8Array(n);
  }

  /** Takes a BVAL: one member may say both. */
  castBval(from: NodeId, value: Bit): Cast {
    const bit = only(value) << BVAL_SHIFT;
    if ((this.#of(from) & bit) !== 0) return 'repeated';
    this.#votes[from] = this.#of(from) | bit;
    this.bvals[value] += 1;
    return 'counted';
  }

  /** Takes an AUX: the first of each member counts. */
  castAux(from: NodeId, value: Bit): Cast {
    const earlier = (this.#of(from) >> AUX_SHIFT) & 3;
    if (earlier !== 0) return earlier === only(value) ? 'repeated' : 'conflicting';
    this.#votes[from] = this.#of(from) | (only(value) << AUX_SHIFT);
    this.#auxes[value] += 1;
    return 'counted';
  }

  /** Takes a CONF: the first of each member counts. */
  castConf(from: NodeId, values: Bits): Cast {
    const earlier = (this.#of(from) >> CONF_SHIFT) & 3;
    if (earlier !== 0) return earlier === values ? 'repeated' : 'conflicting';
    this.#votes[from] = this.#of(from) | (values << CONF_SHIFT);
    this.#confs[values] += 1;
    return 'counted';
  }

  /** Notes that a share of this member came; false if one came before. */
  castShare(from: NodeId): boolean {
    if ((this.#of(from) & SHARED) !== 0) return false;
    this.#votes[from] = this.#of(from) | SHARED;
    return true;
  }

  /** Whether to say this round again to `peer`: once on each link. Questions may overtake each other. */
  answer(peer: NodeId): boolean {
    if ((this.#of(peer) & ANSWERED) !== 0) return false;
    this.#votes[peer] = this.#of(peer) | ANSWERED;
    return true;
  }

  /** The link to `peer` is new. */
  forgetAnswer(peer: NodeId): void {
    this.#votes[peer] = this.#of(peer) & ~ANSWERED;
  }

  /** Counts a member that decided earlier as having said all there is to say for its value. */
  castDecided(from: NodeId, value: Bit): void {
    this.castBval(from, value);
    this.castAux(from, value);
    this.castConf(from, only(value));
  }

  /** The values that `accept` members back. */
  bin(accept: number): Values {
    const zero = this.bvals[0] >= accept ? 1 : 0;
    const one = this.bvals[1] >= accept ? 2 : 0;
    return (zero | one) as Values;
  }

  /** Members whose AUX is in `bin`. */
  auxesIn(bin: Values): number {
    return ((bin & 1) !== 0 ? this.#auxes[0] : 0) + ((bin & 2) !== 0 ? this.#auxes[1] : 0);
  }

  /** The values in `bin` that any AUX carries. */
  auxValues(bin: Values): Values {
    const seen = (this.#auxes[0] > 0 ? 1 : 0) | (this.#auxes[1] > 0 ? 2 : 0);
    return (bin & seen) as Values;
  }

  /** Members whose CONF is a part of `bin`. */
  confsIn(bin: Values): number {
    if (bin === 3) return this.#confs[1] + this.#confs[2] + this.#confs[3];
    return bin === 0 ? 0 : this.#confs[bin];
  }

  /** Members whose CONF is this very set. */
  confsOf(values: Bits): number {
    return this.#confs[values];
  }

  /** Of one kind: whether this member has been heard. For people. */
  heard(from: NodeId, kind: 'bval' | 'aux' | 'conf' | 'share'): boolean {
    const mask = { bval: 3, aux: 3 << AUX_SHIFT, conf: 3 << CONF_SHIFT, share: SHARED }[kind];
    return (this.#of(from) & mask) !== 0;
  }

  /** What this member said but for its share, in the order it has to be told in. */
  said(): AgreementMessage[] {
    const round = this.number;
    const said: AgreementMessage[] = [];
    const { estimate, saidAux, saidConf } = this;
    if (estimate !== undefined) {
      said.push({ kind: 'bval', round, value: estimate });
      if (this.saidBvals === 3) said.push({ kind: 'bval', round, value: estimate === 0 ? 1 : 0 });
    }
    if (saidAux !== undefined) said.push({ kind: 'aux', round, value: saidAux });
    if (saidConf !== undefined) said.push({ kind: 'conf', round, values: saidConf });
    return said;
  }

  /** All that decides what this member says in it, as text. */
  fingerprint(): string {
    const own = [this.saidBvals, this.estimate, this.saidAux, this.saidConf, this.released, this.outcome];
    return `${this.#votes.join()};${own.join()};${this.toss?.value()}`;
  }

  #of(from: NodeId): number {
    return this.#votes[from] ?? 0;
  }
}
