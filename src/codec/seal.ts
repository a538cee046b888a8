import { DIGEST_BYTES, proofHashes, SIGNATURE_BYTES } from '../crypto/index.ts';

/** Most batches that share one signature. */
export const GROUP_MAX = 32;
/** Bytes before the proof in the seal of a batch in a group: its number and how many there are. */
const PLACE_BYTES = 4;
/** Bytes of a seal, at most. */
export const SEAL_BYTES_MAX = PLACE_BYTES + DIGEST_BYTES * proofHashes(GROUP_MAX) + SIGNATURE_BYTES;

/** Where a batch stands among those that share a signature, and that it does. */
export interface GroupPlace {
  /** 0 <= index < count. */
  readonly index: number;
  /** 2 to `GROUP_MAX`. */
  readonly count: number;
  /** `proofHashes(count)` hashes: that the batch's statement is leaf `index` of the tree whose root is signed. */
  readonly proof: Uint8Array;
}

/** Bytes of the seal of each of `count` batches that share a signature. */
export function groupSealBytes(count: number): number {
  return PLACE_BYTES + DIGEST_BYTES * proofHashes(count) + SIGNATURE_BYTES;
}

/** Writes a seal: index u16, count u16, the proof, the signature. */
export function writeGroupSeal(seal: Uint8Array, place: GroupPlace, signature: Uint8Array): void {
  const { index, count, proof } = place;
  seal[0] = index >>> 8;
  seal[1] = index;
  seal[2] = count >>> 8;
  seal[3] = count;
  seal.set(proof, PLACE_BYTES);
  seal.set(signature, PLACE_BYTES + proof.length);
}

/** Whether from `at` on, to the end, there is the seal of a batch in a group. */
export function isGroupSeal(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < PLACE_BYTES + SIGNATURE_BYTES) return false;
  const index = u16(bytes, at);
  const count = u16(bytes, at + 2);
  if (count < 2 || count > GROUP_MAX || index >= count) return false;
  return bytes.length - at === groupSealBytes(count);
}

/** What a seal says of a group; undefined if the batch is signed alone. The proof is a view. */
export function groupPlaceOf(seal: Uint8Array): GroupPlace | undefined {
  if (!isGroupSeal(seal, 0)) return undefined;
  const proof = seal.subarray(PLACE_BYTES, seal.length - SIGNATURE_BYTES);
  return { index: u16(seal, 0), count: u16(seal, 2), proof };
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) * 0x100 + (bytes[at + 1] as number);
}
