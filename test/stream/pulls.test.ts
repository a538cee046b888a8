import { expect, test } from 'vitest';
import { rulesOf } from '../../src/broadcast/index.ts';
import { encodeBatch } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';
import { ListedStream } from './listed.ts';

const committee = new Committee(4, 1);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const p0 = committee.member(0);
const p1 = committee.member(1);
const p2 = committee.member(2);
const payload = encodeBatch([new Uint8Array(30)]);

/** The stream of member 0 at member 3; by default with room for the longest payload and half of another. */
function stream(bytesPerSender = 150): ListedStream {
  return new ListedStream({
    committee,
    self: committee.member(3),
    sender: p0,
    rules: rulesOf(committee, 'early'),
    limits: { ...LIMITS_DEFAULT, payloadBytes: 30, bytesPerSender },
    hasher,
    valid: () => true,
  });
}

/** Two members say that they delivered `instance`: it is decided here, and its payload has to be fetched. */
function decide(held: ListedStream, instance: number): number[] {
  const digest = hasher.digest(0, instance, payload);
  return [p1, p2].flatMap((from) => pulls(held.handle(from, instance, { kind: 'done', digest })));
}

/** Both holders send the payload of `instance`: only the one that was asked is listened to. */
function answer(held: ListedStream, instance: number): number[] {
  return [p1, p2].flatMap((from) =>
    held.base > instance ? [] : pulls(held.handle(from, instance, { kind: 'payload', payload })),
  );
}

/** The instances whose payload is asked for. */
function pulls(effects: ReturnType<ListedStream['handle']>): number[] {
  return effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.body.kind === 'pull' ? [effect.message.instance] : [],
  );
}

test('a payload is asked for only when there will be room for it, and as soon as there is', () => {
  const held = stream();
  expect(decide(held, 2)).toEqual([2]);
  expect(decide(held, 3)).toEqual([]);
  expect(decide(held, 4)).toEqual([]);
  // The lowest undelivered is always asked for.
  expect(decide(held, 1)).toEqual([1]);
  expect(pulls(held.handle(p1, 1, { kind: 'payload', payload }))).toEqual([]);
  expect(held.base).toBe(2);
  // Its answer makes room, without any tick.
  expect(answer(held, 2)).toEqual([3]);
  expect(held.base).toBe(3);
  expect(answer(held, 3)).toEqual([4]);
  answer(held, 4);
  expect([held.base, held.bytesHeld, held.openCount]).toEqual([5, 0, 0]);
});

test('a payload that was not asked for, as there is no room, is not taken from whoever sends it', () => {
  const held = stream();
  decide(held, 2);
  decide(held, 3);
  for (const holder of [p1, p2]) {
    expect(held.handle(holder, 3, { kind: 'payload', payload })).toBe(NOTHING);
  }
  expect(held.bytesHeld).toBe(0);
});

test('the room kept for an answer is free again once the answer is here', () => {
  const held = stream(250);
  expect(decide(held, 2)).toEqual([2]);
  held.handle(p1, 2, { kind: 'payload', payload });
  expect(decide(held, 3)).toEqual([3]);
  expect(decide(held, 4)).toEqual([]);
});

test('what was put off is also asked for when time passes', () => {
  const held = stream();
  decide(held, 2);
  decide(held, 3);
  // Asked again elsewhere for what there is room for; still not for the other.
  expect(pulls(held.retry())).toEqual([2]);
  held.handle(p0, 1, { kind: 'initial', payload });
  decide(held, 1);
  held.handle(p2, 2, { kind: 'payload', payload });
  expect(held.base).toBe(3);
  expect(pulls(held.retry())).toEqual([3]);
});

test('one answer for each asker, instance and link, whether it waits for a lower one or is in the store', () => {
  const held = stream();
  decide(held, 2);
  const answer = held.handle(p1, 2, { kind: 'payload', payload });
  expect(pulls(answer)).toEqual([]);
  const digest = hasher.digest(0, 2, payload);
  const ask = (): number => held.handle(p2, 2, { kind: 'pull', digest }).length;
  expect([ask(), ask()]).toEqual([1, 0]);
  expect(held.handle(p1, 2, { kind: 'pull', digest: hasher.digest(0, 9, payload) })).toBe(NOTHING);
  held.linkReset(p2);
  expect([ask(), ask()]).toEqual([1, 0]);
  // Below the base the store answers, on the same count.
  expect([held.admitsAnswer(p2, 2, 1), held.admitsAnswer(p1, 2, 1), held.admitsAnswer(p1, 2, 1)]).toEqual([
    false,
    true,
    false,
  ]);
  // Not what the asker has delivered, nor what is beyond its window.
  expect([held.admitsAnswer(p1, 1, 2), held.admitsAnswer(p1, 258, 2)]).toEqual([false, false]);
});

test('the lowest undelivered instance is asked for at once when its turn comes, though there is no room', () => {
  const held = stream(100);
  // Instance 3 fills the budget; 2 is decided and has to wait for room.
  held.handle(p0, 3, { kind: 'initial', payload });
  expect(decide(held, 2)).toEqual([]);
  held.handle(p0, 1, { kind: 'initial', payload });
  const echo = { kind: 'echo', digest: hasher.digest(0, 1, payload) } as const;
  expect(pulls(held.handle(p1, 1, echo))).toEqual([2]);
  expect(held.base).toBe(2);
});

test('all that there is room for is asked for when room comes, the lowest first', () => {
  const held = stream(2 * payload.length);
  const digest = (instance: number) => hasher.digest(0, instance, payload);
  // Two that are held fill the budget; 4, 5 and 6 are decided and have to wait.
  for (const instance of [1, 2]) held.handle(p0, instance, { kind: 'initial', payload });
  for (const instance of [6, 4, 5]) expect(decide(held, instance)).toEqual([]);
  expect(pulls(held.handle(p1, 2, { kind: 'echo', digest: digest(2) }))).toEqual([]);
  expect(pulls(held.handle(p1, 1, { kind: 'echo', digest: digest(1) }))).toEqual([4, 5]);
  expect(held.base).toBe(3);
});
