import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import { BEYOND_TICKS, History, MIXED_TICKS } from '../../src/member/history.ts';

/** The instance that is asked about after so many ticks of standing still at base 1; undefined if none is. */
function asked(history: History, committee: Committee, ticks: number, behind = false): number | undefined {
  let last: number | undefined;
  for (let tick = 1; tick <= ticks; tick += 1) {
    last = history.question(committee.member(0), 1, tick, () => Number(behind)) ?? last;
  }
  return last;
}

describe.each([4, 5, 6, 7, 10])('of %i members', (n) => {
  const committee = new Committee(n, faultyMax(n));
  const { f } = committee;
  const sender = committee.member(0);
  const peers = committee.ids.slice(1);

  test('f that keep nothing make nobody ask', () => {
    const history = new History(committee);
    for (const peer of peers.slice(0, f)) history.heard(peer, sender, 9, { kind: 'horizon' });
    expect(history.isBeyond(sender, 1)).toBe(false);
    expect(asked(history, committee, 10 * MIXED_TICKS)).toBeUndefined();
  });

  test('f+1 that keep nothing make it ask where all of them can answer, once it has stood still', () => {
    const history = new History(committee);
    for (const peer of peers.slice(0, f)) history.heard(peer, sender, 9, { kind: 'horizon' });
    history.heard(committee.member(f + 1), sender, 12, { kind: 'horizon' });
    expect(history.isBeyond(sender, 1)).toBe(true);
    expect(asked(history, committee, BEYOND_TICKS)).toBeUndefined();
    expect(asked(history, committee, BEYOND_TICKS + 1)).toBe(12);
  });

  test('one is enough where f+1 have it and it does not come, after longer', () => {
    const history = new History(committee);
    history.heard(committee.member(1), sender, 9, { kind: 'horizon' });
    expect(asked(history, committee, MIXED_TICKS, true)).toBeUndefined();
    expect(asked(history, committee, MIXED_TICKS + 1, true)).toBe(9);
  });

  test('whatever f members forge, only what a correct one counts is believed', () => {
    const lie = fc.record({
      from: fc.integer({ min: 1, max: f }),
      instance: fc.constantFrom(9, 12, 13),
      messages: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(lie, { maxLength: 40 }), fc.nat(40), (lies, at) => {
        const history = new History(committee);
        for (const peer of peers.slice(0, f)) history.heard(peer, sender, 9, { kind: 'horizon' });
        for (const peer of peers.slice(f)) history.heard(peer, sender, 12, { kind: 'horizon' });
        const instance = asked(history, committee, BEYOND_TICKS + 1) ?? 0;
        const truth = 3 * instance;
        const say = (from: number, about: number, messages: number): void => {
          const found = history.heard(committee.member(from), sender, about, { kind: 'count', messages });
          if (typeof found === 'number') expect([about, found]).toEqual([instance, truth + 1]);
        };
        for (const { from, instance: about, messages } of lies.slice(0, at)) say(from, about, messages);
        for (const peer of peers.slice(f)) say(peer, instance, truth);
        for (const { from, instance: about, messages } of lies.slice(at)) say(from, about, messages);
      }),
    );
  });

  test('f+1 equal answers are believed; two answers of one member are a fault', () => {
    const history = new History(committee);
    for (const peer of peers) history.heard(peer, sender, 5, { kind: 'horizon' });
    expect(asked(history, committee, BEYOND_TICKS + 1)).toBe(5);
    const answer = (from: number, messages: number) =>
      history.heard(committee.member(from), sender, 5, { kind: 'count', messages });
    for (let from = 1; from <= f; from += 1) expect(answer(from, 7)).toBeUndefined();
    expect(answer(1, 7)).toBeUndefined();
    expect(answer(1, 8)).toBe('conflict');
    expect(answer(f + 1, 7)).toBe(8);
  });
});
