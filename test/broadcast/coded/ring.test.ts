import { describe, expect, test } from 'vitest';
import { type CodeWord, codingOf, reaches } from '../../../src/broadcast/index.ts';
import { ErasureCode, PayloadHasher, portableSha256 } from '../../../src/crypto/index.ts';
import { wordOf } from '../../coded/subject.ts';
import { Setting, SIZES, X } from './kit.ts';

test.each(SIZES)('n=%d: whoever sends, each other member reaches the next in the ring without it', (n) => {
  const { committee } = new Setting(n);
  for (const sender of committee.ids) {
    const ring = committee.ids.slice(1).map((_, i) => committee.member((sender + 1 + i) % n));
    for (const [place, from] of ring.entries()) {
      const next = Array.from(
        { length: committee.quorums.shardReach },
        (_, i) => ring[(place + 1 + i) % (n - 1)],
      );
      const reached = committee.ids.filter((to) => reaches(committee, sender, from, to));
      expect(reached).toEqual(next.toSorted((a = sender, b = sender) => a - b));
    }
    expect(committee.ids.filter((to) => reaches(committee, sender, sender, to))).toEqual([]);
  }
});

describe.each(SIZES)('n=%d: the code word of a payload', (n) => {
  const { coding, committee, words } = new Setting(n);
  const shards = (word: CodeWord, ids: readonly number[]) =>
    new Map(ids.map((id) => [id, word.shardOf(id)] as const));

  test('is given back by any shards that are enough, and by no fewer', () => {
    const { dataShards } = committee.quorums;
    const all: number[] = [...committee.ids];
    expect(coding.dataShards).toBe(dataShards);
    expect(coding.decode(shards(words.X, all.slice(0, dataShards)))).toEqual({ payload: X });
    expect(coding.decode(shards(words.X, all.slice(-dataShards)))).toEqual({ payload: X });
    expect(coding.decode(shards(words.X, all))).toEqual({ payload: X });
    expect(coding.decode(shards(words.crooked, all.slice(-dataShards)))).toEqual({ payload: undefined });
    expect(coding.decode(new Map())).toStrictEqual({ payload: undefined });
  });

  test('is named by its place, its shape and its length', () => {
    const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
    const code = new ErasureCode(committee.quorums.dataShards, n);
    const made = codingOf(hasher, code, committee.member(0), 1);
    expect(made.encode(X).digest).toEqual(words.X.digest);
    expect(made.holds(words.X.shardOf(1), 1)).toBe(true);
    expect(codingOf(hasher, code, committee.member(0), 2).encode(X).digest).not.toEqual(words.X.digest);
    expect(codingOf(hasher, code, committee.member(1), 1).encode(X).digest).not.toEqual(words.X.digest);
  });

  test('may be as short as one byte', () => {
    const { shardOf } = coding.encode(Uint8Array.of(9));
    expect(committee.ids.every((id) => coding.holds(shardOf(id), id))).toBe(true);
  });

  test('has shards as long as its length says, and is not empty, whatever the proofs prove', () => {
    const lengths = [
      [5, coding.shardBytes(5), true],
      [5, coding.shardBytes(5) + 1, false],
      [0, 0, false],
    ] as const;
    for (const [length, bytes, good] of lengths) {
      const { shardOf } = wordOf(
        committee,
        length,
        committee.ids.map(() => new Uint8Array(bytes)),
      );
      expect(coding.holds(shardOf(1), 1), `${length} in shards of ${bytes}`).toBe(good);
    }
  });

  test('has no shard beyond the last member', () => {
    expect(words.X.shardOf(n).shard).toHaveLength(0);
  });
});
