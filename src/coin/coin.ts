import type { Bit } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { CoinId } from './name.ts';

/**
 * Where the randomness of an agreement comes from. One object serves all instances of a member; each toss belongs to
 * whoever asked for it, so that what is held is bounded there.
 */
export interface Coin {
  /**
   * Whether all correct members see the same value in every toss. Agreements that take the coin's value for an estimate
   * which others took too are unsafe without, and refuse a coin that says false.
   */
  readonly common: boolean;
  /** Longest share, bytes; 0 if there are none. */
  readonly shareBytesMax: number;
  /** The toss of this name. Asking twice gives two objects that say the same, but for a local coin. */
  toss(id: CoinId): Toss;
}

/**
 * One toss: hidden from everybody until f+1 members have released their shares, and hence until a correct one did.
 */
export interface Toss {
  /**
   * This member's share, to be broadcast at the point where the protocol releases it and not before. Undefined if the coin
   * needs none or, in a coin of finite supply, has none of this name: such a toss never has a value.
   */
  share(): Uint8Array | undefined;
  /** Takes the share that `from` released; this member's own comes back through here too. Keeps no reference. */
  add(from: NodeId, share: Uint8Array): ShareVerdict;
  /**
   * Members whose share was counted and turned out to be wrong when enough were there, each named once; the share counts no
   * more. Absent from a coin that knows at once.
   */
  exposed?(): readonly NodeId[];
  /** Undefined until enough shares have come. Never changes again. */
  value(): Bit | undefined;
}

/**
 * What became of a share: counted, not needed or seen before (and hence not looked at), or such as no correct member
 * releases for this name.
 */
export type ShareVerdict = 'counted' | 'surplus' | 'invalid';
