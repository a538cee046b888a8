import { expect, test } from 'vitest';
import { pairsOf } from './crew.mjs';
import { describeFault, FAULT_KINDS, planOf } from './plan.mjs';

const OPTIONS = { seed: 7, members: 4, seconds: 60, kinds: FAULT_KINDS };

test('the same seed is the same plan, another seed another', () => {
  expect(planOf(OPTIONS)).toEqual(planOf(OPTIONS));
  expect(planOf({ ...OPTIONS, seed: 8 })).not.toEqual(planOf(OPTIONS));
});

test('more than eight kinds come in each act, and the liar has a log that nobody counts', () => {
  for (const { liar, faults } of planOf(OPTIONS)) {
    const kinds = new Set(faults.map(({ kind }) => kind));
    expect(kinds.size).toBe(FAULT_KINDS.length - (liar === undefined ? 1 : 0));
    expect(kinds.size).toBeGreaterThan(8);
    for (const fault of faults) {
      if (fault.kind === 'disk' || fault.kind === 'torn-tail') expect(fault.member).not.toBe(liar);
      if ('member' in fault) expect(fault.member).toBeLessThan(4);
      if ('wire' in fault) expect(fault.wire).toBeLessThan(6);
    }
  }
});

test('some lasts longer than links wait for a silent peer, and sometimes all are killed at once', () => {
  const faults = planOf(OPTIONS).flatMap((act) => act.faults);
  expect(faults.some(({ ms }) => ms > 10_000)).toBe(true);
  expect(faults.some((fault) => fault.kind === 'kill' && fault.members.length === 4)).toBe(true);
});

test('every fault can be told', () => {
  const pairs = pairsOf(4);
  for (const fault of planOf(OPTIONS).flatMap((act) => act.faults)) {
    expect(describeFault(fault, pairs)).not.toMatch(/undefined|NaN/);
  }
});
