import { expect, test } from 'vitest';
import { claimsOf, encodeBatch, type MemberMessage, successorOf } from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import type { Participant } from '../../src/member/index.ts';
import { Host, type Turn } from '../../src/simulator/index.ts';

// What p0 says of p3, which is given up.

const committee = new Committee(4, 1);
const [p0, p1, p2, p3] = [committee.member(0), committee.member(1), committee.member(2), committee.member(3)];
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const [FIRST, SECOND] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const payloadOf = (instance: number): Uint8Array => encodeBatch([Uint8Array.of(instance)]);
const digestOf = (instance: number) => hasher.digest(p3, instance, payloadOf(instance));

const initial = (instance: number): MemberMessage => ({
  kind: 'instance',
  sender: p3,
  instance,
  body: { kind: 'initial', payload: payloadOf(instance) },
});
const echo = (instance: number): MemberMessage => ({
  kind: 'instance',
  sender: p3,
  instance,
  body: { kind: 'echo', digest: digestOf(instance) },
});

/** p0, linked to all others. It has delivered instance 1 of p3, said READY in 3, which waits for 2, and ECHO in 4. */
function scene(givenUp: { ids: readonly NodeId[] }): {
  readonly host: Host;
  end(successor: Uint8Array): Turn;
} {
  const member = { committee, self: p0, form: 'early' as const, limits: LIMITS_DEFAULT, hasher };
  const host = new Host({
    member: {
      ...member,
      get givenUp() {
        return givenUp.ids;
      },
    },
    epoch: 1,
  });
  const told = (calls: (participant: Participant) => ReturnType<Participant['tick']>): Turn =>
    host.turn(calls);
  for (const peer of [p1, p2, p3]) {
    told((one) => one.linkUp(peer));
    told((one) => one.handle(peer, { kind: 'status', bases: [1, 1, 1, 1], resync: true }));
  }
  for (const instance of [1, 3, 4]) told((one) => one.handle(p3, initial(instance)));
  for (const instance of [1, 3]) told((one) => one.handle(p1, echo(instance)));
  return {
    host,
    end: (successor) =>
      host.turn(() =>
        host.member.end(successor, [p3], (sender, at) => host.disk.entry(sender, at)?.delivered.digest),
      ),
  };
}

/** The payloads of own instances that stand on its disk. */
function endsOf(host: Host): Uint8Array[] {
  const { open } = host.disk.memory();
  return open.flatMap(({ sender, said }) =>
    sender === p0 ? said.flatMap((message) => (message.kind === 'initial' ? [message.payload] : [])) : [],
  );
}

const CLAIM = {
  sender: p3,
  base: 2,
  delivered: [digestOf(1)],
  open: [
    { instance: 3, echo: digestOf(3), ready: digestOf(3) },
    { instance: 4, echo: digestOf(4), ready: undefined },
  ],
};

test('its END claims what it delivered and said, no more and no less', () => {
  const { host, end } = scene({ ids: [] });
  end(FIRST);
  const [payload] = endsOf(host);
  expect(payload && successorOf(payload)).toEqual(FIRST);
  expect(payload && claimsOf(payload, LIMITS_DEFAULT)).toEqual([CLAIM]);
});

test('of what 2f+1 are known to have delivered it names no digests', () => {
  const { host, end } = scene({ ids: [] });
  for (const peer of [p1, p2])
    host.turn((one) => one.handle(peer, { kind: 'status', bases: [1, 1, 1, 2], resync: false }));
  end(FIRST);
  const [payload] = endsOf(host);
  expect(payload && claimsOf(payload, LIMITS_DEFAULT)).toEqual([{ ...CLAIM, delivered: [] }]);
});

test('it says nothing more of that stream, nor after a restart, from before any call on', () => {
  const givenUp: { ids: readonly NodeId[] } = { ids: [] };
  const { host, end } = scene(givenUp);
  end(FIRST);
  givenUp.ids = [p3];
  for (const restarted of [false, true]) {
    if (restarted) host.restart();
    for (const instance of [2, 4, 5]) {
      expect(host.turn((one) => one.handle(p3, initial(instance))).sent).toEqual([]);
      expect(host.turn((one) => one.handle(p2, echo(instance))).sent).toEqual([]);
    }
  }
  expect(host.member.streams()[p3]).toMatchObject({ base: 2, open: 2 });
});

test('it says an END once, and another one after it; which it said it knows after a restart', () => {
  const givenUp: { ids: readonly NodeId[] } = { ids: [] };
  const { host, end } = scene(givenUp);
  host.turn(() => host.member.end(FIRST));
  host.turn(() => host.member.end(SECOND));
  expect(endsOf(host).map((payload) => successorOf(payload))).toEqual([FIRST]);
  end(SECOND);
  givenUp.ids = [p3];
  end(SECOND);
  host.restart();
  end(SECOND);
  expect(endsOf(host).map((payload) => successorOf(payload))).toEqual([FIRST, SECOND]);
});
