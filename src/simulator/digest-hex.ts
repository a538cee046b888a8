import { bytesEqual, toHex } from '../base/index.ts';
import { copyDigest, type Digest } from '../crypto/index.ts';

/** Digests remembered at most: a run has few, every member names each of them, and each with an array of its own. */
const REMEMBERED_MAX = 1_024;

const known = new Map<number, { readonly digest: Digest; readonly hex: string }[]>();
let remembered = 0;
/** A member's statement about a digest mostly follows another about the same. */
let last: { readonly digest: Digest; readonly hex: string } | undefined;

/** A digest in hexadecimal: the same string for the same bytes, remembered for as long as it is told often. */
export function hexOf(digest: Digest): string {
  if (last?.digest === digest) return last.hex;
  const hex = found(digest);
  last = { digest, hex };
  return hex;
}

function found(digest: Digest): string {
  const key = (digest[0] ?? 0) | ((digest[1] ?? 0) << 8) | ((digest[2] ?? 0) << 16);
  const same = known.get(key);
  if (same !== undefined) for (const entry of same) if (bytesEqual(entry.digest, digest)) return entry.hex;
  if (remembered >= REMEMBERED_MAX) {
    known.clear();
    remembered = 0;
  }
  remembered += 1;
  const entry = { digest: copyDigest(digest), hex: toHex(digest) };
  known.set(key, [...(known.get(key) ?? []), entry]);
  return entry.hex;
}
