import { bytesEqual } from '../../base/index.ts';
import type { Sha256 } from '../../crypto/index.ts';

/** Inputs remembered at most; payloads in a run are few, every member hashes each of them, and runs are alike. */
const REMEMBERED_MAX = 1_024;
/** Bytes at either end of a part that say where to look. */
const ENDS_BYTES = 16;

interface Remembered {
  readonly parts: readonly Uint8Array[];
  readonly digest: Uint8Array;
}

const remembering = new WeakMap<Sha256, Sha256>();

/**
 * `sha256`, asked once for the same input, by one world after another. Digests are never written to, so all who ask may
 * share one.
 */
export function rememberingSha256(sha256: Sha256): Sha256 {
  const known = remembering.get(sha256) ?? remember(sha256);
  remembering.set(sha256, known);
  return known;
}

function remember(sha256: Sha256): Sha256 {
  const known = new Map<number, Remembered[]>();
  let count = 0;
  return (...parts) => {
    const key = keyOf(parts);
    const same = known.get(key);
    if (same !== undefined) for (const entry of same) if (equal(entry.parts, parts)) return entry.digest;
    const digest = sha256(...parts);
    if (count >= REMEMBERED_MAX) {
      known.clear();
      count = 0;
    }
    count += 1;
    known.set(key, [...(known.get(key) ?? []), { parts: parts.map((part) => new Uint8Array(part)), digest }]);
    return digest;
  };
}

function equal(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!bytesEqual(a[i] ?? EMPTY, b[i] ?? EMPTY)) return false;
  return true;
}

/** FNV-1a over the lengths and both ends of all parts: only a place to look, equality is checked. */
function keyOf(parts: readonly Uint8Array[]): number {
  let key = 0x811c9dc5;
  for (const part of parts) {
    const { length } = part;
    key = Math.imul(key ^ length, 0x01000193);
    const head = Math.min(length, ENDS_BYTES);
    for (let i = 0; i < head; i += 1) key = Math.imul(key ^ (part[i] ?? 0), 0x01000193);
    for (let i = Math.max(head, length - ENDS_BYTES); i < length; i += 1)
      key = Math.imul(key ^ (part[i] ?? 0), 0x01000193);
  }
  return key | 0;
}

const EMPTY = new Uint8Array(0);
