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
  /** It is certain from elsewhere that a correct member said READY for it, or may. */
  assured = false;
  /** The digest in words of four bytes: every vote is compared with it. Fields, which take no list of their own. */
  readonly #word0: number;
  readonly #word1: number;
  readonly #word2: number;
  readonly #word3: number;
  readonly #word4: number;
  readonly #word5: number;
  readonly #word6: number;
  readonly #word7: number;

  constructor(digest: Digest, index: number) {
    this.digest = digest;
    this.index = index;
    this.#word0 = wordAt(digest, 0);
    this.#word1 = wordAt(digest, 4);
    this.#word2 = wordAt(digest, 8);
    this.#word3 = wordAt(digest, 12);
    this.#word4 = wordAt(digest, 16);
    this.#word5 = wordAt(digest, 20);
    this.#word6 = wordAt(digest, 24);
    this.#word7 = wordAt(digest, 28);
  }

  assure(): this {
    this.assured = true;
    return this;
  }

  /** Whether its digest stands in `bytes` at `at`. */
  is(bytes: Uint8Array, at: number): boolean {
    return (
      this.#word0 === wordAt(bytes, at) &&
      this.#word1 === wordAt(bytes, at + 4) &&
      this.#word2 === wordAt(bytes, at + 8) &&
      this.#word3 === wordAt(bytes, at + 12) &&
      this.#word4 === wordAt(bytes, at + 16) &&
      this.#word5 === wordAt(bytes, at + 20) &&
      this.#word6 === wordAt(bytes, at + 24) &&
      this.#word7 === wordAt(bytes, at + 28)
    );
  }

  /** One vote more. `sender`: it is that of the instance's sender. */
  count(type: VoteType, sender: boolean): void {
    if (type === ECHO) {
      this.echoes += 1;
      if (!sender) this.echoesOfOthers += 1;
    } else if (type === READY) this.readies += 1;
    else this.dones += 1;
  }
}

/** The digests of an instance in order of appearance: few, since each member adds at most one a vote type. */
export class Candidates implements Iterable<Candidate> {
  #list: Candidate[] = [];

  get size(): number {
    return this.#list.length;
  }

  /** Of the payloads that are here. */
  get bytes(): number {
    const list = this.#list;
    let bytes = 0;
    for (let i = 0; i < list.length; i += 1) bytes += list[i]?.body?.length ?? 0;
    return bytes;
  }

  [Symbol.iterator](): Iterator<Candidate> {
    return this.#list[Symbol.iterator]();
  }

  /** The candidate of the digest that stands in `bytes` at `at`, if anybody named it before. */
  find(bytes: Uint8Array, at = 0): Candidate | undefined {
    const list = this.#list;
    for (let i = 0; i < list.length; i += 1) if (list[i]?.is(bytes, at) === true) return list[i];
    return undefined;
  }

  /** As `find`, or a new one. Copies the digest: it may stand in a frame. */
  of(bytes: Uint8Array, at = 0): Candidate {
    return this.find(bytes, at) ?? this.#add(copyDigest(bytes, at));
  }

  /** As `find`, or a new one, which keeps the reference. */
  named(digest: Digest): Candidate {
    return this.find(digest) ?? this.#add(digest);
  }

  #add(digest: Digest): Candidate {
    const candidate = new Candidate(digest, this.#list.length);
    // Mostly there is one: a list that grows makes room for sixteen more.
    if (candidate.index === 0) this.#list = [candidate];
    else this.#list.push(candidate);
    return candidate;
  }

  /** Whether the candidate at `index` is that of the digest in `bytes` at `at`. */
  same(index: number, bytes: Uint8Array, at: number): boolean {
    return this.#list[index]?.is(bytes, at) === true;
  }
}

/** Most members whose votes are bits of one number. */
const BITS = 31;

/**
 * Who voted for which candidate: the first vote of each member and type counts. Mostly there is one candidate, and a bit
 * says it. With the first vote for another, and from the start with many members, each vote is written out.
 */
export class Ballots {
  readonly #n: number;
  /** By member: who voted for candidate 0, as long as nobody voted otherwise. */
  #echoes = 0;
  #readies = 0;
  #dones = 0;
  #votes: Int16Array | undefined;

  constructor(n: number) {
    this.#n = n;
    if (n > BITS) this.#votes = this.#written();
  }

  /** The index of the candidate that `member` voted for, or `NO_VOTE`. */
  of(type: VoteType, member: number): number {
    const votes = this.#votes;
    if (votes !== undefined) return votes[type * this.#n + member] ?? NO_VOTE;
    return (this.#bits(type) & (1 << member)) === 0 ? NO_VOTE : 0;
  }

  cast(type: VoteType, member: number, candidate: number): void {
    if (this.#votes === undefined && candidate === 0) {
      if (type === ECHO) this.#echoes |= 1 << member;
      else if (type === READY) this.#readies |= 1 << member;
      else this.#dones |= 1 << member;
      return;
    }
    this.#votes ??= this.#written();
    this.#votes[type * this.#n + member] = candidate;
  }

  #bits(type: VoteType): number {
    if (type === ECHO) return this.#echoes;
    return type === READY ? this.#readies : this.#dones;
  }

  #written(): Int16Array {
    const votes = new Int16Array(3 * this.#n).fill(NO_VOTE);
    if (this.#n > BITS) return votes;
    for (const type of [ECHO, READY, DONE] as const) {
      for (let member = 0; member < this.#n; member += 1)
        votes[type * this.#n + member] = this.of(type, member);
    }
    return votes;
  }
}

/** No vote of this type yet. */
export const NO_VOTE = -1;
/** The types of vote. */
export const ECHO = 0;
export const READY = 1;
export const DONE = 2;
export type VoteType = typeof ECHO | typeof READY | typeof DONE;

/** Beyond the end there are zeros: whoever asks has seen to the length. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
