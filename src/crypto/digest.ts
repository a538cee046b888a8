import { sha256 } from '@noble/hashes/sha2.js';
import { assert, type Brand, concatBytes } from '../base/index.ts';

/** Bytes of a digest. */
export const DIGEST_BYTES = 32;

/** A SHA-256 digest: exactly 32 bytes. Never written to after it was made. */
export type Digest = Brand<Uint8Array, 'Digest'>;

/** SHA-256 over the parts one after another. The node injects its native one; `portableSha256` runs anywhere. */
export type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

/** A SHA-256 of some bytes that goes on: what they come to, and once what they and more come to, for the price of the more. */
export interface Sha256Begun {
  readonly digest: Uint8Array;
  more(...parts: readonly Uint8Array[]): Uint8Array;
}

/** As `Sha256`, to go on from. */
export type Sha256Begin = (...parts: readonly Uint8Array[]) => Sha256Begun;

/** SHA-256 in plain JavaScript, for browsers and tests. About twenty times slower than a native one. */
export const portableSha256: Sha256 = (...parts) => {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** These 32 bytes as a digest; undefined if there are more or fewer. Keeps the reference. */
export function asDigest(bytes: Uint8Array): Digest | undefined {
  return bytes.length === DIGEST_BYTES ? (bytes as Digest) : undefined;
}

/** A copy of the digest that stands in `bytes` at `at`, all of it. */
export function copyDigest(bytes: Uint8Array, at = 0): Digest {
  assert(at + DIGEST_BYTES <= bytes.length, 'a digest is copied whole');
  const digest = new Uint8Array(DIGEST_BYTES);
  for (let i = 0; i < DIGEST_BYTES; i += 1) digest[i] = bytes[at + i] as number;
  return digest as Digest;
}

const DOMAIN = asciiBytes('quorumcast/payload/1\0');
const CODE_WORD_DOMAIN = asciiBytes('quorumcast/coded/1\0');
const STATEMENT_DOMAIN = asciiBytes('quorumcast/batch/1\0');
const GROUP_DOMAIN = asciiBytes('quorumcast/batches/1\0');
/** Bytes of a sender's signature. */
export const SIGNATURE_BYTES = 64;

/** The signature (64 bytes) of this member over a statement. Deterministic. */
export type Sign = (statement: Uint8Array) => Uint8Array;

/** Whether `signature` is that of `member` over a statement. */
export type Verify = (member: number, statement: Uint8Array, signature: Uint8Array) => boolean;

/**
 * Names payloads so that no digest means anything outside its place: SHA-256 over the domain tag, the cluster
 * digest (which covers the epoch), sender (u16), instance (u64) and the payload. A vote replayed from another
 * cluster, epoch, sender or instance therefore names nothing here.
 */
export class PayloadHasher {
  readonly #sha256: Sha256;
  readonly #begin: Sha256Begin | undefined;
  /** Long payloads that are hashed up to their seal. */
  readonly #begun = new WeakMap<Uint8Array, Begun>();
  readonly #prefix: Uint8Array;
  readonly #view: DataView;

  /** `cluster`: the 32-byte cluster digest. Keeps a copy. `begin`: the same hash, so that long batches are hashed once. */
  constructor(sha256: Sha256, cluster: Uint8Array, begin?: Sha256Begin) {
    assert(cluster.length === DIGEST_BYTES, 'a cluster digest has 32 bytes');
    this.#sha256 = sha256;
    this.#begin = begin;
    this.#prefix = new Uint8Array(DOMAIN.length + DIGEST_BYTES + 10);
    this.#prefix.set(DOMAIN);
    this.#prefix.set(cluster, DOMAIN.length);
    this.#view = new DataView(this.#prefix.buffer, DOMAIN.length + DIGEST_BYTES);
  }

  /**
   * What a sender signs, a new array: the domain tag, the cluster digest, sender (u16), instance (u64) and the digest, as
   * a payload there, of its batch without the seal.
   */
  statement(sender: number, instance: number, batch: Digest): Uint8Array {
    this.#place(sender, instance);
    const prefix = this.#prefix;
    const end = STATEMENT_DOMAIN.length - DOMAIN.length + prefix.length;
    const statement = new Uint8Array(end + DIGEST_BYTES);
    statement.set(STATEMENT_DOMAIN);
    // A view of the place would cost more than copying it.
    for (let from = DOMAIN.length, to = STATEMENT_DOMAIN.length; to < end; from += 1, to += 1)
      statement[to] = prefix[from] as number;
    statement.set(batch, end);
    return statement;
  }

  /**
   * What a sender signs for several batches at once, a new array: another domain tag, the cluster digest, sender (u16) and
   * the root of the tree whose leaves are the `statement`s of the batches.
   */
  groupStatement(sender: number, root: Digest): Uint8Array {
    this.#place(sender, 0);
    const place = this.#prefix.subarray(DOMAIN.length, DOMAIN.length + DIGEST_BYTES + 2);
    return concatBytes(GROUP_DOMAIN, place, root);
  }

  /** The digest of `payload` as (sender, instance); a new array. */
  digest(sender: number, instance: number, payload: Uint8Array): Digest {
    if (payload.length >= LONG_BYTES_MIN) {
      const begun = this.#begun.get(payload);
      this.#begun.delete(payload);
      if (begun?.sender === sender && begun.instance === instance)
        return begun.more(payload.subarray(begun.bytes)) as Digest;
    }
    this.#place(sender, instance);
    return this.#sha256(this.#prefix, payload) as Digest;
  }

  /**
   * The digest of the first `bytes` of `payload` as (sender, instance), a new array: what is signed of a batch. Whoever asks
   * for the digest of the whole next, by this very object, pays for the rest alone: what is in front of it must not change.
   */
  beginningDigest(sender: number, instance: number, payload: Uint8Array, bytes: number): Digest {
    const beginning = payload.subarray(0, bytes);
    if (this.#begin === undefined || bytes < LONG_BYTES_MIN) return this.digest(sender, instance, beginning);
    this.#place(sender, instance);
    const { digest, more } = this.#begin(this.#prefix, beginning);
    this.#begun.set(payload, { sender, instance, bytes, more });
    return digest as Digest;
  }

  /** The hash function itself, for trees. */
  get sha256(): Sha256 {
    return this.#sha256;
  }

  /**
   * The digest of a code word as (sender, instance), a new array: SHA-256 over another domain tag, the cluster digest,
   * sender (u16), instance (u64), data shards (u16), shards (u16), bytes of the payload (u32) and the root of the tree
   * over the shards.
   */
  codeWord(
    sender: number,
    instance: number,
    { k, n, length }: { readonly k: number; readonly n: number; readonly length: number },
    root: Digest,
  ): Digest {
    this.#place(sender, instance);
    const shape = new DataView(new ArrayBuffer(8));
    shape.setUint16(0, k);
    shape.setUint16(2, n);
    shape.setUint32(4, length);
    const place = this.#prefix.subarray(DOMAIN.length);
    return this.#sha256(CODE_WORD_DOMAIN, place, new Uint8Array(shape.buffer), root) as Digest;
  }

  #place(sender: number, instance: number): void {
    this.#view.setUint16(0, sender);
    this.#view.setUint32(2, Math.floor(instance / 0x1_0000_0000));
    this.#view.setUint32(6, instance >>> 0);
  }
}

/** A payload that was hashed up to its seal, as (sender, instance). */
interface Begun extends Pick<Sha256Begun, 'more'> {
  readonly sender: number;
  readonly instance: number;
  readonly bytes: number;
}

/** Shorter ones are hashed again sooner than looked up. */
const LONG_BYTES_MIN = 16_384;

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
