import { expect, test } from 'vitest';
import { UsageError } from '../../src/base/index.ts';
import { digestOf, machineOf, PAYLOAD_BYTES_MAX, p, X, Y } from './kit.ts';

test('a payload is kept before it is said', () => {
  expect(machineOf(0).propose(X)).toEqual([
    { kind: 'keep', digest: digestOf(X), payload: X },
    { kind: 'broadcast', message: { kind: 'initial', payload: X } },
  ]);
});

test('only the sender proposes', () => {
  expect(() => machineOf(1).propose(X)).toThrow(
    new UsageError('member 1 cannot propose in an instance of member 0'),
  );
});

test('an instance has one payload', () => {
  const machine = machineOf(0);
  machine.propose(X);
  expect(() => machine.propose(Y)).toThrow(new UsageError('this instance has its payload already'));
});

test('a payload of full length is taken, and none that is longer', () => {
  expect(machineOf(0).propose(new Uint8Array(PAYLOAD_BYTES_MAX))).toHaveLength(2);
  const machine = machineOf(0);
  expect(() => machine.propose(new Uint8Array(PAYLOAD_BYTES_MAX + 1))).toThrow(
    new UsageError('payload of 9 bytes is over the limit of 8'),
  );
  expect(machine.propose(X), 'what was refused has changed nothing').toHaveLength(2);
});

test('the own INITIAL is echoed without being kept twice or hashed again', () => {
  let hashed = 0;
  const machine = machineOf(0, 'early', 4, (payload) => {
    hashed += 1;
    return digestOf(payload);
  });
  machine.propose(X);
  expect(machine.bytesHeld).toBe(X.length);
  expect(machine.handle(p(0), { kind: 'initial', payload: X })).toEqual([
    { kind: 'broadcast', message: { kind: 'echo', digest: digestOf(X) } },
  ]);
  expect([machine.bytesHeld, hashed]).toEqual([X.length, 1]);
});
