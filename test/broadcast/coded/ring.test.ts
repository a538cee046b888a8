import { describe, expect, test } from 'vitest';
import { type CodeWord, reaches } from '../../../src/broadcast/index.ts';
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
    expect(coding.decode(new Map())).toEqual({ payload: undefined });
  });

  test('has no shard beyond the last member', () => {
    expect(words.X.shardOf(n).shard).toHaveLength(0);
  });
});
