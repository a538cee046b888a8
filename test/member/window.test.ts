import { describe, expect, test } from 'vitest';
import { encodeBatch } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT, type Limits, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { Member, type MemberEffect, type MemberOptions } from '../../src/member/index.ts';
import { Host } from '../../src/simulator/index.ts';

const committee = new Committee(4, 1);
const p0 = committee.member(0);
const p1 = committee.member(1);
const p2 = committee.member(2);
const p3 = committee.member(3);
const digest = new PayloadHasher(portableSha256, new Uint8Array(32)).digest(0, 1, new Uint8Array());

function options(limits: Partial<Limits>): MemberOptions {
  return {
    committee,
    self: p0,
    form: 'early',
    limits: { ...LIMITS_DEFAULT, ...limits },
    hasher: new PayloadHasher(portableSha256, new Uint8Array(32)),
  };
}

/** Member 0 with all links up; everybody begins at the first instance. */
function connected(limits: Partial<Limits>): Member {
  const member = new Member(options(limits));
  for (const peer of [p1, p2, p3]) report(member, peer, [1, 1, 1, 1]);
  return member;
}

function report(member: Member, peer: NodeId, bases: readonly number[], resync = false): void {
  if (member.basesOf(peer).every((base) => base === 1)) member.linkUp(peer);
  member.handle(peer, { kind: 'status', bases, resync });
}

function statuses(effects: readonly MemberEffect[]): { to: number; resync: boolean }[] {
  return effects.flatMap((effect) =>
    effect.kind === 'send' && effect.message.kind === 'status'
      ? [{ to: effect.to, resync: effect.message.resync }]
      : [],
  );
}

const openOf = (member: Member): number => member.open(p0).length;

describe('own instances', () => {
  test('stay within the window of the member itself, however far the others claim to be', () => {
    const member = connected({ window: 4, messagesPerInstance: 1 });
    for (let i = 0; i < 40; i += 1) member.submit(Uint8Array.of(i));
    member.flush();
    expect(openOf(member)).toBe(4);
    for (let base = 5; base < 40; base += 4) {
      for (const peer of [p1, p2, p3]) report(member, peer, [base, 1, 1, 1]);
      member.flush();
    }
    expect(openOf(member)).toBe(4);
  });

  test('stay within the byte budget across restarts', () => {
    const limits = { payloadBytes: 100, bytesPerSender: 300, messagesPerInstance: 1 };
    const host = new Host({ member: options(limits), epoch: 1 });
    const submitAll = (): void => {
      for (const peer of [p1, p2, p3]) {
        host.turn((member) => [
          ...member.linkUp(peer),
          ...member.handle(peer, { kind: 'status', bases: [1, 1, 1, 1], resync: false }),
        ]);
      }
      host.turn((member) => {
        for (let i = 0; i < 5; i += 1) member.submit(new Uint8Array(30));
        return [];
      });
    };
    submitAll();
    expect(host.member.streams()[0]?.bytesHeld).toBe(300);
    for (let restarts = 0; restarts < 3; restarts += 1) {
      host.restart();
      submitAll();
      expect(host.member.streams()[0]?.bytesHeld).toBe(300);
    }
  });
});

describe('STATUS', () => {
  test('a new link to one peer keeps nobody else from hearing of progress', () => {
    const member = connected({});
    expect(statuses(member.tick())).toEqual([]);
    deliverOne(member);
    expect(statuses(member.linkUp(p3))).toEqual([{ to: 3, resync: true }]);
    expect(statuses(member.tick()).map(({ to }) => to)).toEqual([1, 2, 3]);
  });

  test('progress is told without waiting for a tick once it is a quarter of what a sender may have under way', () => {
    const few = connected({ window: 8, bytesPerSender: 16_777_216 });
    deliverOne(few);
    expect(statuses(few.flush())).toEqual([]);
    deliverOne(few);
    expect(statuses(few.flush()).map(({ to }) => to)).toEqual([1, 2, 3]);
    const heavy = connected({ window: 1_024, payloadBytes: 1_000, bytesPerSender: 4_000 });
    deliverOne(heavy, 500);
    expect(statuses(heavy.flush())).toEqual([]);
    deliverOne(heavy, 500);
    expect(statuses(heavy.flush()).map(({ to }) => to)).toEqual([1, 2, 3]);
    // It was told: nothing is left for the tick, and it counts from there.
    expect(statuses(heavy.tick())).toEqual([]);
    deliverOne(heavy, 500);
    expect(statuses(heavy.flush())).toEqual([]);
    expect(statuses(heavy.tick()).map(({ to }) => to)).toEqual([1, 2, 3]);
  });

  test('messages beyond the window make a member ask nobody to repeat anything', () => {
    const member = connected({ window: 4 });
    for (let turn = 0; turn < 10; turn += 1) {
      member.handle(p3, { kind: 'instance', sender: p1, instance: 100, body: { kind: 'echo', digest } });
      deliverOne(member);
      expect(statuses(member.tick()).some(({ resync }) => resync)).toBe(false);
    }
  });

  test('who overran its budget is asked to repeat, and nobody else', () => {
    const member = connected({ payloadBytes: 100, bytesPerSender: 84, messagesPerInstance: 1 });
    const over = {
      kind: 'initial',
      payload: encodeBatch([new Uint8Array(14).fill(7)]),
    } as const;
    member.handle(p2, { kind: 'instance', sender: p2, instance: 2, body: over });
    member.handle(p2, { kind: 'instance', sender: p2, instance: 3, body: over });
    expect(member.streams()[2]?.droppedOverBudget).toBe(1);
    expect(statuses(member.tick()).some(({ resync }) => resync)).toBe(false);
    deliverOf(member, p2);
    expect(statuses(member.tick())).toEqual([
      { to: 1, resync: false },
      { to: 2, resync: true },
      { to: 3, resync: false },
    ]);
  });
});

/** Member 1's next instance reaches delivery at member 0. */
function deliverOne(member: Member, bytes = 0): void {
  deliverOf(member, p1, bytes);
}

function deliverOf(member: Member, sender: NodeId, bytes = 0): void {
  const instance = member.streams()[sender]?.base ?? 0;
  const payload = encodeBatch([new Uint8Array(bytes)]);
  const vote = new PayloadHasher(portableSha256, new Uint8Array(32)).digest(sender, instance, payload);
  member.handle(sender, { kind: 'instance', sender, instance, body: { kind: 'initial', payload } });
  for (const peer of [p1, p2, p3]) {
    member.handle(peer, { kind: 'instance', sender, instance, body: { kind: 'echo', digest: vote } });
  }
  expect(member.streams()[sender]?.base).toBe(instance + 1);
}
