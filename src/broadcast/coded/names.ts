import { bytesEqual } from '../../base/index.ts';
import type { Digest } from '../../crypto/index.ts';
import type { Effect } from '../../protocol/index.ts';

type Fault = Extract<Effect<never, never>, { readonly kind: 'fault' }>;

/** Bytes that the votes take for a payload, and the code word that they stand for. */
export interface Named {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/**
 * What the votes of an instance hold that is not named by its own digest but by a code word: the own shard or proposal,
 * and what a former life kept. Three at most.
 */
export class Names {
  readonly #all: Named[] = [];

  add(bytes: Uint8Array, digest: Digest): Named {
    const named = { bytes, digest };
    this.#all.push(named);
    return named;
  }

  /** The code word that exactly this array stands for. */
  of(bytes: Uint8Array | undefined): Digest | undefined {
    return this.#all.find((each) => each.bytes === bytes)?.digest;
  }

  /** Whether this is one of the code words. */
  has(digest: Digest): boolean {
    return this.#all.some((each) => bytesEqual(each.digest, digest));
  }

  /** An accusation without what the votes took for payloads: that proves nothing to others. */
  withoutHoldings({ payloads, ...fault }: Fault): Fault {
    const holding = payloads?.some((bytes) => this.of(bytes) !== undefined);
    return payloads === undefined || holding === true ? fault : { ...fault, payloads };
  }
}
