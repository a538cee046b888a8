import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/base/index.ts';
import { PAYLOAD_BYTES_MAX, REFUSED } from '../../coded/subject.ts';
import { Setting, SIZES, X, Y } from './kit.ts';

const seven = new Setting(7);
const EMPTY = new Uint8Array(0);

describe('the sender of a payload in shards', () => {
  test.each(SIZES)(
    'n=%d: keeps it, names its code word to all, and gives each other member its shard',
    (n) => {
      const setting = new Setting(n);
      const sender = setting.member(0);
      const others = setting.committee.ids.slice(1);
      expect(setting.told(sender.propose(X))).toEqual([
        'keep X: X',
        'all: dispersal X (5)',
        ...others.map((id) => `p${id}: shard X of ${id}`),
      ]);
      expect([sender.hasInitial, sender.pulling, sender.terminated, sender.bytesHeld]).toEqual([
        false,
        false,
        false,
        X.length,
      ]);
      expect(sender.likelyPayload).toBeUndefined();
    },
  );

  test('vouches for it when its own announcement comes back, once', () => {
    const sender = seven.member(0);
    sender.propose(X);
    expect(seven.handle(sender, 0, seven.dispersal('X'))).toEqual(['all: echo X']);
    expect([sender.hasInitial, sender.likelyPayload]).toEqual([true, X]);
    expect(seven.handle(sender, 0, seven.dispersal('X'))).toEqual([]);
  });

  test('an announcement before anything was proposed says nothing, and one of somebody else is a fault', () => {
    const sender = seven.member(0);
    expect(seven.handle(sender, 0, seven.dispersal('X'))).toEqual([]);
    expect(sender.snapshot().announced).toBeUndefined();
    sender.propose(X);
    expect(seven.handle(sender, 2, seven.dispersal('X'))).toEqual(['fault p2 not-the-sender']);
  });

  test.each(SIZES)('n=%d: delivers at the same vote as with a whole payload, and keeps it once', (n) => {
    const setting = new Setting(n);
    const { echoEarly, deliverEarly } = setting.committee.quorums;
    const sender = setting.member(0);
    sender.propose(X);
    sender.handle(setting.p(0), setting.dispersal('X'));
    const lines = Array.from({ length: deliverEarly }, (_, i) => setting.votes(sender, 'echo', 'X', [i + 1]));
    const early =
      echoEarly === deliverEarly ? [['all: ready X', 'output X: X']] : [['all: ready X'], ['output X: X']];
    expect(lines.filter((line) => line.length > 0)).toEqual(early);
    expect(lines.findIndex((line) => line[0] === 'all: ready X')).toBe(echoEarly - 1);
    expect(sender.terminated).toBe(true);
    expect(sender.bytesHeld).toBe(2 * X.length);
  });

  test('that proposed what it refuses itself delivers nothing, and accuses nobody', () => {
    const sender = seven.member(0);
    sender.propose(REFUSED);
    expect(seven.votes(sender, 'done', 'refused', [2, 3, 4])).toEqual([
      'all: ready refused',
      'output refused: nothing 0 by refused',
    ]);
  });

  test('needs no shards, and takes none', () => {
    const sender = seven.member(0);
    sender.propose(X);
    expect(seven.shards(sender, 0, 'X', [1, 2, 3, 4])).toEqual([]);
    expect(seven.handle(sender, 0, seven.words.Y.shardOf(0))).toEqual([]);
    expect([seven.held(sender), sender.snapshot().votes.candidates.length]).toEqual([[], 1]);
  });

  test('gives who asks its own shard again, once a link', () => {
    const sender = seven.member(0);
    sender.propose(X);
    expect(seven.pull(sender, 3, 'Y')).toEqual([]);
    expect(seven.pull(sender, 3, 'X')).toEqual(['p3: shard X of 3']);
    expect(seven.pull(sender, 3, 'X')).toEqual([]);
    expect(seven.pull(sender, 4, 'X')).toEqual(['p4: shard X of 4']);
    expect(seven.pull(sender, 0, 'X')).toEqual([]);
    sender.linkReset(seven.p(3));
    expect(seven.pull(sender, 3, 'X')).toEqual(['p3: shard X of 3']);
  });

  test('owes a peer the announcement and its shard until it echoes', () => {
    const sender = seven.member(0);
    sender.propose(X);
    sender.handle(seven.p(0), seven.dispersal('X'));
    expect(seven.owed(sender, 3)).toEqual(['dispersal X (5)', 'shard X of 3', 'echo X']);
    seven.votes(sender, 'echo', 'X', [3]);
    expect(seven.owed(sender, 3)).toEqual(['echo X']);
  });
});

describe('what goes whole', () => {
  const whole = ['keep whole X: X', 'all: initial X'];

  test('what the sender does not code', () => {
    const sender = seven.member(0, { codes: (payload) => payload[0] !== 0 });
    expect(seven.told(sender.propose(X))).toEqual(whole);
    expect(seven.handle(sender, 0, { kind: 'initial', payload: X })).toEqual(['all: echo whole X']);
    expect(seven.owed(sender, 2)).toEqual(['initial X', 'echo whole X']);
    expect(sender.likelyPayload).toBe(X);
    expect(seven.pull(sender, 2, 'whole X')).toEqual(['p2: payload X']);
    const other = seven.member(0, { codes: (payload) => payload[0] !== 0 });
    expect(seven.told(other.propose(Y))[1]).toBe('all: dispersal Y (5)');
  });

  test('an empty payload, which makes no shards', () => {
    const sender = seven.member(0);
    expect(sender.propose(EMPTY).map(({ kind }) => kind)).toEqual(['keep', 'broadcast']);
  });

  test('the longest payload still goes in shards', () => {
    const sender = seven.member(0);
    expect(sender.propose(new Uint8Array(PAYLOAD_BYTES_MAX).fill(7))).toHaveLength(2 + 6);
  });

  test('a longer one goes in no form', () => {
    const long = new Uint8Array(PAYLOAD_BYTES_MAX + 1).fill(7);
    for (const codes of [true, false]) {
      const sender = seven.member(0, { codes: () => codes });
      expect(() => sender.propose(long)).toThrow(
        `payload of 49 bytes is over the limit of ${PAYLOAD_BYTES_MAX}`,
      );
      expect(seven.told(sender.propose(X))).not.toEqual([]);
    }
  });
});

describe('a payload is proposed once, by the sender', () => {
  test('a second one is refused, and changes nothing', () => {
    const sender = seven.member(0);
    sender.propose(X);
    expect(() => sender.propose(Y)).toThrow(UsageError);
    expect(seven.pull(sender, 3, 'Y')).toEqual([]);
    expect(seven.owed(sender, 3)).toEqual(['dispersal X (5)', 'shard X of 3']);
  });

  test('also after one that went whole', () => {
    const sender = seven.member(0);
    sender.propose(EMPTY);
    expect(() => sender.propose(X)).toThrow('this instance has its payload already');
    expect(seven.pull(sender, 3, 'X')).toEqual([]);
  });

  test('another member is refused, and changes nothing', () => {
    const member = seven.member(1);
    expect(() => member.propose(X)).toThrow('member 1 cannot propose in an instance of member 0');
    expect(seven.pull(member, 3, 'X')).toEqual([]);
    expect(member.bytesHeld).toBe(0);
  });
});
