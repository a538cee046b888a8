import { expect, test } from 'vitest';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { Member } from '../../src/member/index.ts';

const committee = new Committee(4, 1);
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const p1 = committee.member(1);

function connected(): Member {
  const limits = { ...LIMITS_DEFAULT, window: 4 };
  const member = new Member({ committee, self: committee.member(0), form: 'early', limits, hasher });
  for (const peer of committee.ids.slice(1)) {
    member.linkUp(peer);
    member.handle(peer, { kind: 'status', bases: [1, 1, 1, 1], resync: false });
  }
  return member;
}

/** The ticks, of the next `ticks`, at which the member asked everybody to send again. */
function asks(member: Member, ticks: number): number[] {
  return Array.from({ length: ticks }, (_, i) => i + 1).filter(() =>
    member
      .tick()
      .some((effect) => effect.kind === 'send' && effect.message.kind === 'status' && effect.message.resync),
  );
}

test('a member with nothing open asks nobody to repeat anything', () => {
  expect(asks(connected(), 500)).toEqual([]);
});

test('a stream that stands still is asked about ever more seldom', () => {
  const member = connected();
  const digest = hasher.digest(1, 1, new Uint8Array());
  member.handle(p1, { kind: 'instance', sender: p1, instance: 1, body: { kind: 'echo', digest } });
  expect(asks(member, 6_000)).toEqual([20, 60, 140, 300, 620, 1_260, 2_540, 3_820, 5_100]);
});

test('a peer that asks too often is served at most every ten ticks, and not forgotten', () => {
  const member = connected();
  const digest = hasher.digest(1, 1, new Uint8Array());
  member.submit(Uint8Array.of(1));
  member.flush();
  member.handle(p1, { kind: 'instance', sender: p1, instance: 1, body: { kind: 'echo', digest } });
  const ask = (): number => member.handle(p1, { kind: 'status', bases: [1, 1, 1, 1], resync: true }).length;
  expect(ask()).toBe(0);
  expect(ask()).toBe(0);
  const served = Array.from({ length: 30 }, () => member.tick().length > 0);
  expect(served.indexOf(true)).toBe(9);
  expect(served.filter(Boolean)).toHaveLength(2);
  expect(ask()).toBeGreaterThan(0);
  expect(ask()).toBe(0);
});
