import { describe, expect, test } from 'vitest';
import { type Coded, type CodeWord, witness, witnessBytesMax } from '../../../src/broadcast/index.ts';
import { crooked, PAYLOAD_BYTES_MAX, REFUSED, wordOf } from '../../coded/subject.ts';
import { keptIn, Setting, SIZES, X, Y } from './kit.ts';

const seven = new Setting(7);
const payload = (bytes: Uint8Array) => ({ kind: 'payload', payload: bytes }) as const;

/** All shards of a code word, as whoever has them shows that they are none. */
function shown(word: CodeWord, setting = seven): Uint8Array {
  return witness(
    setting.coding,
    new Map(setting.committee.ids.map((id) => [id as number, word.shardOf(id)])),
  );
}

describe.each(SIZES)('n=%d', (n) => {
  const setting = new Setting(n);
  const { dataShards, echoEarly, deliverEarly } = setting.committee.quorums;

  /** Member 1 with its own shard and ECHO, and with the shards of others up to early delivery, one by one. */
  function early(name: 'X' | 'refused' | 'crooked'): { member: Coded; lines: string[][] } {
    const member = setting.member(1);
    setting.shards(member, 1, name, [0]);
    setting.votes(member, 'echo', name, [1]);
    const others = Array.from({ length: deliverEarly - 1 }, (_, i) => i + 2);
    return { member, lines: others.map((id) => setting.shards(member, 1, name, [id])) };
  }

  test('READY and delivery at as many ECHOs as without shards', () => {
    const { member, lines } = early('X');
    const readyAt = lines.findIndex((line) => line[0] === 'all: ready X');
    // The own ECHO is one of them.
    expect(readyAt).toBe(echoEarly - 2);
    expect(lines.flat()).toEqual(['all: ready X', 'keep X: X instead', 'output X: X']);
    expect(lines.at(-1)?.at(-1)).toBe('output X: X');
    expect([member.terminated, setting.held(member)]).toEqual([true, []]);
  });

  test('shards of a payload that is refused: nothing, by the payload', () => {
    expect(early('refused').lines.flat()).toEqual([
      'all: ready refused',
      'keep refused: refused instead',
      'output refused: nothing 0 by refused',
      'fault p0 invalid-payload',
    ]);
  });

  test('shards that are no code word: nothing, by so many of them as make a payload', () => {
    const { lines, member } = early('crooked');
    expect(lines.flat()).toEqual([
      'all: ready crooked',
      'keep crooked: witness instead',
      'output crooked: nothing 0 by witness',
      'fault p0 inconsistent-shards',
    ]);
    const { proof, shard } = setting.words.crooked.shardOf(1);
    expect(member.bytesHeld, 'what was vouched for').toBe(7 + 2 + proof.length + shard.length);
    expect(shown(setting.words.crooked, setting)).toHaveLength(
      7 + dataShards * (2 + proof.length + shard.length),
    );
  });

  test('one shard too few is asked for, and the last one delivers', () => {
    const member = setting.member(1);
    setting.shards(member, 1, 'X', [0]);
    const others = Array.from({ length: dataShards - 2 }, (_, i) => i + 2);
    setting.shards(member, 1, 'X', others);
    const { adopt } = setting.committee.quorums;
    setting.votes(
      member,
      'done',
      'X',
      Array.from({ length: adopt }, (_, i) => n - 1 - i),
    );
    expect([member.terminated, member.pulling]).toEqual([false, true]);
    expect(setting.shards(member, 1, 'X', [n - 1])).toEqual(['keep X: X instead', 'output X: X']);
  });
});

test('after delivery nothing is said, asked or counted', () => {
  const member = seven.member(1);
  seven.shards(member, 1, 'X', [0, 2, 3]);
  seven.votes(member, 'done', 'X', [2, 3, 4]);
  expect(member.terminated).toBe(true);
  expect(member.pulling).toBe(false);
  expect(member.inspect()).toMatchObject({ phase: 'delivered', pulling: false });
  const before = member.snapshot();
  expect(before).toMatchObject({ delivered: true, closed: false });
  expect(seven.votes(member, 'echo', 'Y', [2])).toEqual([]);
  expect(seven.told(member.vote('echo', seven.p(2), seven.digest('Y'), 0))).toEqual([]);
  expect(seven.shards(member, 1, 'X', [4])).toEqual([]);
  expect(seven.shards(member, 1, 'Y', [0])).toEqual([]);
  expect(seven.handle(member, 0, seven.dispersal('Y'))).toEqual([]);
  expect(seven.pull(member, 4, 'X'), 'it is answered from the store').toEqual([]);
  expect(seven.told(member.retry())).toEqual([]);
  expect(member.snapshot()).toEqual(before);
  const { proof, shard } = seven.words.X.shardOf(1);
  expect(member.bytesHeld).toBe(7 + 2 + proof.length + shard.length + X.length);
});

describe('what the sender told this member', () => {
  const delivered = (say: (member: Coded) => void): string[] => {
    const member = seven.member(1);
    say(member);
    seven.shards(member, 1, 'X', [2, 3, 4]);
    return seven.votes(member, 'done', 'X', [2, 3, 4]);
  };
  const lines = ['all: ready X', 'keep X: X instead', 'output X: X'];

  test('another code word than is delivered is an equivocation', () => {
    expect(delivered((member) => member.handle(seven.p(0), seven.dispersal('Y')))).toEqual([
      ...lines,
      'fault p0 equivocation',
    ]);
    expect(delivered((member) => member.handle(seven.p(0), seven.words.Y.shardOf(1)))).toEqual([
      ...lines,
      'fault p0 equivocation',
    ]);
  });

  test('the same, or nothing, is none', () => {
    expect(delivered(() => {})).toEqual(lines);
    expect(delivered((member) => member.handle(seven.p(0), seven.dispersal('X')))).toEqual(lines);
  });
});

describe('votes read out of a frame', () => {
  test('count as those that are handed over', () => {
    const member = seven.member(1);
    seven.shards(member, 1, 'X', [0]);
    const bytes = new Uint8Array(40);
    bytes.set(seven.digest('X'), 5);
    for (const id of [2, 3]) expect(seven.told(member.vote('done', seven.p(id), bytes, 5))).toEqual([]);
    expect(seven.told(member.vote('done', seven.p(0), bytes, 5))).toEqual(['all: ready X', 'p2: pull X']);
  });
});

describe('the answer of one that has delivered', () => {
  /** Member 1 has its own shard of a code word that three are done with, and has asked member 2. */
  function asking(word: CodeWord, own = true): Coded {
    const member = seven.member(1);
    if (own) member.handle(seven.p(0), word.shardOf(1));
    for (const id of [0, 2, 3]) member.handle(seven.p(id), { kind: 'done', digest: word.digest });
    if (!own) member.retry();
    return member;
  }

  test('is the payload', () => {
    expect(seven.handle(asking(seven.words.X), 2, payload(X))).toEqual(['keep X: X instead', 'output X: X']);
  });

  test('is a payload that the application refuses', () => {
    expect(seven.handle(asking(seven.words.refused), 2, payload(REFUSED))).toEqual([
      'keep refused: refused instead',
      'output refused: nothing 0 by refused',
      'fault p0 invalid-payload',
    ]);
  });

  test.each([
    ['with a shard here', true],
    ['with none', false],
  ])('is what shows that there is none, %s', (_, own) => {
    const member = asking(seven.words.crooked, own);
    expect(seven.handle(member, 2, payload(shown(seven.words.crooked)))).toEqual([
      'keep crooked: witness instead',
      'output crooked: nothing 0 by witness',
      'fault p0 inconsistent-shards',
    ]);
  });

  const longest = crooked(seven.committee, new Uint8Array(PAYLOAD_BYTES_MAX).fill(7), [2]);

  test('may be as long as the shards of the longest payload', () => {
    const bytes = shown(longest);
    expect(bytes).toHaveLength(witnessBytesMax(seven.coding, PAYLOAD_BYTES_MAX));
    expect(asking(longest).handle(seven.p(2), payload(bytes))[1]).toMatchObject({
      kind: 'output',
      output: { nothing: true, evidence: bytes },
    });
  });

  test('is shards in the order of the members, in whichever they came', () => {
    const member = seven.member(1);
    for (const from of [4, 3]) member.handle(seven.p(from), seven.words.crooked.shardOf(from));
    seven.shards(member, 1, 'crooked', [0]);
    seven.votes(member, 'done', 'crooked', [5, 6]);
    const kept = member.handle(seven.p(4), { kind: 'done', digest: seven.digest('crooked') });
    const shards = new Map([1, 3, 4].map((id) => [id, seven.words.crooked.shardOf(id)]));
    expect(keptIn(kept)).toEqual(witness(seven.coding, shards));
  });

  test('is not empty, whatever is decided', () => {
    const empty = new Uint8Array(0);
    const member = asking(
      wordOf(
        seven.committee,
        0,
        seven.committee.ids.map(() => empty),
      ),
      false,
    );
    expect(seven.handle(member, 2, payload(empty))[0]).toBe('fault p2 wrong-payload');
  });

  test('and no longer, whatever is decided', () => {
    const long = new Uint8Array(witnessBytesMax(seven.coding, PAYLOAD_BYTES_MAX) + 1).fill(7);
    const member = asking(seven.coding.encode(long), false);
    expect(seven.handle(member, 2, payload(long))[0]).toBe('fault p2 wrong-payload');
  });

  const bad = shown(seven.words.crooked);
  const changed = (at: number, byte: number): Uint8Array => bad.map((old, i) => (i === at ? byte : old));
  test.each([
    ['another payload', Y],
    ['an empty one', new Uint8Array(0)],
    ['shards that are a code word', shown(seven.words.X)],
    ['without its mark', changed(0, 1)],
    ['with the mark of an own shard', changed(2, 1)],
    ['with another length', changed(6, 4)],
    ['with another member', changed(8, 4)],
    ['with a changed proof', changed(12, (bad[12] ?? 0) ^ 1)],
    ['with a byte more', Uint8Array.of(...bad, 0)],
    ['with a byte less', bad.subarray(0, -1)],
  ])('is none: %s', (_, bytes) => {
    expect(seven.handle(asking(seven.words.crooked), 2, payload(bytes))).toEqual(['fault p2 wrong-payload']);
  });

  test('is none: the same shard twice or thrice', () => {
    const { proof, shard } = seven.words.crooked.shardOf(1);
    const each = 2 + proof.length + shard.length;
    const one = bad.subarray(7, 7 + each);
    const bytes = Uint8Array.of(...bad.subarray(0, 7), ...one, ...one, ...one);
    expect(seven.handle(asking(seven.words.crooked), 2, payload(bytes))).toEqual(['fault p2 wrong-payload']);
  });

  test('shards of a code word do not stand for nothing', () => {
    expect(seven.handle(asking(seven.words.X), 2, payload(shown(seven.words.X)))).toEqual([
      'fault p2 wrong-payload',
    ]);
  });
});
