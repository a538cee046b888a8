import { bytesEqual } from '../../base/index.ts';
import type { MemberMessage } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { copyDigest, type Digest, type PayloadHasher } from '../../crypto/index.ts';

/** What a mind has heard of one instance. */
export interface Heard {
  readonly sender: NodeId;
  readonly instance: number;
  /** Digests somebody named, in order of appearance; at most `DIGESTS_MAX`. */
  readonly digests: Digest[];
  readonly payloads: Uint8Array[];
}

const INSTANCES_MAX = 256;
const DIGESTS_MAX = 8;

/** Everything that was said, as far as a liar can make use of it. Bounded. */
export class Ear {
  readonly #hasher: PayloadHasher;
  readonly #heard = new Map<number, Heard>();

  constructor(hasher: PayloadHasher) {
    this.#hasher = hasher;
  }

  /** Every instance heard of, in order of appearance. */
  get instances(): readonly Heard[] {
    return [...this.#heard.values()];
  }

  hear(message: MemberMessage): void {
    if (message.kind !== 'instance') return;
    const { sender, instance, body } = message;
    const heard = this.of(sender, instance);
    if (heard === undefined || heard.digests.length >= DIGESTS_MAX) return;
    if ('digest' in body) this.#add(heard, body.digest);
    else if (this.#add(heard, this.#hasher.digest(sender, instance, body.payload))) {
      heard.payloads.push(body.payload.slice());
    }
  }

  of(sender: NodeId, instance: number): Heard | undefined {
    const key = sender * 0x1_0000_0000 + instance;
    const known = this.#heard.get(key);
    if (known !== undefined || this.#heard.size >= INSTANCES_MAX) return known;
    const heard: Heard = { sender, instance, digests: [], payloads: [] };
    this.#heard.set(key, heard);
    return heard;
  }

  /** True if the digest is new. */
  #add(heard: Heard, digest: Digest): boolean {
    const known = heard.digests.some((other) => bytesEqual(other, digest));
    if (!known) heard.digests.push(copyDigest(digest));
    return !known;
  }
}
