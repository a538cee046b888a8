import { describe, expect, test } from 'vitest';
import { concatBytes } from '../../../src/base/index.ts';
import { copyDigest } from '../../../src/crypto/index.ts';
import { PAYLOAD_BYTES_MAX, REFUSED } from '../../coded/subject.ts';
import { keptIn, Setting, SIZES, X, Y } from './kit.ts';

const seven = new Setting(7);
const EQUIVOCATION = ['fault p0 equivocation'];
const initial = (payload: Uint8Array) => ({ kind: 'initial', payload }) as const;

/** To whom member 1 gives its shard unasked: those after it in the ring, without the sender. */
const RING: Readonly<Record<number, readonly number[]>> = {
  4: [2, 3],
  5: [2, 3, 4],
  6: [2, 3, 4],
  7: [2, 3, 4, 5],
  8: [2, 3, 4, 5, 6],
  9: [2, 3, 4, 5, 6],
};

describe('the own shard', () => {
  test.each(SIZES)('n=%d: is kept, vouched for, and given to the next in the ring', (n) => {
    const setting = new Setting(n);
    const member = setting.member(1);
    expect(setting.handle(member, 0, setting.dispersal('X'))).toEqual([]);
    expect(setting.shards(member, 1, 'X', [0])).toEqual([
      'keep X: own shard',
      'all: echo X',
      ...(RING[n] ?? []).map((id) => `p${id}: shard X of 1`),
    ]);
    expect(setting.held(member)).toEqual(['X of 1']);
    expect([member.hasInitial, member.pulling, member.terminated]).toEqual([true, false, false]);
    expect(member.likelyPayload, 'a shard is no payload').toBeUndefined();
  });

  test('is kept as two zeros, a mark, the length, the member, the proof and the shard', () => {
    const member = seven.member(1);
    const message = seven.words.X.shardOf(1);
    const bytes = concatBytes(Uint8Array.of(0, 0, 1, 0, 0, 0, 5, 0, 1), message.proof, message.shard);
    expect(keptIn(member.handle(seven.p(0), message))).toEqual(bytes);
    // The shard and its proof as such, and once more in what is kept.
    expect(member.bytesHeld).toBe(bytes.length + message.proof.length + message.shard.length);
  });

  test('needs no announcement before it; the same again is nothing', () => {
    const member = seven.member(1);
    expect(seven.shards(member, 1, 'X', [0])[1]).toBe('all: echo X');
    expect(seven.shards(member, 1, 'X', [0])).toEqual([]);
    expect(seven.handle(member, 0, seven.dispersal('X'))).toEqual([]);
    const proof = new Uint8Array(0);
    expect(seven.handle(member, 0, { ...seven.words.X.shardOf(1), proof }), 'not looked at').toEqual([]);
    expect(member.inspect()).toMatchObject({ phase: 'echoed', pulling: false });
    expect(member.snapshot()).toMatchObject({
      announced: seven.digest('X'),
      closed: false,
      delivered: false,
    });
  });

  test('goes with the ECHO that is owed to those that get it unasked', () => {
    const member = seven.member(1);
    seven.shards(member, 1, 'X', [0]);
    expect(seven.owed(member, 5)).toEqual(['echo X', 'shard X of 1']);
    expect(seven.owed(member, 6)).toEqual(['echo X']);
    expect(seven.owed(member, 0)).toEqual(['echo X']);
    seven.votes(member, 'ready', 'X', [2, 3, 4]);
    expect(seven.owed(member, 5)).toEqual(['echo X', 'shard X of 1', 'ready X']);
  });

  test('is given to whoever asks, once a link', () => {
    const member = seven.member(1);
    expect(seven.pull(member, 6, 'X')).toEqual([]);
    seven.shards(member, 1, 'X', [0]);
    expect(seven.pull(member, 6, 'Y')).toEqual([]);
    expect(seven.pull(member, 6, 'X')).toEqual(['p6: shard X of 1']);
    expect(seven.pull(member, 6, 'X')).toEqual([]);
    expect(seven.pull(member, 1, 'X'), 'nobody asks itself').toEqual([]);
    expect(seven.pull(member, 0, 'X')).toEqual(['p0: shard X of 1']);
    member.linkReset(seven.p(6));
    expect(seven.pull(member, 6, 'X')).toEqual(['p6: shard X of 1']);
  });

  test.each([
    ['of another member', seven.words.X.shardOf(2)],
    ['with another length', { ...seven.words.X.shardOf(1), length: 6 }],
    ['with no length', { ...seven.words.X.shardOf(1), length: 0, shard: new Uint8Array(0) }],
    ['with a byte more', { ...seven.words.X.shardOf(1), shard: new Uint8Array(3) }],
    ['without its proof', { ...seven.words.X.shardOf(1), proof: new Uint8Array(0) }],
    ['of another code word', { ...seven.words.X.shardOf(1), digest: seven.digest('Y') }],
  ])('%s is refused, once, and none is taken after it', (_, message) => {
    const member = seven.member(1);
    expect(seven.handle(member, 0, message)).toEqual(['fault p0 wrong-shard']);
    expect(member.hasInitial).toBe(true);
    expect(seven.handle(member, 0, message)).toEqual([]);
    expect(seven.shards(member, 1, 'X', [0])).toEqual([]);
    expect([member.bytesHeld, seven.held(member)]).toEqual([0, []]);
  });

  test('of the longest payload is taken, of a longer one refused', () => {
    const long = new Uint8Array(PAYLOAD_BYTES_MAX + 1).fill(7);
    const most = seven.coding.encode(long.subarray(1)).shardOf(1);
    expect(seven.member(1).handle(seven.p(0), most)[1]?.kind).toBe('broadcast');
    const more = seven.coding.encode(long).shardOf(1);
    const member = seven.member(1);
    expect(seven.handle(member, 0, more)).toEqual(['fault p0 oversized-payload']);
    const other = seven.coding.encode(long).shardOf(3);
    expect(seven.handle(member, 3, other)).toEqual(['fault p3 oversized-payload']);
    expect(seven.held(member)).toEqual([]);
  });

  test('is not vouched for by who judges payloads; those of others it takes', () => {
    const judge = seven.member(1, { judges: true });
    expect(seven.shards(judge, 1, 'X', [3])).toEqual([]);
    expect(seven.held(judge)).toEqual(['X of 3']);
    expect(seven.shards(judge, 1, 'X', [0])).toEqual(['fault p0 invalid-payload']);
    expect(seven.held(judge)).toEqual(['X of 3']);
  });
});

describe('a sender that says two things', () => {
  test.each([
    ['two shards', ['shard X', 'shard Y', 'shard Y']],
    ['a shard and another announcement', ['shard X', 'dispersal Y', 'shard Y']],
    ['an announcement and another shard', ['dispersal X', 'shard Y', 'shard X']],
    ['two announcements', ['dispersal X', 'dispersal Y', 'shard X']],
    ['two announcements, and again', ['dispersal X', 'dispersal Y', 'dispersal Y']],
    ['whole and a shard', ['initial X', 'shard X', 'shard X']],
    ['whole and an announcement', ['initial X', 'dispersal X', 'shard X']],
    ['an announcement and whole', ['dispersal X', 'initial X', 'shard X']],
    ['a shard and whole', ['shard X', 'initial X', 'initial Y']],
  ])('%s: is accused at the second, and heard no more', (_, [first = '', second = '', third = '']) => {
    const member = seven.member(1);
    const say = (text: string): string[] => {
      const [kind, name] = text.split(' ') as ['shard' | 'dispersal' | 'initial', 'X' | 'Y'];
      if (kind === 'shard') return seven.shards(member, 1, name, [0]);
      return seven.handle(
        member,
        0,
        kind === 'dispersal' ? seven.dispersal(name) : initial(name === 'X' ? X : Y),
      );
    };
    const begins = first === 'dispersal X' ? [] : ['keep', 'all:'];
    expect(
      say(first)
        .map((line) => line.split(' ')[0])
        .slice(0, 2),
    ).toEqual(begins);
    const said = seven.held(member);
    expect(say(second)).toEqual(EQUIVOCATION);
    expect(member.hasInitial).toBe(true);
    expect(say(third)).toEqual([]);
    expect(seven.held(member)).toEqual(said);
  });

  test('two whole payloads are evidence, and are shown', () => {
    const member = seven.member(1);
    expect(seven.handle(member, 0, initial(X))).toEqual(['keep whole X: X', 'all: echo whole X']);
    expect(seven.handle(member, 0, initial(Y))).toEqual(['fault p0 equivocation X Y']);
  });

  test('nobody else speaks for the sender', () => {
    const member = seven.member(1);
    expect(seven.handle(member, 2, seven.dispersal('X'))).toEqual(['fault p2 not-the-sender']);
    expect(member.handle(seven.p(2), initial(X)), 'with nothing to show').toStrictEqual([
      { kind: 'fault', accused: 2, code: 'not-the-sender' },
    ]);
    member.handle(seven.p(0), seven.dispersal('X'));
    expect(seven.handle(member, 2, seven.dispersal('Y'))).toEqual(['fault p2 not-the-sender']);
    expect(seven.handle(member, 2, initial(X))).toEqual(['fault p2 not-the-sender']);
    expect(member.hasInitial).toBe(false);
    expect(seven.shards(member, 1, 'X', [0])[1]).toBe('all: echo X');
  });
});

describe('a whole payload', () => {
  test('is judged by its length and by the application', () => {
    const long = new Uint8Array(PAYLOAD_BYTES_MAX + 1).fill(7);
    expect(seven.member(1).handle(seven.p(0), initial(long.subarray(1)))[1]?.kind).toBe('broadcast');
    for (const payload of [long, REFUSED])
      expect(seven.handle(seven.member(1), 0, initial(payload))).toEqual(['fault p0 invalid-payload']);
    expect(seven.handle(seven.member(1), 0, initial(new Uint8Array(1_000)))).toEqual([
      'fault p0 oversized-payload',
    ]);
  });

  test('is what this member vouched for', () => {
    const member = seven.member(1);
    member.handle(seven.p(0), initial(X));
    expect(member.likelyPayload).toEqual(X);
    expect(seven.owed(member, 2)).toEqual(['echo whole X']);
    expect(seven.pull(member, 2, 'whole X')).toEqual(['p2: payload X']);
  });
});

describe('the shard of another member', () => {
  test('is held, and counts as its ECHO', () => {
    const member = seven.member(1);
    expect(seven.shards(member, 1, 'X', [3])).toEqual([]);
    expect(seven.held(member)).toEqual(['X of 3']);
    const { proof, shard } = seven.words.X.shardOf(3);
    expect(member.bytesHeld).toBe(proof.length + shard.length);
    expect(seven.votes(member, 'echo', 'X', [3])).toEqual([]);
    expect(seven.votes(member, 'echo', 'Y', [3])).toEqual(['fault p3 conflicting-echo']);
    expect(seven.shards(member, 1, 'X', [3])).toEqual([]);
    expect(member.hasInitial).toBe(false);
  });

  test('is held without the frame that it came in', () => {
    const member = seven.member(1);
    const frame = { ...seven.words.X.shardOf(3), digest: copyDigest(seven.digest('X')) };
    member.handle(seven.p(3), frame);
    frame.digest.fill(0);
    expect(seven.held(member)).toEqual(['X of 3']);
  });

  test('may come after its ECHO, and not after another', () => {
    const member = seven.member(1);
    seven.votes(member, 'echo', 'X', [3, 4]);
    expect(seven.shards(member, 1, 'X', [3])).toEqual([]);
    expect(seven.shards(member, 1, 'Y', [4])).toEqual(['fault p4 conflicting-echo']);
    expect(seven.held(member)).toEqual(['X of 3']);
  });

  test('of a second code word is a contradiction, and not looked at', () => {
    const member = seven.member(1);
    seven.shards(member, 1, 'X', [3]);
    expect(seven.shards(member, 1, 'Y', [3])).toEqual(['fault p3 conflicting-echo']);
    expect(seven.handle(member, 3, seven.words.Y.shardOf(4))).toEqual(['fault p3 conflicting-echo']);
    expect(seven.held(member)).toEqual(['X of 3']);
  });

  test('that is none is a fault of whoever gave it, and no further one of it is taken', () => {
    const member = seven.member(1);
    expect(seven.handle(member, 3, seven.words.X.shardOf(4))).toEqual(['fault p3 wrong-shard']);
    expect(seven.shards(member, 1, 'X', [3])).toEqual([]);
    expect([seven.held(member), member.bytesHeld]).toEqual([[], 0]);
    expect(seven.votes(member, 'echo', 'Y', [3]), 'its ECHO counts').toEqual(['fault p3 conflicting-echo']);
  });

  test('says nothing if it comes from this member itself', () => {
    const member = seven.member(1);
    expect(seven.shards(member, 1, 'X', [1])).toEqual([]);
    expect(member.snapshot().votes.candidates).toEqual([]);
  });

  test('READY at so many of them as at ECHOs, and the READY comes before a refusal', () => {
    const member = seven.member(1);
    seven.shards(member, 1, 'X', [2, 3, 4]);
    expect(seven.handle(member, 5, seven.words.X.shardOf(6))).toEqual([
      'all: ready X',
      'fault p5 wrong-shard',
    ]);
  });
});
