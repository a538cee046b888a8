import { expect, test } from 'vitest';
import { Committee } from '../../src/committee/index.ts';
import { Answers } from '../../src/stream/answers.ts';

const committee = new Committee(4, 1);
const p1 = committee.member(1);
const p2 = committee.member(2);

test('each peer is answered once an instance, until its link is new', () => {
  const answers = new Answers(4);
  expect([answers.admit(p1, 1, 1), answers.admit(p1, 1, 1), answers.admit(p2, 1, 1)]).toEqual([
    true,
    false,
    true,
  ]);
  answers.linkReset(p1);
  expect([answers.admit(p1, 1, 1), answers.admit(p2, 1, 1)]).toEqual([true, false]);
});

test('only what the peer may still need: from its base on, as far as its window', () => {
  const answers = new Answers(4);
  expect([6, 7, 8, 9, 10, 11].map((instance) => answers.admit(p1, instance, 7))).toEqual([
    false,
    true,
    true,
    true,
    true,
    false,
  ]);
});

test('a peer that moves on is answered in every window it comes to', () => {
  const answers = new Answers(4);
  for (let instance = 1; instance < 50; instance += 1) {
    expect(answers.admit(p1, instance, instance)).toBe(true);
    expect(answers.admit(p1, instance, instance)).toBe(false);
  }
});

test('a peer that pretends to stand still gets no payload twice, whatever else it asks for in between', () => {
  const answers = new Answers(4);
  const given = new Map<number, number>();
  for (let round = 0; round < 20; round += 1) {
    // What lies before the base that it reports, and what waits in this member's own window further up.
    for (const instance of [1, 2, 3, 4])
      if (answers.admit(p1, instance, 1)) given.set(instance, (given.get(instance) ?? 0) + 1);
    const own = 10 + round;
    if (answers.admit(p1, own, own)) given.set(own, (given.get(own) ?? 0) + 1);
  }
  expect([...given.values()].every((times) => times === 1)).toBe(true);
});
