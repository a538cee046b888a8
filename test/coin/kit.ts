import { Prng } from '../../src/base/index.ts';
import type { CoinId } from '../../src/coin/index.ts';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import { asDigest, type Digest } from '../../src/crypto/index.ts';

/** 32 equal bytes. */
export function digest(fill: number): Digest {
  const bytes = asDigest(new Uint8Array(32).fill(fill));
  if (bytes === undefined) throw new Error('32 bytes are a digest');
  return bytes;
}

/** A toss of these tests. */
export function id(round: number, epoch = 1): CoinId {
  return { cluster: digest(1), epoch, instance: Uint8Array.of(9), round };
}

/** Chance of a seed, where production has that of the system. */
export function randomOf(seed: number): (bytes: number) => Uint8Array {
  const prng = new Prng(seed);
  return (bytes) => Uint8Array.from({ length: bytes }, () => prng.below(256));
}

/** 3f+1, 3f+2 and 3f+3, and fewer faulty than could be. */
export const COMMITTEES = [1, 2, 3, 4, 5, 6, 7, 10].flatMap((n) =>
  Array.from({ length: faultyMax(n) + 1 }, (_, f) => new Committee(n, f)),
);
