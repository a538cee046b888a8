import { describe, expect, test } from 'vitest';
import { AssertionError, UsageError } from '../../src/base/index.ts';
import { type BroadcastForm, rulesOf, ShortBroadcast, type ShortMessage } from '../../src/broadcast/index.ts';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';
import { p } from './kit.ts';

/** Member `self` of `n` in an instance of member 0, of four values. */
function machineOf(self: number, form: BroadcastForm = 'early', n = 4, values = 4): ShortBroadcast {
  const committee = new Committee(n, faultyMax(n));
  const sender = committee.member(0);
  return new ShortBroadcast({
    committee,
    self: committee.member(self),
    sender,
    rules: rulesOf(committee, form),
    values,
  });
}

const said = (kind: ShortMessage['kind'], value: number) =>
  ({ kind: 'broadcast', message: { kind, value } }) as const;
const fault = (accused: number, code: string) => ({ kind: 'fault', accused, code });

test('there are between one and a hundred and twenty-seven values', () => {
  expect(machineOf(0, 'early', 4, 1).propose(0)).toHaveLength(1);
  expect(machineOf(0, 'early', 4, 127).propose(126)).toHaveLength(1);
  for (const values of [0, 128, 1.5])
    expect(() => machineOf(0, 'early', 4, values)).toThrow(
      new AssertionError('short broadcast: values out of range'),
    );
});

test('only the sender proposes, once, and a value', () => {
  expect(() => machineOf(1).propose(1)).toThrow(
    new UsageError('member 1 cannot propose in an instance of member 0'),
  );
  const machine = machineOf(0);
  expect(machine.proposed).toBeUndefined();
  for (const value of [4, -1, 0.5])
    expect(() => machine.propose(value)).toThrow(new UsageError(`${value} is no value: 0 <= value < 4`));
  expect(machine.propose(3)).toEqual([said('initial', 3)]);
  expect(machine.proposed).toBe(3);
  expect(() => machine.propose(3)).toThrow(new UsageError('this instance has its value already'));
});

describe('an INITIAL', () => {
  const initial = (value: number): ShortMessage => ({ kind: 'initial', value });

  test('is echoed, and nothing when it comes again', () => {
    const machine = machineOf(1);
    expect(machine.handle(p(0), initial(2))).toEqual([said('echo', 2)]);
    expect(machine.handle(p(0), initial(2))).toBe(NOTHING);
  });

  test('of another value is told once', () => {
    const machine = machineOf(1);
    machine.handle(p(0), initial(2));
    expect(machine.handle(p(0), initial(1))).toEqual([fault(0, 'equivocation')]);
    expect(machine.handle(p(0), initial(1))).toBe(NOTHING);
    expect(machine.handle(p(0), initial(3))).toBe(NOTHING);
  });

  test('of somebody else, or of no value, is a fault', () => {
    expect(machineOf(1).handle(p(2), initial(2))).toEqual([fault(2, 'not-the-sender')]);
    expect(machineOf(1).handle(p(0), initial(4))).toEqual([fault(0, 'invalid-payload')]);
  });

  test('is not echoed by who echoed on votes', () => {
    const machine = machineOf(1);
    machine.handle(p(2), { kind: 'ready', value: 1 });
    machine.handle(p(3), { kind: 'ready', value: 1 });
    expect(machine.handle(p(0), initial(1))).toBe(NOTHING);
    expect(machine.said().map(({ kind }) => kind)).toEqual(['echo', 'ready']);
  });
});

test.each(['echo', 'ready'] as const)('%s: again is nothing, otherwise is a fault', (kind) => {
  const machine = machineOf(1, 'early', 7);
  machine.handle(p(2), { kind, value: 1 });
  expect(machine.handle(p(2), { kind, value: 1 })).toBe(NOTHING);
  expect(machine.handle(p(2), { kind, value: 0 })).toEqual([fault(2, `conflicting-${kind}`)]);
});

test('what is over is over', () => {
  const machine = machineOf(1);
  expect(machine.terminated).toBe(false);
  for (const id of [0, 2, 3]) machine.handle(p(id), { kind: 'ready', value: 2 });
  expect(machine.terminated).toBe(true);
  expect(machine.handle(p(0), { kind: 'ready', value: 1 })).toBe(NOTHING);
});

describe('a restarted member', () => {
  const all: readonly ShortMessage[] = [
    { kind: 'initial', value: 2 },
    { kind: 'echo', value: 2 },
    { kind: 'ready', value: 2 },
  ];

  test('says what it said', () => {
    for (let count = 0; count <= all.length; count += 1) {
      const machine = machineOf(0);
      const effects = machine.restore(all.slice(0, count));
      // Whose log ends with its INITIAL echoes it; any other waits for the others.
      if (count === 1) expect(effects).toEqual([said('echo', 2)]);
      else expect(effects).toBe(NOTHING);
      expect(machine.said()).toEqual(all.slice(0, Math.max(count, count === 1 ? 2 : 0)));
    }
  });

  test('says nothing else, whatever comes', () => {
    const machine = machineOf(1);
    machine.restore(all.slice(1));
    expect(machine.proposed).toBeUndefined();
    expect(machine.handle(p(0), { kind: 'initial', value: 2 }), 'it echoed that').toBe(NOTHING);
    expect(machine.handle(p(0), { kind: 'initial', value: 1 })).toEqual([fault(0, 'equivocation')]);
    for (const id of [0, 2]) expect(machine.handle(p(id), { kind: 'ready', value: 1 })).toBe(NOTHING);
    expect(machine.said()).toEqual(all.slice(1));
    // Its own votes count.
    expect(machine.handle(p(3), { kind: 'ready', value: 2 })).toBe(NOTHING);
    expect(machine.handle(p(1), { kind: 'ready', value: 0 })).toEqual([fault(1, 'conflicting-ready')]);
    expect(machine.handle(p(1), { kind: 'echo', value: 0 })).toEqual([fault(1, 'conflicting-echo')]);
  });

  test('goes on where votes that it said itself are enough', () => {
    expect(machineOf(0, 'early', 1).restore(all.slice(0, 2))).toEqual([said('ready', 2)]);
    expect(machineOf(0, 'early', 1).restore(all)).toEqual([{ kind: 'output', output: 2 }]);
  });

  test('believes the first of two statements', () => {
    const machine = machineOf(1);
    machine.restore([...all.slice(1), { kind: 'echo', value: 0 }, { kind: 'ready', value: 0 }]);
    expect(machine.said()).toEqual(all.slice(1));
    const echoes = machineOf(1);
    echoes.restore([...all.slice(1, 2), { kind: 'echo', value: 0 }]);
    expect(echoes.said()).toEqual(all.slice(1, 2));
    const ready = machineOf(1);
    ready.restore(all.slice(2));
    expect(ready.said()).toEqual(all.slice(2));
  });

  test('is restored before anything else', () => {
    const before = new AssertionError('restore comes before any other call');
    const heard = machineOf(1);
    heard.handle(p(0), { kind: 'initial', value: 2 });
    expect(() => heard.restore([])).toThrow(before);
    const amplified = machineOf(1);
    for (const id of [2, 3]) amplified.handle(p(id), { kind: 'ready', value: 1 });
    expect(() => amplified.restore([])).toThrow(before);
  });
});

test('the early form delivers with ECHOs of two others of four, and the own one of the sender is none of them', () => {
  const machine = machineOf(1, 'early');
  const echo: ShortMessage = { kind: 'echo', value: 2 };
  machine.handle(p(0), { kind: 'initial', value: 2 });
  expect(machine.handle(p(0), echo)).toBe(NOTHING);
  expect(machine.handle(p(1), echo), 'its own').toBe(NOTHING);
  expect(machine.handle(p(2), echo)).toEqual([said('ready', 2), { kind: 'output', output: 2 }]);
  const late = machineOf(1, 'early');
  expect(late.handle(p(0), echo)).toBe(NOTHING);
  expect(late.handle(p(2), echo), 'one of two').toBe(NOTHING);
  expect(late.handle(p(3), echo)).toEqual([said('echo', 2), said('ready', 2), { kind: 'output', output: 2 }]);
});
