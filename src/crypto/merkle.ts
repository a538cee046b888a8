import { assert, bytesEqual, concatBytes } from '../base/index.ts';
import { DIGEST_BYTES, type Digest, type Sha256 } from './digest.ts';

/** Most leaves of a tree: their numbers travel as 16 bits. */
export const LEAVES_MAX = 65_535;

/** What the hash of a leaf and that of an inner node begin with: neither can be taken for the other. */
const LEAF = 0;
const NODE = 1;
/** Stands beside the last node of a level that has an odd number of them. No hash is known to be all zeros. */
const NOBODY = new Uint8Array(DIGEST_BYTES);

/** Hashes in the proof of any leaf of a tree of `count`: the one canonical number. */
export function proofHashes(count: number): number {
  return count < 2 ? 0 : 32 - Math.clz32(count - 1);
}

/** A tree over some leaves: its root, and a proof for each leaf, `proofHashes(count)` hashes one after another. */
export interface MerkleTree {
  readonly root: Digest;
  /** The hashes beside the way from the leaf to the root, the lowest first; a new array. */
  readonly proof: (index: number) => Uint8Array;
}

/**
 * The tree of these leaves, 1 to `LEAVES_MAX` of them. The hash of a leaf covers its number and how many there are, so
 * that a proof serves for one place of one size only. [Merkle, A Certified Digital Signature, CRYPTO 1989]
 */
export function merkleTree(sha256: Sha256, leaves: readonly Uint8Array[]): MerkleTree {
  const count = leaves.length;
  assert(count >= 1 && count <= LEAVES_MAX, `a tree has 1 to ${LEAVES_MAX} leaves, not ${count}`);
  const levels = [leaves.map((leaf, index) => leafHash(sha256, leaf, index, count))];
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    const above: Digest[] = [];
    for (let at = 0; at < level.length; at += 2)
      above.push(nodeHash(sha256, level[at] ?? NOBODY, level[at + 1] ?? NOBODY));
    levels.push(above);
  }
  const [root] = levels.pop() ?? [];
  assert(root !== undefined, 'a tree has a root');
  return {
    root,
    proof: (index) => concatBytes(...levels.map((level, height) => level[(index >> height) ^ 1] ?? NOBODY)),
  };
}

/**
 * The root that `leaf` has as number `index` of `count` by this proof; undefined if the proof has not the length that
 * all proofs of such a tree have, or there is no such number. Whether it is the right root is for the caller to compare.
 */
export function provenRoot(
  sha256: Sha256,
  leaf: Uint8Array,
  index: number,
  count: number,
  proof: Uint8Array,
): Digest | undefined {
  const hashes = proofHashes(count);
  if (index < 0 || index >= count || count > LEAVES_MAX || proof.length !== hashes * DIGEST_BYTES)
    return undefined;
  let hash = leafHash(sha256, leaf, index, count);
  for (let height = 0, width = count; height < hashes; height += 1, width = (width + 1) >> 1) {
    const place = index >> height;
    const beside = proof.subarray(height * DIGEST_BYTES, (height + 1) * DIGEST_BYTES);
    // One proof for one leaf: where nobody stands, nothing else may.
    if (place + 1 === width && place % 2 === 0 && !bytesEqual(beside, NOBODY)) return undefined;
    hash = place % 2 === 0 ? nodeHash(sha256, hash, beside) : nodeHash(sha256, beside, hash);
  }
  return hash;
}

function leafHash(sha256: Sha256, leaf: Uint8Array, index: number, count: number): Digest {
  return sha256(Uint8Array.of(LEAF, index >> 8, index, count >> 8, count), leaf) as Digest;
}

function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Digest {
  return sha256(Uint8Array.of(NODE), left, right) as Digest;
}
