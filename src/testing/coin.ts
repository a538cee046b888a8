import { type Bit, bytesEqual, Prng } from '../base/index.ts';
import { type Coin, type CoinId, coinName, type Toss } from '../coin/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import { type Digest, portableSha256 } from '../crypto/index.ts';

/** What a test coin is made with. */
export interface PredictableCoinOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  /** The same at every member. */
  readonly seed: number;
}

const SHARE_BYTES = 4;

/**
 * A common coin that anybody can compute, for tests alone: it is fast, and a test can look at it. Its shares are counted
 * and checked as those of a real one, so it shows at the same moment; nothing hides it before. No configuration of a
 * node names it, and the node cannot import it.
 */
export class PredictableCoin implements Coin {
  readonly common = true;
  readonly shareBytesMax = SHARE_BYTES;
  readonly #options: PredictableCoinOptions;

  constructor(options: PredictableCoinOptions) {
    this.#options = options;
  }

  /** What the toss will show, for tests and the adversaries in them. */
  peek(id: CoinId): Bit {
    return bitOf(this.#options.seed, coinName(portableSha256, id));
  }

  toss(id: CoinId): Toss {
    const { committee, self, seed } = this.#options;
    const name = coinName(portableSha256, id);
    const seen = new Set<NodeId>();
    return {
      share: () => shareOf(seed, name, self),
      add: (from, share) => {
        if (seen.has(from) || seen.size >= committee.quorums.coin) return 'surplus';
        if (!bytesEqual(share, shareOf(seed, name, from))) return 'invalid';
        seen.add(from);
        return 'counted';
      },
      value: () => (seen.size >= committee.quorums.coin ? bitOf(seed, name) : undefined),
    };
  }
}

function bitOf(seed: number, name: Digest): Bit {
  return mix(seed, name, 0) % 2 === 0 ? 0 : 1;
}

function shareOf(seed: number, name: Digest, member: number): Uint8Array {
  const share = new Uint8Array(SHARE_BYTES);
  new DataView(share.buffer).setUint32(0, mix(seed, name, member + 1));
  return share;
}

function mix(seed: number, name: Digest, salt: number): number {
  const view = new DataView(name.buffer, name.byteOffset, name.byteLength);
  return new Prng(view.getUint32(0) ^ Math.imul(seed, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b)).uint32();
}
