import { describe, expect, test } from 'vitest';
import { BAD, digestOf, machineOf, p, votes, X, Y } from './kit.ts';

const initial = { kind: 'initial', payload: X } as const;

describe('what people are told of an instance', () => {
  test('before anything came: it waits for the sender', () => {
    expect(machineOf(1).inspect()).toEqual({
      phase: 'init',
      refused: false,
      decided: undefined,
      pulling: false,
      values: [],
      waitingFor: [0],
    });
  });

  test('after the INITIAL: it waits for ECHOs', () => {
    const machine = machineOf(1);
    machine.handle(p(0), initial);
    votes(machine, 'echo', X, [1]);
    expect(machine.inspect()).toEqual({
      phase: 'echoed',
      refused: false,
      decided: undefined,
      pulling: false,
      values: [
        {
          digest: digestOf(X),
          held: true,
          echo: { have: [1], need: 2 },
          ready: { have: [], amplify: 2, need: 3 },
        },
      ],
      waitingFor: [0, 2, 3],
    });
  });

  test('with votes alone: it still waits for the sender, and the payload is not here', () => {
    const machine = machineOf(1);
    votes(machine, 'echo', X, [2]);
    expect(machine.inspect()).toMatchObject({ phase: 'init', waitingFor: [0], values: [{ held: false }] });
  });

  test('of an INITIAL that this member does not vouch for: it waits for the others', () => {
    const machine = machineOf(1);
    machine.handle(p(0), { kind: 'initial', payload: BAD });
    expect(machine.inspect()).toMatchObject({ phase: 'init', refused: true, waitingFor: [0, 1, 2, 3] });
  });

  test('of a sender that was caught telling two things: its first INITIAL stands', () => {
    const machine = machineOf(1);
    machine.handle(p(0), initial);
    machine.handle(p(0), { kind: 'initial', payload: Y });
    expect(machine.inspect().refused).toBe(false);
  });

  test('after READY: it waits for READYs, even if the sender was never heard', () => {
    const machine = machineOf(1);
    votes(machine, 'ready', X, [0, 2]);
    expect(machine.decided).toBeUndefined();
    votes(machine, 'ready', X, [1]);
    expect(machine.decided).toEqual(digestOf(X));
    expect(machine.inspect()).toMatchObject({
      phase: 'readied',
      decided: digestOf(X),
      pulling: true,
      values: [{ ready: { have: [0, 1, 2] } }],
      waitingFor: [3],
    });
  });

  test('after delivery: it waits for nobody', () => {
    const machine = machineOf(1);
    machine.handle(p(0), initial);
    votes(machine, 'ready', X, [0, 2, 3]);
    expect(machine.inspect()).toMatchObject({
      phase: 'delivered',
      decided: digestOf(X),
      pulling: false,
      waitingFor: [],
    });
  });

  test("the sender's own ECHO is counted by the classic form alone", () => {
    for (const [form, have, need] of [
      ['early', [2], 2],
      ['classic', [0, 2], 3],
    ] as const) {
      const machine = machineOf(1, form);
      votes(machine, 'echo', X, [0, 2]);
      expect(machine.inspect().values[0]?.echo).toEqual({ have, need });
    }
  });

  test('each digest has its own voters, in order of appearance', () => {
    const machine = machineOf(1);
    votes(machine, 'echo', X, [2]);
    votes(machine, 'echo', Y, [3]);
    votes(machine, 'ready', Y, [2]);
    const seen = machine.inspect().values.map(({ digest, echo, ready }) => [digest, echo.have, ready.have]);
    expect(seen).toEqual([
      [digestOf(X), [2], []],
      [digestOf(Y), [3], [2]],
    ]);
  });
});

describe('a snapshot', () => {
  test('of a fresh instance says nothing', () => {
    expect(machineOf(1).snapshot()).toEqual({
      candidates: [],
      echoes: [-1, -1, -1, -1],
      readies: [-1, -1, -1, -1],
      dones: [-1, -1, -1, -1],
      first: -1,
      initialClosed: false,
      proposed: false,
      echoed: -1,
      readied: -1,
      decided: -1,
      kept: -1,
      wanted: -1,
      delivered: false,
    });
  });

  test('of a sender says that it proposed, and what it kept', () => {
    const machine = machineOf(0);
    machine.propose(X);
    expect(machine.snapshot()).toMatchObject({
      candidates: [{ digest: digestOf(X), held: true }],
      proposed: true,
      kept: 0,
      first: -1,
      echoed: -1,
    });
  });

  test('names every vote and statement by the place of its digest', () => {
    const machine = machineOf(1, 'classic');
    machine.handle(p(0), { kind: 'initial', payload: Y });
    machine.handle(p(0), { kind: 'initial', payload: X });
    votes(machine, 'echo', X, [2]);
    votes(machine, 'ready', X, [0, 3]);
    votes(machine, 'done', X, [3]);
    votes(machine, 'ready', X, [1]);
    expect(machine.snapshot()).toEqual({
      candidates: [
        { digest: digestOf(Y), held: true },
        { digest: digestOf(X), held: false },
      ],
      echoes: [-1, -1, 1, -1],
      readies: [1, 1, -1, 1],
      dones: [-1, -1, -1, 1],
      first: 0,
      initialClosed: true,
      proposed: false,
      echoed: 0,
      readied: 1,
      decided: 1,
      kept: 0,
      wanted: 1,
      delivered: false,
    });
  });
});
