import { assert, type Bit, bytesEqual, encodeUtf8, toHex, UsageError } from '../base/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import {
  asDigest,
  type Digest,
  SHAMIR_BYTES,
  type Sha256,
  shamirCombine,
  shamirDeal,
} from '../crypto/index.ts';
import type { Coin, ShareVerdict, Toss } from './coin.ts';
import { type CoinId, coinName } from './name.ts';

/** One dealt coin as one member has it. */
export interface DealtShare {
  readonly name: Digest;
  /** This member's, 32 bytes: secret until it is released. */
  readonly share: Uint8Array;
  /** By member: the hash that its share has to have. Public. */
  readonly commitments: readonly Digest[];
}

/** The coins that one member was dealt. */
export interface Purse {
  readonly n: number;
  readonly f: number;
  readonly self: number;
  readonly coins: readonly DealtShare[];
}

/** What a dealer needs to know. */
export interface DealOptions {
  readonly committee: Committee;
  readonly sha256: Sha256;
  /** Which coins: one for each round of each agreement that is to have any. */
  readonly ids: readonly CoinId[];
  /** Gives that many bytes which nobody can guess. */
  readonly random: (bytes: number) => Uint8Array;
}

const COMMITMENT_DOMAIN = encodeUtf8('quorumcast/coin-share/1\0');

/**
 * Deals coins: one purse for each member, to be given to it alone. [Rabin 1983; sharing by Shamir 1979] Whoever deals knows
 * every coin: the dealer is trusted, and forgets.
 */
export function dealCoins({ committee, sha256, ids, random }: DealOptions): readonly Purse[] {
  const { n, f, quorums } = committee;
  const coins = ids.map((id) => {
    const name = coinName(sha256, id);
    const shares = shamirDeal(n, quorums.coin, random);
    const commitments = shares.map((share, member) => commitmentOf(sha256, name, member, share));
    return { name, shares, commitments };
  });
  return committee.ids.map((self) => ({
    ...{ n, f, self },
    coins: coins.map(({ name, shares, commitments }) => {
      return { name, share: shares[self] ?? new Uint8Array(0), commitments };
    }),
  }));
}

/** Binds a share to its coin and its member. A share is as hard to guess as a digest, so its hash tells nothing of it. */
function commitmentOf(sha256: Sha256, name: Digest, member: number, share: Uint8Array): Digest {
  const digest = asDigest(sha256(COMMITMENT_DOMAIN, name, Uint8Array.of(member >> 8, member & 0xff), share));
  assert(digest !== undefined, 'SHA-256 has 32 bytes');
  return digest;
}

/**
 * What all members of one dealing have in common, as a digest to be compared: SHA-256 over n, f, and the name and commitments
 * of each coin.
 */
export function dealDigest(sha256: Sha256, { n, f, coins }: Purse): Digest {
  const parts = coins.flatMap(({ name, commitments }) => [name, ...commitments]);
  const digest = asDigest(sha256(COMMITMENT_DOMAIN, Uint8Array.of(n >> 8, n & 0xff, f), ...parts));
  assert(digest !== undefined, 'SHA-256 has 32 bytes');
  return digest;
}

/** What a coin from a purse needs to know. */
export interface DealtCoinOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly sha256: Sha256;
  readonly purse: Purse;
}

/**
 * Coins that were dealt beforehand: nothing but hashes and a little arithmetic, and no assumption that a quantum computer
 * breaks, but only so many of them. Every share is checked against its commitment, so that a wrong one is dropped and its
 * sender known. A coin that was not dealt has no share and never shows: it is not replaced by anything that could be foreseen.
 */
export class DealtCoin implements Coin {
  readonly common = true;
  readonly shareBytesMax = SHAMIR_BYTES;
  readonly #options: DealtCoinOptions;
  readonly #coins = new Map<string, DealtShare>();

  /** @throws UsageError if the purse is of another committee or member, or does not keep its own commitments. */
  constructor(options: DealtCoinOptions) {
    const { committee, self, purse, sha256 } = options;
    if (purse.n !== committee.n || purse.f !== committee.f)
      throw new UsageError(
        `coins dealt for n=${purse.n}, f=${purse.f} in a committee of n=${committee.n}, f=${committee.f}: deal again`,
      );
    if (purse.self !== self)
      throw new UsageError(`the coins are those of member ${purse.self}, not of member ${self}`);
    this.#options = options;
    for (const coin of purse.coins) {
      const own = coin.commitments[self];
      const kept = own !== undefined && bytesEqual(own, commitmentOf(sha256, coin.name, self, coin.share));
      if (!kept || coin.commitments.length !== committee.n)
        throw new UsageError(
          `the coin ${toHex(coin.name.subarray(0, 4))} in the purse is damaged: deal again`,
        );
      this.#coins.set(toHex(coin.name), coin);
    }
  }

  toss(id: CoinId): Toss {
    const name = coinName(this.#options.sha256, id);
    const coin = this.#coins.get(toHex(name));
    return coin === undefined ? NO_COIN : new DealtToss(this.#options, coin);
  }
}

const NO_COIN: Toss = { share: () => undefined, add: () => 'surplus', value: () => undefined };

class DealtToss implements Toss {
  readonly #options: DealtCoinOptions;
  readonly #coin: DealtShare;
  readonly #shares: { readonly member: NodeId; readonly share: Uint8Array }[] = [];
  #value: Bit | undefined;

  constructor(options: DealtCoinOptions, coin: DealtShare) {
    this.#options = options;
    this.#coin = coin;
  }

  share(): Uint8Array {
    return this.#coin.share;
  }

  add(from: NodeId, share: Uint8Array): ShareVerdict {
    if (this.#value !== undefined || this.#shares.some(({ member }) => member === from)) return 'surplus';
    const { sha256, committee } = this.#options;
    const commitment = this.#coin.commitments[from];
    if (commitment === undefined || share.length !== SHAMIR_BYTES) return 'invalid';
    if (!bytesEqual(commitment, commitmentOf(sha256, this.#coin.name, from, share))) return 'invalid';
    this.#shares.push({ member: from, share: new Uint8Array(share) });
    if (this.#shares.length >= committee.quorums.coin) {
      this.#value = ((shamirCombine(this.#shares)[SHAMIR_BYTES - 1] ?? 0) & 1) === 0 ? 0 : 1;
      this.#shares.length = 0;
    }
    return 'counted';
  }

  value(): Bit | undefined {
    return this.#value;
  }
}
