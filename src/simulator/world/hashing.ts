import { bytesEqual } from '../../base/index.ts';
import type { Sha256 } from '../../crypto/index.ts';

/** Inputs remembered at most; payloads in a run are few and every member hashes each of them. */
const REMEMBERED_MAX = 256;

interface Remembered {
  readonly parts: readonly Uint8Array[];
  readonly digest: Uint8Array;
}

/** `sha256`, asked once for the same input. Digests are never written to, so all who ask may share one. */
export function rememberingSha256(sha256: Sha256): Sha256 {
  const known = new Map<number, Remembered[]>();
  return (...parts) => {
    const key = keyOf(parts);
    const same = known.get(key);
    for (const entry of same ?? []) if (equal(entry.parts, parts)) return entry.digest;
    const digest = sha256(...parts);
    if (known.size >= REMEMBERED_MAX) known.clear();
    known.set(key, [...(same ?? []), { parts: parts.map((part) => part.slice()), digest }]);
    return digest;
  };
}

function equal(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((part, i) => bytesEqual(part, b[i] ?? EMPTY));
}

/** FNV-1a over all bytes: only a place to look, equality is checked. */
function keyOf(parts: readonly Uint8Array[]): number {
  let key = 0x811c9dc5;
  for (const part of parts)
    for (let i = 0; i < part.length; i += 1) key = Math.imul(key ^ (part[i] ?? 0), 0x01000193);
  return key;
}

const EMPTY = new Uint8Array(0);
