import { assert, type Bit, bytesEqual, UsageError } from '../base/index.ts';
import { type Coin, type CoinId, coinName, type ShareVerdict, type Toss } from '../coin/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import type { Sha256 } from '../crypto/index.ts';
import {
  BLS_SIGNATURE_BYTES,
  type BlsKey,
  type BlsMessage,
  blsCombine,
  blsKey,
  blsMessage,
  blsOwns,
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
 * Shoup 2000, with the signatures of Boneh, Lynn and Shacham] Every share is verified by itself, so that a wrong one is
 * dropped and its sender known. Costs some ten milliseconds of computing a share.
 */
export class BlsCoin implements Coin {
  readonly common = true;
  readonly shareBytesMax = BLS_SIGNATURE_BYTES;
  readonly #options: BlsCoinOptions;
  readonly #keys: readonly BlsKey[];

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
  }

  toss(id: CoinId): Toss {
    return new BlsToss(this.#options, this.#keys, coinName(this.#options.sha256, id));
  }
}

class BlsToss implements Toss {
  readonly #options: BlsCoinOptions;
  readonly #keys: readonly BlsKey[];
  readonly #name: Uint8Array;
  readonly #shares: { readonly member: NodeId; readonly signature: Uint8Array }[] = [];
  #message: BlsMessage | undefined;
  #own: Uint8Array | undefined;
  #value: Bit | undefined;

  constructor(options: BlsCoinOptions, keys: readonly BlsKey[], name: Uint8Array) {
    this.#options = options;
    this.#keys = keys;
    this.#name = name;
  }

  share(): Uint8Array {
    this.#own ??= blsSign(this.#point(), this.#options.secret);
    return this.#own;
  }

  add(from: NodeId, share: Uint8Array): ShareVerdict {
    if (this.#value !== undefined || this.#shares.some(({ member }) => member === from)) return 'surplus';
    if (!this.#isOf(from, share)) return 'invalid';
    this.#shares.push({ member: from, signature: new Uint8Array(share) });
    if (this.#shares.length >= this.#options.committee.quorums.coin) this.#show();
    return 'counted';
  }

  value(): Bit | undefined {
    return this.#value;
  }

  #isOf(from: NodeId, share: Uint8Array): boolean {
    // The own secret was checked against the own key.
    if (from === this.#options.self) return bytesEqual(share, this.share());
    const key = this.#keys[from];
    return key !== undefined && blsVerify(this.#point(), key, share);
  }

  #show(): void {
    const signature = blsCombine(this.#shares);
    assert(signature !== undefined, 'verified shares combine');
    this.#value = ((this.#options.sha256(signature)[0] ?? 0) & 1) === 0 ? 0 : 1;
    this.#shares.length = 0;
  }

  #point(): BlsMessage {
    this.#message ??= blsMessage(this.#name);
    return this.#message;
  }
}
