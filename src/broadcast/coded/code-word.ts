import { bytesEqual } from '../../base/index.ts';
import type { ShardMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import {
  type Digest,
  type ErasureCode,
  merkleTree,
  type PayloadHasher,
  proofHashes,
  provenRoot,
  type Sha256,
} from '../../crypto/index.ts';

/** How the payloads of one instance are coded and named. */
export interface CodingOptions {
  /** Of n shards, as many as members; the same object serves all instances. */
  readonly code: ErasureCode;
  readonly sha256: Sha256;
  /** Names the code word of this root and length in this instance and no other. */
  readonly digestOf: (length: number, root: Digest) => Digest;
}

/** All shards of a payload. */
export interface CodeWord {
  readonly digest: Digest;
  /** The shard of this member, with its proof. A view into the code word. */
  readonly shardOf: (member: number) => ShardMessage;
}

/** The payload that shards stand for; undefined if they are no code word, whichever of them are looked at. */
export type Decoding = { readonly payload: Uint8Array | undefined };

/** Makes code words of payloads, and payloads of shards. Holds nothing. */
export class Coding {
  readonly #options: CodingOptions;

  constructor(options: CodingOptions) {
    this.#options = options;
  }

  /** Shards that make a payload. */
  get dataShards(): number {
    return this.#options.code.k;
  }

  /** Bytes of the proof of any shard. */
  get proofBytes(): number {
    return 32 * proofHashes(this.#options.code.n);
  }

  /** Bytes of each shard of a payload of `length` bytes. */
  shardBytes(length: number): number {
    return this.#options.code.shardBytes(length);
  }

  /** The code word of a payload. `payload` has at least one byte. */
  encode(payload: Uint8Array): CodeWord {
    const { code, sha256, digestOf } = this.#options;
    const shards = code.encode(payload);
    const tree = merkleTree(sha256, shards);
    const digest = digestOf(payload.length, tree.root);
    const shardOf = (member: number): ShardMessage => {
      const shard = shards[member] ?? NO_BYTES;
      return { kind: 'shard', digest, length: payload.length, proof: tree.proof(member), shard };
    };
    return { digest, shardOf };
  }

  /** Whether this is the shard of `member` in the code word that it names. */
  holds({ digest, length, proof, shard }: ShardMessage, member: number): boolean {
    const { code, sha256, digestOf } = this.#options;
    if (length < 1 || shard.length !== code.shardBytes(length)) return false;
    const root = provenRoot(sha256, shard, member, code.n, proof);
    return root !== undefined && bytesEqual(digestOf(length, root), digest);
  }

  /**
   * What `shards`, by member and at least `dataShards` of them, stand for. Each was checked with `holds` and names the
   * same code word. All shards are made again from the payload and compared: if they give the code word, every other
   * choice of shards gives the same payload, and if they do not, no choice does.
   */
  decode(shards: ReadonlyMap<number, ShardMessage>): Decoding {
    const { code } = this.#options;
    const chosen = [...shards].slice(0, code.k);
    const [, first] = chosen[0] ?? [];
    if (first === undefined) return { payload: undefined };
    const payload = code.decode(
      chosen.map(([index, { shard }]) => ({ index, bytes: shard })),
      first.length,
    );
    return { payload: bytesEqual(this.encode(payload).digest, first.digest) ? payload : undefined };
  }
}

/** How this instance is coded and named. */
export function codingOf(hasher: PayloadHasher, code: ErasureCode, sender: NodeId, instance: number): Coding {
  const { k, n } = code;
  const { sha256 } = hasher;
  const digestOf = (length: number, root: Digest): Digest =>
    hasher.codeWord(sender, instance, { k, n, length }, root);
  return new Coding({ code, sha256, digestOf });
}

const NO_BYTES = new Uint8Array(0);
