import { bytesEqual } from '../../base/index.ts';
import { type Digest, PayloadHasher, type Sha256 } from '../../crypto/index.ts';

/** Inputs remembered at most; payloads in a run are few, every member hashes each of them, and runs are alike. */
const REMEMBERED_MAX = 1_024;
/** Bytes at either end of a part that say where to look. */
const ENDS_BYTES = 16;

/** What was hashed before, by a number that says where to look; equality is for whoever looks. */
class Memory<Entry> {
  readonly #known = new Map<number, Entry[]>();
  #count = 0;

  at(key: number): readonly Entry[] | undefined {
    return this.#known.get(key);
  }

  add(key: number, entry: Entry): void {
    if (this.#count >= REMEMBERED_MAX) {
      this.#known.clear();
      this.#count = 0;
    }
    this.#count += 1;
    this.#known.set(key, [...(this.#known.get(key) ?? []), entry]);
  }
}

/**
 * `sha256`, asked once for the same input, by one world after another. Digests are never written to, so all who ask may
 * share one.
 */
export function rememberingSha256(sha256: Sha256): Sha256 {
  const memory = new Memory<{ readonly parts: readonly Uint8Array[]; readonly digest: Uint8Array }>();
  return (...parts) => {
    let key = FNV_BASIS;
    for (const part of parts) key = mixed(key, part);
    const same = memory.at(key);
    if (same !== undefined) for (const entry of same) if (equal(entry.parts, parts)) return entry.digest;
    const digest = sha256(...parts);
    memory.add(key, { parts: parts.map((part) => new Uint8Array(part)), digest });
    return digest;
  };
}

/** As `PayloadHasher`; payloads that were named before are looked up by what they are, not by all that is hashed. */
export class RememberingHasher extends PayloadHasher {
  readonly #memory = new Memory<{
    readonly sender: number;
    readonly instance: number;
    readonly payload: Uint8Array;
    readonly digest: Digest;
  }>();

  override digest(sender: number, instance: number, payload: Uint8Array): Digest {
    const key = mixed(Math.imul(sender ^ FNV_BASIS, FNV_PRIME) ^ instance, payload);
    const same = this.#memory.at(key);
    if (same !== undefined) {
      for (const known of same) {
        if (known.sender === sender && known.instance === instance && bytesEqual(known.payload, payload))
          return known.digest;
      }
    }
    const digest = super.digest(sender, instance, payload);
    this.#memory.add(key, { sender, instance, payload: new Uint8Array(payload), digest });
    return digest;
  }
}

function equal(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!bytesEqual(a[i] ?? EMPTY, b[i] ?? EMPTY)) return false;
  return true;
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a over the length and both ends of a part: only a place to look. */
function mixed(key: number, part: Uint8Array): number {
  const { length } = part;
  let hash = Math.imul(key ^ length, FNV_PRIME);
  const head = Math.min(length, ENDS_BYTES);
  for (let i = 0; i < head; i += 1) hash = Math.imul(hash ^ (part[i] ?? 0), FNV_PRIME);
  for (let i = Math.max(head, length - ENDS_BYTES); i < length; i += 1)
    hash = Math.imul(hash ^ (part[i] ?? 0), FNV_PRIME);
  return hash;
}

const EMPTY = new Uint8Array(0);
