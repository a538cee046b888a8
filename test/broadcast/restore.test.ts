import { expect, test } from 'vitest';
import { AssertionError, UsageError } from '../../src/base/index.ts';
import { Bracha, type BroadcastForm, rulesOf } from '../../src/broadcast/index.ts';
import type { InstanceMessage } from '../../src/codec/index.ts';
import { Committee } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const payload = Uint8Array.of(1, 2, 3);
const digest = hasher.digest(0, 1, payload);
const other = Uint8Array.of(4);
const echo = { kind: 'echo', digest } as const;
const ready = { kind: 'ready', digest } as const;

function machineOf(self: number, n = 4, f = 1, form: BroadcastForm = 'early'): Bracha {
  const committee = new Committee(n, f);
  return new Bracha({
    committee,
    self: committee.member(self),
    sender: committee.member(0),
    rules: rulesOf(committee, form),
    digestOf: (bytes) => hasher.digest(0, 1, bytes),
    valid: () => true,
    payloadBytesMax: 100,
  });
}

const committee = new Committee(4, 1);
const p0 = committee.member(0);
const p2 = committee.member(2);
const p3 = committee.member(3);

function restored(self: number, ...said: readonly InstanceMessage[]): Bracha {
  const machine = machineOf(self);
  expect(machine.restore(said)).toBe(NOTHING);
  return machine;
}

test('a sender whose log ends with its INITIAL echoes it, and proposes nothing else', () => {
  const machine = machineOf(0);
  expect(machine.restore([{ kind: 'initial', payload }])).toEqual([{ kind: 'broadcast', message: echo }]);
  expect(() => machine.propose(other)).toThrow(UsageError);
  expect(machine.owedTo(p2)).toEqual([{ kind: 'initial', payload }, echo]);
});

test('who echoed does not echo again, whatever comes', () => {
  const machine = restored(1, { kind: 'payload', payload }, echo);
  expect(machine.handle(p0, { kind: 'initial', payload })).toBe(NOTHING);
  const again = machine.handle(p0, { kind: 'initial', payload: other });
  expect(again).toEqual([{ kind: 'fault', accused: 0, code: 'equivocation', payloads: [payload, other] }]);
  expect(machine.owedTo(p2)).toEqual([echo]);
  // Its own ECHO counts from the start: one more delivers.
  const effects = machine.handle(p2, echo);
  expect(effects.map(({ kind }) => kind)).toEqual(['broadcast', 'output']);
});

test('who said READY and lacks the payload says no other READY, and fetches what it promised', () => {
  const machine = restored(1, ready);
  const wrong = { kind: 'ready', digest: hasher.digest(0, 1, other) } as const;
  expect(machine.handle(p2, wrong)).toBe(NOTHING);
  expect(machine.handle(p3, ready)).toBe(NOTHING);
  const decided = machine.handle(p0, { kind: 'done', digest });
  expect(decided).toEqual([{ kind: 'send', to: 0, message: { kind: 'pull', digest } }]);
});

test('who said READY before its ECHO may still echo', () => {
  const machine = restored(1, ready);
  const kinds = machine.handle(p0, { kind: 'initial', payload }).map(({ kind }) => kind);
  expect(kinds).toEqual(['keep', 'broadcast']);
});

test('a member alone delivers what its log says it began', () => {
  const machine = machineOf(0, 1, 0);
  expect(machine.restore([{ kind: 'initial', payload }, echo])).toEqual([
    { kind: 'broadcast', message: ready },
  ]);
  const effects = machine.handle(p0, ready);
  expect(effects.map(({ kind }) => kind)).toEqual(['output']);
});

test('nothing said is nothing restored, and restoring comes first', () => {
  const machine = restored(1);
  expect(machine.owedTo(p2)).toEqual([]);
  machine.handle(p2, echo);
  expect(() => machine.restore([])).toThrow(new AssertionError('restore comes before any other call'));
});
