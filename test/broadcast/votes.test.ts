import { describe, expect, test } from 'vitest';
import { NOTHING } from '../../src/protocol/index.ts';
import { digestOf, kinds, machineOf, p, votes, X, Y } from './kit.ts';

describe('a member votes once', () => {
  test.each(['echo', 'ready', 'done'] as const)('%s: again is nothing, otherwise is a fault', (kind) => {
    const machine = machineOf(1, 'early', 7);
    votes(machine, kind, X, [2]);
    expect(votes(machine, kind, X, [2])).toBe(NOTHING);
    expect(votes(machine, kind, Y, [2])).toEqual([
      { kind: 'fault', accused: 2, code: `conflicting-${kind}` },
    ]);
    expect(machine.inspect().values, 'a refused vote names no digest').toHaveLength(1);
  });

  test('digests that differ in one byte, whichever it is, are two', () => {
    const digest = digestOf(X);
    for (let at = 0; at < digest.length; at += 1) {
      const machine = machineOf(1, 'early', 7);
      const other = digest.slice();
      other[at] = (other[at] ?? 0) ^ 1;
      expect(machine.vote('echo', p(2), digest, 0)).toBe(NOTHING);
      expect(kinds(machine.vote('echo', p(2), other, 0)), `byte ${at}`).toEqual(['fault conflicting-echo']);
      expect(machine.vote('echo', p(3), other, 0)).toBe(NOTHING);
      expect(machine.inspect().values.map(({ echo }) => echo.have)).toEqual([[2], [3]]);
    }
  });

  test('DONE for something else than its READY is a fault, and counts for nothing', () => {
    const machine = machineOf(1, 'early', 7);
    votes(machine, 'ready', X, [2]);
    expect(kinds(votes(machine, 'done', Y, [2]))).toEqual(['fault conflicting-done']);
    expect(kinds(votes(machine, 'done', Y, [2]))).toEqual(['fault conflicting-done']);
    expect(votes(machine, 'done', X, [2])).toBe(NOTHING);
  });

  test('DONE is a READY too, and no second one', () => {
    const both = machineOf(1, 'early', 7);
    votes(both, 'done', X, [2]);
    expect(both.inspect().values[0]?.ready.have).toEqual([2]);
    expect(votes(both, 'ready', X, [2])).toBe(NOTHING);
    expect(votes(both, 'ready', Y, [2])).toEqual([{ kind: 'fault', accused: 2, code: 'conflicting-ready' }]);
    // f+1 = 3 READYs amplify: two members are not three, however often they said it.
    votes(both, 'ready', X, [3]);
    expect(votes(both, 'done', X, [3])).toBe(NOTHING);
    expect(kinds(votes(both, 'ready', X, [4]))).toEqual(['broadcast ready']);
  });
});

describe('seven members, two of which may lie', () => {
  test('classic: READY at five ECHOs, the sender among them, or three READYs; delivery at five', () => {
    const echoes = machineOf(1, 'classic', 7);
    echoes.handle(p(0), { kind: 'initial', payload: X });
    expect(votes(echoes, 'echo', X, [0, 1, 2, 3])).toBe(NOTHING);
    expect(kinds(votes(echoes, 'echo', X, [4]))).toEqual(['broadcast ready']);
    const readies = machineOf(1, 'classic', 7);
    readies.handle(p(0), { kind: 'initial', payload: X });
    expect(votes(readies, 'ready', X, [2, 3])).toBe(NOTHING);
    expect(kinds(votes(readies, 'ready', X, [4]))).toEqual(['broadcast ready']);
    expect(votes(readies, 'ready', X, [1])).toBe(NOTHING);
    expect(kinds(votes(readies, 'ready', X, [5]))).toEqual(['output']);
  });

  test('early: READY at four ECHOs of others than the sender, delivery at five of them', () => {
    const machine = machineOf(1, 'early', 7);
    machine.handle(p(0), { kind: 'initial', payload: X });
    expect(votes(machine, 'echo', X, [0, 1, 2, 3])).toBe(NOTHING);
    expect(kinds(votes(machine, 'echo', X, [4]))).toEqual(['broadcast ready']);
    expect(kinds(votes(machine, 'echo', X, [5]))).toEqual(['output']);
  });

  test('early: without the payload no number of ECHOs delivers, and they fetch nothing', () => {
    const machine = machineOf(1, 'early', 7);
    votes(machine, 'echo', X, [2, 3, 4, 5, 6]);
    expect([machine.pulling, machine.terminated]).toEqual([false, false]);
  });

  test('three DONEs decide', () => {
    const machine = machineOf(1, 'early', 7);
    machine.handle(p(0), { kind: 'initial', payload: X });
    expect(votes(machine, 'done', X, [2, 3])).toBe(NOTHING);
    expect(kinds(votes(machine, 'done', X, [4]))).toEqual(['broadcast ready', 'output']);
  });
});

describe('the classic form echoes on votes', () => {
  test('whose payload is here, at once', () => {
    const machine = machineOf(1, 'classic');
    machine.handle(p(0), { kind: 'initial', payload: Y });
    expect(machine.owedTo(p(2)).map(({ kind }) => kind)).toEqual(['echo']);
    // It has echoed: votes for something else make it READY for that, and echo nothing more.
    expect(kinds(votes(machine, 'ready', X, [2, 3]))).toEqual(['broadcast ready']);
  });

  test('whose payload is elsewhere, once it has come', () => {
    const machine = machineOf(1, 'classic');
    votes(machine, 'echo', X, [2]);
    expect(kinds(votes(machine, 'ready', X, [0, 3]))).toEqual(['broadcast ready', 'send pull']);
    expect(machine.handle(p(2), { kind: 'payload', payload: X })).toEqual([
      { kind: 'keep', digest: digestOf(X), payload: X },
      { kind: 'broadcast', message: { kind: 'echo', digest: digestOf(X) } },
    ]);
  });

  test('and the early form does not', () => {
    const machine = machineOf(1, 'early');
    votes(machine, 'echo', X, [2]);
    expect(kinds(votes(machine, 'ready', X, [0, 3]))).toEqual(['broadcast ready']);
    expect(machine.pulling).toBe(false);
  });
});

test('without faults to tolerate both forms wait for everybody, and neither delivers early', () => {
  for (const form of ['early', 'classic'] as const) {
    const machine = machineOf(1, form, 2);
    machine.handle(p(0), { kind: 'initial', payload: X });
    expect(votes(machine, 'echo', X, [1])).toBe(NOTHING);
    expect(kinds(votes(machine, 'echo', X, [0]))).toEqual(['broadcast ready']);
  }
});

test('without faults to tolerate only the classic form echoes on votes', () => {
  for (const [form, said] of [
    ['early', ['keep', 'output']],
    ['classic', ['keep', 'broadcast echo', 'output']],
  ] as const) {
    const machine = machineOf(1, form, 2);
    votes(machine, 'echo', X, [0]);
    expect(kinds(votes(machine, 'ready', X, [0]))).toEqual(['broadcast ready', 'send pull']);
    expect(kinds(machine.handle(p(0), { kind: 'payload', payload: X }))).toEqual(said);
  }
});

test('a vote in the bytes of a frame, after the delivery, is not looked at', () => {
  const machine = machineOf(1);
  machine.handle(p(0), { kind: 'initial', payload: X });
  votes(machine, 'echo', X, [2]);
  votes(machine, 'ready', X, [0, 2, 3]);
  for (const kind of ['echo', 'ready', 'done'] as const) {
    expect(machine.vote(kind, p(2), digestOf(Y), 0)).toBe(NOTHING);
    expect(machine.vote(kind, p(3), digestOf(X), 0)).toBe(NOTHING);
  }
});
