import { describe, expect, test } from 'vitest';
import { NOTHING } from '../../src/protocol/index.ts';
import { BAD, digestOf, kinds, machineOf, PAYLOAD_BYTES_MAX, p, votes, X, Y } from './kit.ts';

const initial = (payload: Uint8Array) => ({ kind: 'initial', payload }) as const;

describe('the first INITIAL', () => {
  test('is kept and echoed', () => {
    const machine = machineOf(1);
    expect(machine.hasInitial).toBe(false);
    expect(machine.handle(p(0), initial(X))).toEqual([
      { kind: 'keep', digest: digestOf(X), payload: X },
      { kind: 'broadcast', message: { kind: 'echo', digest: digestOf(X) } },
    ]);
    expect(machine.hasInitial).toBe(true);
    expect(machine.likelyPayload).toEqual(X);
  });

  test('is a copy: whoever lent the bytes may write to them again', () => {
    const frame = new Uint8Array(64).fill(7);
    const machine = machineOf(1);
    machine.handle(p(0), initial(frame.subarray(10, 13)));
    frame.fill(0);
    expect(machine.likelyPayload).toEqual(Uint8Array.of(7, 7, 7));
  });

  test('of somebody else is a fault of whoever sent it, and leaves nothing behind', () => {
    const machine = machineOf(1);
    expect(machine.handle(p(2), initial(X))).toEqual([{ kind: 'fault', accused: 2, code: 'not-the-sender' }]);
    expect([machine.hasInitial, machine.bytesHeld]).toEqual([false, 0]);
  });

  test('of full length is taken', () => {
    const payload = new Uint8Array(PAYLOAD_BYTES_MAX);
    expect(kinds(machineOf(1).handle(p(0), initial(payload)))).toEqual(['keep', 'broadcast echo']);
  });

  test.each([
    ['longer than agreed', new Uint8Array(PAYLOAD_BYTES_MAX + 1), 'oversized-payload'],
    ['refused by the application', BAD, 'invalid-payload'],
  ])('that is %s is a fault, and nothing that follows is looked at', (_what, payload, code) => {
    const machine = machineOf(1);
    expect(machine.handle(p(0), initial(payload))).toEqual([{ kind: 'fault', accused: 0, code }]);
    expect([machine.hasInitial, machine.bytesHeld]).toEqual([true, 0]);
    expect(machine.handle(p(0), initial(payload))).toBe(NOTHING);
    expect(machine.handle(p(0), initial(X))).toBe(NOTHING);
  });
});

describe('a second INITIAL', () => {
  test('of the same bytes is nothing', () => {
    const machine = machineOf(1);
    machine.handle(p(0), initial(X));
    expect(machine.handle(p(0), initial(X.slice()))).toBe(NOTHING);
  });

  test('of other bytes is told once, with both payloads', () => {
    const machine = machineOf(1);
    machine.handle(p(0), initial(X));
    expect(machine.handle(p(0), initial(Y))).toEqual([
      { kind: 'fault', accused: 0, code: 'equivocation', payloads: [X, Y] },
    ]);
    expect(machine.handle(p(0), initial(Y))).toBe(NOTHING);
    expect(machine.bytesHeld).toBe(X.length);
  });

  test('is compared by digest where the first one is known by its ECHO alone', () => {
    for (const [payload, told] of [
      [X, []],
      // Without the first payload nothing can be proven.
      [Y, [{ kind: 'fault', accused: 0, code: 'equivocation' }]],
    ] as const) {
      const machine = machineOf(1);
      machine.restore([{ kind: 'echo', digest: digestOf(X) }]);
      expect(machine.handle(p(0), initial(payload))).toEqual(told);
    }
  });

  test('is refused after delivery without a word', () => {
    const machine = machineOf(1);
    machine.handle(p(0), initial(X));
    votes(machine, 'ready', X, [0, 2, 3]);
    expect(machine.terminated).toBe(true);
    expect(machine.handle(p(0), initial(Y))).toBe(NOTHING);
  });
});

test('an INITIAL that comes last, after the READYs, delivers at once', () => {
  const machine = machineOf(1);
  expect(kinds(votes(machine, 'ready', X, [0, 2]))).toEqual(['broadcast ready']);
  votes(machine, 'ready', X, [1, 3]);
  expect(machine.pulling).toBe(true);
  expect(kinds(machine.handle(p(0), initial(X)))).toEqual(['keep', 'broadcast echo', 'output']);
  expect([machine.pulling, machine.terminated]).toEqual([false, true]);
});

test('an INITIAL of another payload than the decided one is echoed and told when the decided one is delivered', () => {
  const machine = machineOf(1);
  machine.handle(p(0), initial(Y));
  votes(machine, 'echo', X, [2, 3]);
  expect(kinds(votes(machine, 'ready', X, [0, 2, 3]))).toEqual(['send pull']);
  expect(machine.pulling).toBe(true);
  expect(machine.likelyPayload, 'none of the decided digest is here').toBeUndefined();
  expect(machine.handle(p(2), { kind: 'payload', payload: X })).toEqual([
    { kind: 'keep', digest: digestOf(X), payload: X },
    { kind: 'output', output: { digest: digestOf(X), payload: X } },
    { kind: 'fault', accused: 0, code: 'equivocation', payloads: [Y, X] },
  ]);
  expect(machine.likelyPayload).toEqual(X);
});

test('an INITIAL that comes to who has echoed the same on votes calls for nothing', () => {
  const machine = machineOf(1, 'classic');
  votes(machine, 'echo', X, [2]);
  votes(machine, 'ready', X, [2, 3]);
  expect(kinds(machine.handle(p(2), { kind: 'payload', payload: X }))).toContain('broadcast echo');
  expect(machine.handle(p(0), initial(X))).toBe(NOTHING);
});

test('a payload of full length that is refused is invalid, and not too long', () => {
  const payload = new Uint8Array(PAYLOAD_BYTES_MAX).fill(0xff);
  expect(kinds(machineOf(1).handle(p(0), initial(payload)))).toEqual(['fault invalid-payload']);
});

test('a sender in whose name something else is decided delivers it, and does not accuse itself', () => {
  const machine = machineOf(0);
  machine.propose(X);
  machine.handle(p(0), initial(X));
  votes(machine, 'echo', Y, [1]);
  votes(machine, 'ready', Y, [1, 2, 3]);
  expect(kinds(machine.handle(p(1), { kind: 'payload', payload: Y }))).toEqual(['keep', 'output']);
});
