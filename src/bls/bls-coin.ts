import { assert, type Bit, bytesEqual, UsageError } from '../base/index.ts';
import { type Coin, type CoinId, coinName, type ShareVerdict, type Toss } from '../coin/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import type { Sha256 } from '../crypto/index.ts';
import {
  BLS_SIGNATURE_BYTES,
  type BlsKey,
  type BlsMessage,
  type BlsShare,
  blsCombine,
  blsGroupKey,
  blsKey,
  blsMessage,
  blsOwns,
  blsShare,
  blsSign,
  blsVerify,
} from './curve.ts';

/** What a threshold coin needs to know. */
export interface BlsCoinOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  readonly sha256: Sha256;
  /** This member's, 32 bytes. Kept by reference, never sent. */
  readonly secret: Uint8Array;
  /** By member, 96 bytes each. */
  readonly keys: readonly Uint8Array[];
}

/**
 * A coin without end: its value is a hash of the one signature that any f+1 members can make of its name. [Cachin, Kursawe,
 * Shoup 2000, with the signatures of Boneh, Lynn and Shacham] A wrong share never gets into a value, and its sender is known:
 * see `docs/adr/0017-shares-are-verified-together.md`. A verification costs some ten milliseconds of computing.
 */
export class BlsCoin implements Coin {
  readonly common = true;
  readonly shareBytesMax = BLS_SIGNATURE_BYTES;
  readonly #options: BlsCoinOptions;
  readonly #keys: readonly BlsKey[];
  readonly #groupKey: BlsKey;

  /** @throws UsageError if keys are missing, malformed, or not those that this member's secret belongs to. */
  constructor(options: BlsCoinOptions) {
    const { committee, self, keys, secret } = options;
    if (keys.length !== committee.n)
      throw new UsageError(`${keys.length} public keys of the coin for ${committee.n} members: deal again`);
    this.#options = options;
    this.#keys = keys.map((bytes, member) => {
      const key = blsKey(bytes);
      if (key === undefined)
        throw new UsageError(`the public key of the coin of member ${member} is damaged`);
      return key;
    });
    const own = this.#keys[self];
    if (own === undefined || !blsOwns(own, secret))
      throw new UsageError(
        `the secret of the coin is not that of member ${self}: was a file of another taken?`,
      );
    this.#groupKey = blsGroupKey(this.#keys, committee.quorums.coin);
  }

  toss(id: CoinId): Toss {
    return new BlsToss(this.#options, this.#keys, this.#groupKey, coinName(this.#options.sha256, id));
  }
}

/** A share that counts. `sure`: it was verified by itself, or is this member's own. */
interface Held {
  readonly member: NodeId;
  readonly share: BlsShare;
  readonly sure: boolean;
}

/** Shares from which on one verification of what they combine to replaces those of each: f+1 with f >= 2. */
const TOGETHER_FROM = 3;

class BlsToss implements Toss {
  readonly #options: BlsCoinOptions;
  readonly #keys: readonly BlsKey[];
  readonly #groupKey: BlsKey;
  readonly #name: Uint8Array;
  readonly #needed: number;
  #held: readonly Held[] = [];
  #exposed: readonly NodeId[] = [];
  /** Whether shares are verified together. No more once one was wrong. */
  #trusting: boolean;
  #message: BlsMessage | undefined;
  #own: Uint8Array | undefined;
  #value: Bit | undefined;

  constructor(options: BlsCoinOptions, keys: readonly BlsKey[], groupKey: BlsKey, name: Uint8Array) {
    this.#options = options;
    this.#keys = keys;
    this.#groupKey = groupKey;
    this.#name = name;
    this.#needed = options.committee.quorums.coin;
    this.#trusting = this.#needed >= TOGETHER_FROM;
  }

  share(): Uint8Array {
    this.#own ??= blsSign(this.#point(), this.#options.secret);
    return this.#own;
  }

  add(from: NodeId, bytes: Uint8Array): ShareVerdict {
    if (this.#value !== undefined || this.#held.some(({ member }) => member === from)) return 'surplus';
    const own = from === this.#options.self;
    // The own secret was checked against the own key.
    if (own && !bytesEqual(bytes, this.share())) return 'invalid';
    const share = blsShare(bytes);
    if (share === undefined) return 'invalid';
    const sure = own || (!this.#trusting && this.#isOf(from, share));
    if (!sure && !this.#trusting) return 'invalid';
    this.#held = [...this.#held, { member: from, share, sure }];
    if (this.#held.length < this.#needed) return 'counted';
    return this.#show(from);
  }

  exposed(): readonly NodeId[] {
    const exposed = this.#exposed;
    this.#exposed = [];
    return exposed;
  }

  value(): Bit | undefined {
    return this.#value;
  }

  /** Enough shares are there, that of `last` the last: either they have a value, or some of them are wrong. */
  #show(last: NodeId): ShareVerdict {
    const signature = blsCombine(this.#held);
    if (this.#held.some(({ sure }) => !sure) && !blsVerify(this.#point(), this.#groupKey, signature)) {
      this.#trusting = false;
      const isRight = ({ member, share, sure }: Held): boolean => sure || this.#isOf(member, share);
      const right = this.#held.filter(isRight);
      const wrong = this.#held.filter((held) => !right.includes(held)).map(({ member }) => member);
      assert(wrong.length > 0, 'the keys of a coin belong to one dealing');
      this.#held = right.map((held) => ({ ...held, sure: true }));
      this.#exposed = wrong.filter((member) => member !== last);
      return wrong.includes(last) ? 'invalid' : 'counted';
    }
    this.#value = ((this.#options.sha256(signature.toBytes())[0] ?? 0) & 1) === 0 ? 0 : 1;
    this.#held = [];
    return 'counted';
  }

  #isOf(from: NodeId, share: BlsShare): boolean {
    const key = this.#keys[from];
    return key !== undefined && blsVerify(this.#point(), key, share);
  }

  #point(): BlsMessage {
    this.#message ??= blsMessage(this.#name);
    return this.#message;
  }
}
