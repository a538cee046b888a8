import { describe, expect, test } from 'vitest';
import { BinaryAgreement } from '../../src/agreement/index.ts';
import { type Bit, UsageError } from '../../src/base/index.ts';
import type { AgreementMessage } from '../../src/codec/index.ts';
import { type Coin, LocalCoin } from '../../src/coin/index.ts';
import { Committee } from '../../src/committee/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';
import { makeAgreement, SCOPE } from './subject.ts';

const committee = new Committee(4, 1);
const [p0, p1, p2, p3] = [0, 1, 2, 3].map((id) => committee.member(id));
if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined)
  throw new Error('four members');

const bval = (value: Bit, round = 1): AgreementMessage => ({ kind: 'bval', round, value });
const said = (effects: readonly { readonly kind: string; readonly message?: unknown }[]): unknown[] =>
  effects.filter(({ kind }) => kind === 'broadcast').map(({ message }) => message);

test('a local coin is refused: members would decide differently', () => {
  const coin = new LocalCoin(() => 0);
  expect(() => new BinaryAgreement({ committee, self: p0, coin, scope: SCOPE })).toThrow(UsageError);
});

describe('one member', () => {
  test('says nothing before it has proposed, and then all that is due', () => {
    const machine = makeAgreement(committee, p0, 1);
    expect(machine.inspect().waitingFor).toBe('proposal');
    for (const from of [p1, p2, p3]) expect(machine.handle(from, bval(1))).toBe(NOTHING);
    expect(said(machine.propose(0))).toEqual([bval(0), bval(1), { kind: 'aux', round: 1, value: 1 }]);
    expect(machine.inspect()).toMatchObject({ round: 1, estimate: 0, waitingFor: 'aux', bvals: [0, 3] });
  });

  test('tells what it waits for, and from whom', () => {
    const machine = makeAgreement(committee, p0, 1);
    machine.propose(1);
    machine.handle(p0, bval(1));
    machine.handle(p2, bval(1));
    expect(machine.inspect()).toMatchObject({ waitingFor: 'bval', missing: [p1, p3] });
  });

  test('adopts what f+1 decided although it has not proposed, and ends with n-f', () => {
    const machine = makeAgreement(committee, p0, 1);
    const decide = { kind: 'decide', round: 3, value: 1 } as const;
    expect(machine.handle(p1, decide)).toBe(NOTHING);
    expect(machine.handle(p2, decide)).toEqual([
      { kind: 'broadcast', message: { kind: 'decide', round: 0, value: 1 } },
      { kind: 'output', output: { value: 1, round: 0 } },
    ]);
    expect(machine.propose(0)).toBe(NOTHING);
    expect(machine.terminated).toBe(false);
    machine.handle(p0, { kind: 'decide', round: 0, value: 1 });
    expect(machine.terminated).toBe(true);
    expect(machine.owedTo(p3)).toEqual([{ kind: 'decide', round: 0, value: 1 }]);
  });

  test('accuses who contradicts itself, and counts the first', () => {
    const machine = makeAgreement(committee, p0, 1);
    machine.propose(1);
    const pairs: readonly [AgreementMessage, AgreementMessage, string][] = [
      [{ kind: 'aux', round: 1, value: 0 }, { kind: 'aux', round: 1, value: 1 }, 'conflicting-aux'],
      [{ kind: 'conf', round: 1, values: 1 }, { kind: 'conf', round: 1, values: 3 }, 'conflicting-conf'],
      [{ kind: 'decide', round: 1, value: 0 }, { kind: 'decide', round: 2, value: 0 }, 'conflicting-decide'],
    ];
    for (const [first, second, code] of pairs) {
      expect(machine.handle(p3, first)).toBe(NOTHING);
      expect(machine.handle(p3, first)).toBe(NOTHING);
      expect(machine.handle(p3, second)).toEqual([{ kind: 'fault', accused: p3, code }]);
    }
  });

  test('accuses who releases a share that is not its own', () => {
    const machine = makeAgreement(committee, p0, 1);
    machine.propose(1);
    expect(machine.handle(p3, { kind: 'share', round: 1, share: Uint8Array.of(1, 2, 3, 4) })).toEqual([
      { kind: 'fault', accused: p3, code: 'bad-coin-share' },
    ]);
  });

  test('accuses those whose shares a coin finds to be wrong later, and goes on', () => {
    const exposed = [[], [p1, p2], []];
    const coin: Coin = {
      common: true,
      shareBytesMax: 1,
      toss: () => ({
        share: () => Uint8Array.of(0),
        add: (from) => (from === p3 ? 'invalid' : 'counted'),
        exposed: () => exposed.shift() ?? [],
        value: () => undefined,
      }),
    };
    const machine = new BinaryAgreement({ committee, self: p0, coin, scope: SCOPE });
    machine.propose(1);
    const share = { kind: 'share', round: 1, share: Uint8Array.of(1) } as const;
    expect(machine.handle(p1, share)).toBe(NOTHING);
    expect(machine.handle(p3, share)).toEqual(
      [p1, p2, p3].map((accused) => ({ kind: 'fault', accused, code: 'bad-coin-share' })),
    );
    expect(machine.handle(p2, share)).toBe(NOTHING);
  });

  test('keeps few rounds ahead, and asks again for what it dropped', () => {
    const machine = makeAgreement(committee, p0, 1);
    machine.propose(1);
    const size = machine.fingerprint().length;
    for (let round = 5; round < 500; round += 1) machine.handle(p3, bval(1, round));
    expect(machine.fingerprint().length).toBe(size);
  });

  test('comes back with its estimate, its AUX and its CONF', () => {
    const before: AgreementMessage[] = [
      bval(0),
      bval(1),
      { kind: 'aux', round: 1, value: 1 },
      { kind: 'conf', round: 1, values: 3 },
      bval(1, 2),
    ];
    const machine = makeAgreement(committee, p0, 1);
    expect(machine.restore(before)).toBe(NOTHING);
    expect(machine.inspect()).toMatchObject({ round: 2, estimate: 1, waitingFor: 'bval' });
    expect(machine.owedTo(p1)).toEqual(before);
    expect(() => machine.propose(0)).toThrow(UsageError);
  });

  test('outputs its decision again after a restart', () => {
    const machine = makeAgreement(committee, p0, 1);
    const effects = machine.restore([bval(1), { kind: 'decide', round: 1, value: 1 }]);
    expect(effects).toEqual([{ kind: 'output', output: { value: 1, round: 1 } }]);
  });
});
