import { bytesEqual } from '../base/index.ts';
import { copyDigest, type Digest } from '../crypto/index.ts';

/** One digest that somebody vouched for in an instance, and how many did. Only correct members' first votes count. */
export class Candidate {
  readonly digest: Digest;
  /** Position in the instance's list of candidates. */
  readonly index: number;
  /** ECHOs, the sender's own counted. */
  echoes = 0;
  /** ECHOs, the sender's own not counted: what the early form goes by. */
  echoesOfOthers = 0;
  /** READYs; a DONE counts as one. */
  readies = 0;
  dones = 0;
  /** The payload, once it is here. */
  body: Uint8Array | undefined;

  constructor(digest: Digest, index: number) {
    this.digest = digest;
    this.index = index;
  }
}

/** The digests of an instance in order of appearance: few, since each member adds at most one a vote type. */
export class Candidates implements Iterable<Candidate> {
  readonly #list: Candidate[] = [];

  get size(): number {
    return this.#list.length;
  }

  [Symbol.iterator](): Iterator<Candidate> {
    return this.#list[Symbol.iterator]();
  }

  /** The candidate of this digest, if anybody named it before. */
  find(digest: Digest): Candidate | undefined {
    for (const candidate of this.#list) if (bytesEqual(candidate.digest, digest)) return candidate;
    return undefined;
  }

  /** As `find`, or a new one. Copies the digest, which may be a view into a frame. */
  of(digest: Digest): Candidate {
    const known = this.find(digest);
    if (known !== undefined) return known;
    const candidate = new Candidate(copyDigest(digest), this.#list.length);
    this.#list.push(candidate);
    return candidate;
  }

  /** Whether the candidate at `index` is that of `digest`. */
  same(index: number, digest: Digest): boolean {
    const candidate = this.#list[index];
    return candidate !== undefined && bytesEqual(candidate.digest, digest);
  }
}

/** Who voted for which candidate: the first vote of each member and type counts. Allocated once. */
export class Ballots {
  readonly #votes: Int16Array;
  readonly #n: number;

  constructor(n: number) {
    this.#n = n;
    this.#votes = new Int16Array(3 * n).fill(NO_VOTE);
  }

  /** The index of the candidate that `member` voted for, or `NO_VOTE`. */
  of(type: VoteType, member: number): number {
    return this.#votes[type * this.#n + member] ?? NO_VOTE;
  }

  cast(type: VoteType, member: number, candidate: number): void {
    this.#votes[type * this.#n + member] = candidate;
  }
}

/** No vote of this type yet. */
export const NO_VOTE = -1;
/** The types of vote. */
export const ECHO = 0;
export const READY = 1;
export const DONE = 2;
export type VoteType = typeof ECHO | typeof READY | typeof DONE;
