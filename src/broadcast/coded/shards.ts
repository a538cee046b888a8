import { bytesEqual, copyBytes, retained } from '../../base/index.ts';
import type { ShardMessage } from '../../codec/index.ts';
import { asDigest, type Digest } from '../../crypto/index.ts';

/** The shards that are here, one of each member at most: so no more than n, whatever peers send. */
export class Shards {
  readonly #byMember = new Map<number, ShardMessage>();

  /** Bytes of all shards and their proofs. */
  get bytes(): number {
    let bytes = 0;
    for (const { shard, proof } of this.#byMember.values()) bytes += shard.length + proof.length;
    return bytes;
  }

  get(member: number): ShardMessage | undefined {
    return this.#byMember.get(member);
  }

  /** Keeps the shard of a member; what it points to may be a frame, so what is not most of one is copied. */
  add(member: number, message: ShardMessage): void {
    const { kind, digest, length, proof, shard } = message;
    this.#byMember.set(member, {
      kind,
      digest: asDigest(copyBytes(digest)) ?? digest,
      length,
      proof: copyBytes(proof),
      shard: retained(shard),
    });
  }

  /** The shards of one code word, by member in order. */
  of(digest: Digest): ReadonlyMap<number, ShardMessage> {
    const members = [...this.#byMember].filter(([, message]) => bytesEqual(message.digest, digest));
    return new Map(members.sort(([a], [b]) => a - b));
  }

  clear(): void {
    this.#byMember.clear();
  }
}
