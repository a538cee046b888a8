import { describe, expect, test } from 'vitest';
import type { Coded } from '../../../src/broadcast/index.ts';
import { Setting, X, Y } from './kit.ts';

/**
 * Member 1 of seven, of which two may lie: three shards make the payload, three DONEs decide. Its ring is 2, 3, 4, 5, 6:
 * all but 2 give it their shards unasked.
 */
const seven = new Setting(7);
const payload = (bytes: Uint8Array) => ({ kind: 'payload', payload: bytes }) as const;
const retry = (machine: Coded, setting = seven): string[] => setting.told(machine.retry());

/** Has its own shard, and X is decided by these DONEs; what came of the last one. */
function decided(dones: readonly number[]): { member: Coded; lines: string[] } {
  const member = seven.member(1);
  seven.shards(member, 1, 'X', [0]);
  return { member, lines: seven.votes(member, 'done', 'X', dones) };
}

describe('a member that lacks shards of what is decided', () => {
  test('waits for those that come unasked, and asks for them when time has passed', () => {
    const { member, lines } = decided([2, 3, 4]);
    expect(lines).toEqual(['all: ready X']);
    expect([member.pulling, member.terminated]).toEqual([true, false]);
    expect(member.inspect()).toMatchObject({ phase: 'readied', pulling: true });
    expect(retry(member)).toEqual(['p2: pull X', 'p3: pull X']);
    expect(retry(member)).toEqual(['p4: pull X', 'p2: pull X']);
    expect(retry(member)).toEqual(['p3: pull X', 'p4: pull X']);
  });

  test('asks at once for what does not come unasked, and the sender for nothing it has', () => {
    const { member, lines } = decided([0, 2, 3]);
    expect(lines).toEqual(['all: ready X', 'p2: pull X']);
    expect(seven.votes(member, 'echo', 'X', [3]), 'and no more with the next vote').toEqual([]);
    expect(seven.shards(member, 1, 'X', [2])).toEqual([]);
    expect(seven.shards(member, 1, 'X', [3])).toEqual(['keep X: X instead', 'output X: X']);
  });

  test('asks the sender too for what it lacks of its own', () => {
    const member = seven.member(1);
    seven.shards(member, 1, 'X', [3]);
    expect(seven.votes(member, 'done', 'X', [0, 2, 3])).toEqual(['all: ready X', 'p2: pull X', 'p0: pull X']);
    expect(member.inspect()).toMatchObject({ phase: 'readied', pulling: true });
    expect(seven.shards(member, 1, 'X', [0]).map((line) => line.split(' ')[0])).toEqual([
      'keep',
      'all:',
      'p2:',
      'p3:',
      'p4:',
      'p5:',
    ]);
    expect(seven.shards(member, 1, 'X', [2])).toEqual(['keep X: X instead', 'output X: X']);
  });

  test('when all were asked in vain, asks those too that gave their shard: who has delivered gives everything', () => {
    const { member } = decided([0, 2, 3]);
    expect(retry(member)).toEqual(['p3: pull X', 'p2: pull X']);
    expect(retry(member)).toEqual(['p3: pull X', 'p0: pull X']);
  });

  test.each([8, 9])('n=%d: begins after itself, goes around, and never asks itself', (n) => {
    const setting = new Setting(n);
    const member = setting.member(1);
    setting.shards(member, 1, 'X', [0, 3, 4]);
    setting.votes(member, 'echo', 'X', [1]);
    expect(setting.votes(member, 'done', 'X', [0, 3, 4])).toEqual(['all: ready X']);
    const asked = Array.from({ length: 5 }, () => retry(member, setting));
    expect(asked).toEqual([['p3: pull X'], ['p4: pull X'], ['p0: pull X'], ['p3: pull X'], ['p4: pull X']]);
  });

  test('counts as holders those that said ECHO or DONE for it, before and after', () => {
    const before = seven.member(1);
    seven.shards(before, 1, 'X', [0]);
    seven.votes(before, 'echo', 'X', [5]);
    expect(seven.votes(before, 'done', 'X', [0, 2, 3]), '3 and 5 give theirs unasked').toEqual([
      'all: ready X',
    ]);
    const { member } = decided([0, 2, 3]);
    seven.votes(member, 'echo', 'X', [5]);
    expect(retry(member)).toEqual(['p3: pull X', 'p5: pull X']);
  });

  test('and nobody else: not who said READY, nor who said ECHO for something else', () => {
    const member = seven.member(1);
    seven.shards(member, 1, 'X', [0]);
    seven.votes(member, 'echo', 'Y', [5]);
    seven.votes(member, 'ready', 'X', [6]);
    expect(seven.votes(member, 'done', 'X', [0, 2, 3]).at(-1)).toBe('p2: pull X');
    seven.votes(member, 'echo', 'Y', [4]);
    seven.votes(member, 'ready', 'X', [4]);
    expect(retry(member)).toEqual(['p3: pull X', 'p2: pull X']);
    expect(retry(member)).toEqual(['p3: pull X', 'p0: pull X']);
  });

  test('a shard says who holds it, like an ECHO', () => {
    const { member } = decided([0, 2, 3]);
    expect(seven.shards(member, 1, 'X', [6])).toEqual([]);
    expect(retry(member)).toEqual(['p3: pull X']);
    expect(retry(member)).toEqual(['p6: pull X']);
  });

  test('a second shard of the same member stays unseen when the votes are through', () => {
    const { member } = decided([2, 3, 4]);
    expect(seven.shards(member, 1, 'X', [3])).toEqual([]);
    const bytes = member.bytesHeld;
    expect(seven.shards(member, 1, 'Y', [3])).toEqual([]);
    expect([seven.held(member), member.bytesHeld]).toEqual([['X of 1', 'X of 3'], bytes]);
    expect(seven.shards(member, 1, 'X', [4])).toEqual(['keep X: X instead', 'output X: X']);
  });

  test('a lost link loses the question', () => {
    for (const lose of ['linkReset', 'withdraw'] as const) {
      const { member } = decided([0, 2, 3]);
      member[lose](seven.p(2));
      expect(seven.votes(member, 'echo', 'X', [2]), lose).toEqual(['p2: pull X']);
    }
  });
});

describe('a member that has no shard of what is decided', () => {
  function asks(name: 'X' | 'crooked' | 'whole X' = 'X'): Coded {
    const member = seven.member(1);
    expect(seven.votes(member, 'done', name, [2, 3, 4])).toEqual([`all: ready ${name}`, `p2: pull ${name}`]);
    expect(member.pulling).toBe(true);
    return member;
  }

  test('asks one that holds it, whether it is a payload or shards, and the next when time has passed', () => {
    const member = asks();
    expect(retry(member)).toEqual(['p3: pull X']);
    expect(retry(member)).toEqual(['p4: pull X']);
  });

  test('asks further for shards once there is one, and not who was asked', () => {
    const member = asks();
    expect(seven.shards(member, 1, 'X', [4])).toEqual([]);
    expect(retry(member)).toEqual(['p3: pull X', 'p2: pull X']);
  });

  test.each(['linkReset', 'withdraw'] as const)('%s: the question may be asked again', (lose) => {
    const member = asks();
    member[lose](seven.p(2));
    expect(seven.shards(member, 1, 'X', [4])).toEqual(['p3: pull X', 'p2: pull X']);
  });

  test('asks again over a new link without any shard', () => {
    for (const lose of ['linkReset', 'withdraw'] as const) {
      const member = asks();
      member[lose](seven.p(2));
      expect(seven.handle(member, 2, payload(X)), 'nobody was asked').toEqual([]);
      expect(retry(member)).toEqual(['p3: pull X']);
    }
  });

  test('takes the payload from whom it asked, and from nobody else', () => {
    const member = asks();
    expect(seven.handle(member, 3, payload(X))).toEqual([]);
    expect(seven.handle(member, 2, payload(X))).toEqual(['keep X: X instead', 'output X: X']);
    expect([member.terminated, member.pulling, member.bytesHeld]).toEqual([true, false, X.length]);
    expect(retry(member), 'and asks no more').toEqual([]);
    expect(seven.told(member.vote('ready', seven.p(2), seven.digest('Y'), 0))).toEqual([]);
  });

  test('takes no other payload, and asks the next', () => {
    const member = asks();
    expect(seven.handle(member, 2, payload(Y))).toEqual(['fault p2 wrong-payload', 'p3: pull X']);
    expect(seven.handle(member, 2, payload(X))).toEqual([]);
    expect(seven.handle(member, 3, payload(X))).toEqual(['keep X: X instead', 'output X: X']);
  });

  test('takes a whole payload as such', () => {
    const member = asks('whole X');
    expect(seven.handle(member, 2, payload(X))).toEqual(['keep whole X: X', 'output whole X: X']);
    expect([member.terminated, member.likelyPayload]).toEqual([true, X]);
  });
});

test('a member that vouched for a shard delivers the whole payload that is decided instead', () => {
  const member = seven.member(1);
  seven.shards(member, 1, 'X', [0]);
  expect(seven.votes(member, 'done', 'whole Y', [2, 3, 4])).toEqual([
    'all: ready whole Y',
    'p2: pull whole Y',
  ]);
  expect(seven.handle(member, 2, payload(Y))).toEqual([
    'keep whole Y: Y',
    'output whole Y: Y',
    'fault p0 equivocation',
  ]);
});

test('a member that vouched for a payload gives it to whoever asks, though shards of another are decided', () => {
  const member = seven.member(1);
  member.handle(seven.p(0), { kind: 'initial', payload: X });
  seven.shards(member, 1, 'Y', [3]);
  seven.votes(member, 'done', 'Y', [2, 3, 4]);
  expect([member.pulling, member.terminated]).toEqual([true, false]);
  expect(seven.pull(member, 5, 'whole X')).toEqual(['p5: payload X']);
});

describe('an answer that is none', () => {
  test('is a fault, and who gave it is asked no more', () => {
    const { member } = decided([0, 2, 3]);
    expect(seven.handle(member, 2, payload(Y))).toEqual(['fault p2 wrong-payload']);
    expect(seven.handle(member, 2, payload(X)), 'not read').toEqual([]);
    expect(seven.shards(member, 1, 'X', [3])).toEqual([]);
    expect(retry(member), 'there is only who gave its shard').toEqual(['p3: pull X']);
    expect(seven.handle(member, 3, payload(X))).toEqual(['keep X: X instead', 'output X: X']);
  });

  test('before anything is decided, a payload is not looked at', () => {
    const member = seven.member(1);
    seven.shards(member, 1, 'X', [0]);
    expect(seven.handle(member, 2, payload(X))).toEqual([]);
    expect(retry(member)).toEqual([]);
    expect(member.pulling).toBe(false);
  });
});
