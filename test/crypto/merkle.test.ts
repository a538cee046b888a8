import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../src/base/index.ts';
import { merkleTree, portableSha256, proofHashes, provenRoot } from '../../src/crypto/index.ts';

function sha(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(Uint8Array.from(part));
  return new Uint8Array(hash.digest());
}

/** The root by definition. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  const { length } = leaves;
  let level = leaves.map((leaf, index) => sha([0, index >> 8, index & 255, length >> 8, length & 255], leaf));
  while (level.length > 1) {
    const pairs = Array.from({ length: Math.ceil(level.length / 2) }, (_, pair) => pair * 2);
    level = pairs.map((at) => sha([1], level[at] ?? [], level[at + 1] ?? new Uint8Array(32)));
  }
  return level[0] ?? new Uint8Array(0);
}

function leavesOf(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => Uint8Array.of(index, index >> 8, 7));
}

const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 100, 255, 256];

describe('a tree', () => {
  test.each(COUNTS)('of %i leaves has the root of the definition, and a proof for each leaf', (count) => {
    const leaves = leavesOf(count);
    const tree = merkleTree(portableSha256, leaves);
    expect(tree.root).toEqual(rootByDefinition(leaves));
    for (const [index, leaf] of leaves.entries()) {
      const proof = tree.proof(index);
      expect(proof.length).toBe(32 * proofHashes(count));
      expect(provenRoot(portableSha256, leaf, index, count, proof)).toEqual(tree.root);
    }
  });

  test('proves no leaf in another place, nor of a tree of another size', () => {
    for (const count of COUNTS.filter((each) => each <= 17)) {
      const leaves = leavesOf(count);
      const tree = merkleTree(portableSha256, leaves);
      for (const [index, leaf] of leaves.entries()) {
        const proof = tree.proof(index);
        for (let place = -1; place <= count; place += 1) {
          if (place === index) continue;
          expect(provenRoot(portableSha256, leaf, place, count, proof)).not.toEqual(tree.root);
        }
        for (const size of [count - 1, count + 1, 2 * count])
          expect(provenRoot(portableSha256, leaf, index, size, proof)).not.toEqual(tree.root);
      }
    }
  });

  test('has one proof for each leaf: any other bytes, fewer or more, are none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(), fc.nat(), fc.nat(), (count, at, where, by) => {
        const leaves = leavesOf(count);
        const index = at % count;
        const leaf = leaves[index] ?? new Uint8Array(0);
        const tree = merkleTree(portableSha256, leaves);
        const proof = tree.proof(index);
        const root = (bytes: Uint8Array) => provenRoot(portableSha256, leaf, index, count, bytes);
        expect(root(concatBytes(proof, new Uint8Array(32)))).toBeUndefined();
        expect(root(concatBytes(proof, Uint8Array.of(0)))).toBeUndefined();
        if (proof.length === 0) return;
        expect(root(proof.subarray(32))).toBeUndefined();
        const changed = proof.slice();
        const byte = where % proof.length;
        changed[byte] = (changed[byte] ?? 0) ^ (1 + (by % 255));
        expect(root(changed)).not.toEqual(tree.root);
      }),
    );
  });

  test('where nobody stands beside a node, a proof says so and nothing else', () => {
    const leaves = leavesOf(3);
    const tree = merkleTree(portableSha256, leaves);
    const proof = tree.proof(2);
    expect(proof.subarray(0, 32)).toEqual(new Uint8Array(32));
    expect(
      provenRoot(portableSha256, leaves[2] ?? new Uint8Array(0), 2, 3, new Uint8Array(64).fill(1)),
    ).toBeUndefined();
  });

  test('an inner node is no leaf: what both are hashed from begins differently', () => {
    const seen: number[][] = [];
    const recording = (...parts: readonly Uint8Array[]): Uint8Array => {
      seen.push([parts[0]?.[0] ?? -1, parts.length, ...parts.map(({ length }) => length)]);
      return portableSha256(...parts);
    };
    merkleTree(recording, leavesOf(3));
    expect(seen).toEqual([
      [0, 2, 5, 3],
      [0, 2, 5, 3],
      [0, 2, 5, 3],
      [1, 3, 1, 32, 32],
      [1, 3, 1, 32, 32],
      [1, 3, 1, 32, 32],
    ]);
  });
});
