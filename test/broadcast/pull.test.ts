import { describe, expect, test } from 'vitest';
import { Bracha, rulesOf } from '../../src/broadcast/index.ts';
import { Committee } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';
import { digestOf, kinds, machineOf, p, votes, X, Y } from './kit.ts';

const committee = new Committee(7, 2);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const payload = Uint8Array.of(1, 2, 3);
const digest = hasher.digest(0, 1, payload);

/** Member 6, which heard no INITIAL and needs what members 0 to 4 vouch for. It has asked one of them. */
function pulling(): Bracha {
  const machine = new Bracha({
    committee,
    self: committee.member(6),
    sender: committee.member(0),
    rules: rulesOf(committee, 'classic'),
    digestOf: (bytes) => hasher.digest(0, 1, bytes),
    valid: () => true,
    payloadBytesMax: 100,
  });
  for (const id of [1, 2, 3]) machine.handle(committee.member(id), { kind: 'echo', digest });
  for (const id of [0, 1, 2, 3, 4]) machine.handle(committee.member(id), { kind: 'ready', digest });
  return machine;
}

function asked(machine: Bracha): number | undefined {
  const [effect] = machine.retry();
  return effect?.kind === 'send' && effect.message.kind === 'pull' ? effect.to : undefined;
}

test('every holder is asked in turn, and then again', () => {
  const machine = pulling();
  expect(machine.pulling).toBe(true);
  expect([1, 2, 3, 4, 5].map(() => asked(machine))).toEqual([2, 3, 1, 2, 3]);
});

test('an answer counts however late it comes: who answered does not answer again on the same link', () => {
  for (const rounds of [1, 2, 3, 4, 5, 6, 7]) {
    const machine = pulling();
    for (let round = 0; round < rounds; round += 1) machine.retry();
    // 3 was asked by the second retry at the latest, 1 at once.
    const answerer = committee.member(rounds < 2 ? 1 : 3);
    const effects = machine.handle(answerer, { kind: 'payload', payload });
    expect(effects.some((effect) => effect.kind === 'output')).toBe(true);
  }
});

test('a wrong answer is a fault once, and its giver is not asked again', () => {
  const machine = pulling();
  const wrong = machine.handle(committee.member(1), { kind: 'payload', payload: Uint8Array.of(9) });
  expect(wrong.map((effect) => effect.kind)).toEqual(['fault', 'send']);
  expect(machine.handle(committee.member(1), { kind: 'payload', payload: Uint8Array.of(9) })).toBe(NOTHING);
  for (let round = 0; round < 6; round += 1) expect(asked(machine)).not.toBe(1);
});

test('who was not asked is not listened to', () => {
  const machine = pulling();
  expect(machine.handle(committee.member(5), { kind: 'payload', payload: Uint8Array.of(9) })).toBe(NOTHING);
  expect(machine.handle(committee.member(2), { kind: 'payload', payload })).toBe(NOTHING);
});

test('a link that is new carries no answer to an old question', () => {
  const machine = pulling();
  machine.linkReset(committee.member(1));
  expect(machine.handle(committee.member(1), { kind: 'payload', payload: Uint8Array.of(9) })).toBe(NOTHING);
});

test('a question is answered once on a link, and again on the next', () => {
  const holder = new Bracha({
    committee,
    self: committee.member(5),
    sender: committee.member(0),
    rules: rulesOf(committee, 'classic'),
    digestOf: (bytes) => hasher.digest(0, 1, bytes),
    valid: () => true,
    payloadBytesMax: 100,
  });
  holder.handle(committee.member(0), { kind: 'initial', payload });
  const asker = committee.member(6);
  const answers = (): number => holder.handle(asker, { kind: 'pull', digest }).length;
  expect([answers(), answers()]).toEqual([1, 0]);
  holder.linkReset(committee.member(4));
  expect(answers()).toBe(0);
  holder.linkReset(asker);
  expect([answers(), answers()]).toEqual([1, 0]);
});

describe('what is fetched to be echoed, and is not decided yet', () => {
  /** Member 1 of four, classic: f+1 READYs make it want X, which nobody vouched for so far. */
  function wanting(): Bracha {
    const machine = machineOf(1, 'classic');
    votes(machine, 'ready', X, [0, 3]);
    return machine;
  }

  test('is asked for as soon as somebody vouches for it', () => {
    expect(kinds(votes(wanting(), 'echo', X, [2]))).toEqual(['send pull']);
  });

  test('is not asked for again once it is here', () => {
    const machine = wanting();
    votes(machine, 'echo', X, [2]);
    expect(kinds(machine.handle(p(2), { kind: 'payload', payload: X }))).toEqual(['keep', 'broadcast echo']);
    expect(machine.retry()).toBe(NOTHING);
    expect(votes(machine, 'echo', X, [3])).toBe(NOTHING);
  });

  test('makes nobody a liar who answers late with something else', () => {
    const machine = wanting();
    votes(machine, 'echo', X, [2, 3]);
    expect(kinds(machine.retry())).toEqual(['send pull']);
    machine.handle(p(3), { kind: 'payload', payload: X });
    expect(machine.handle(p(2), { kind: 'payload', payload: Y })).toBe(NOTHING);
  });

  test('is held without a word if something else was echoed meanwhile', () => {
    const machine = wanting();
    votes(machine, 'echo', X, [2]);
    machine.handle(p(0), { kind: 'initial', payload: Y });
    expect(machine.handle(p(2), { kind: 'payload', payload: X })).toBe(NOTHING);
    expect(machine.bytesHeld).toBe(X.length + Y.length);
  });

  test('is asked for too if something else was echoed meanwhile', () => {
    const machine = wanting();
    machine.handle(p(0), { kind: 'initial', payload: Y });
    expect(kinds(votes(machine, 'echo', X, [2]))).toEqual(['send pull']);
  });

  test('is fetched by a restarted member too, which said READY before and no ECHO', () => {
    const machine = machineOf(1, 'classic');
    machine.restore([{ kind: 'ready', digest: digestOf(X) }]);
    votes(machine, 'echo', X, [2]);
    expect(kinds(votes(machine, 'ready', X, [3]))).toEqual(['send pull']);
  });
});

test('a link may be new where nothing was ever asked', () => {
  const machine = machineOf(1);
  expect(() => machine.linkReset(p(2))).not.toThrow();
  expect(() => machine.withdraw(p(2))).not.toThrow();
});

test('while one question of a round is open, a new holder is not asked at once', () => {
  const machine = pulling();
  expect(asked(machine)).toBe(2);
  machine.linkReset(committee.member(2));
  // The first holder may still answer.
  expect(machine.handle(committee.member(4), { kind: 'echo', digest })).toBe(NOTHING);
});

test('a round begins anew with all forgotten that were asked in the last one', () => {
  const machine = pulling();
  expect([1, 2, 3].map(() => asked(machine))).toEqual([2, 3, 1]);
  machine.linkReset(committee.member(1));
  expect(kinds(machine.handle(committee.member(4), { kind: 'echo', digest }))).toEqual(['send pull']);
});

test('who echoed and lost the payload does not ask itself for it', () => {
  const machine = machineOf(1);
  machine.restore([{ kind: 'echo', digest: digestOf(X) }]);
  expect(votes(machine, 'ready', X, [0, 2, 3])).toBe(NOTHING);
  expect(machine.retry(), 'nobody else has it').toBe(NOTHING);
  expect(kinds(votes(machine, 'done', X, [2]))).toEqual(['send pull']);
});
