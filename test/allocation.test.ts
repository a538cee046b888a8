import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Bracha, rulesOf } from '../src/broadcast/index.ts';
import { Committee, LIMITS_DEFAULT } from '../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256 } from '../src/crypto/index.ts';
import { Member } from '../src/member/index.ts';
import { NOTHING } from '../src/protocol/index.ts';

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const digestOf = (payload: Uint8Array): Digest => hasher.digest(0, 1, payload);
const valid = (): boolean => true;

describe('the vote that changes nothing costs nothing', () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const committee = new Committee(100, 33);
  const sender = committee.member(0);
  const digest = digestOf(Uint8Array.of(1));
  const ids = committee.ids.slice(2, 60);

  /** Heap bytes that stay or are thrown away in each of `calls`: nothing is collected in between. */
  function bytesPerCall(calls: number, call: (i: number) => void): number {
    for (let i = 0; i < calls; i += 1) call(i);
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i += 1) call(i);
    return (process.memoryUsage().heapUsed - before) / calls;
  }

  const VOTES = 200_000;

  /** The least of three: what else the engine puts on the heap meanwhile is not the vote's. */
  const least = (measure: () => number): number => Math.min(measure(), measure(), measure());

  test('in one instance', () => {
    const rules = rulesOf(committee, 'early');
    const self = committee.member(1);
    const options = { committee, self, sender, rules, digestOf, valid, payloadBytesMax: 10 };
    const machine = new Bracha(options);
    const echo = { kind: 'echo', digest } as const;
    for (const id of ids) machine.handle(id, echo);
    const spent = least(() =>
      bytesPerCall(VOTES, (i) => {
        if (machine.handle(ids[i % 58] ?? sender, echo) !== NOTHING) throw new Error('not NOTHING');
      }),
    );
    expect(spent).toBeLessThan(1);
  });

  test('the first time too, below every threshold', () => {
    const rules = rulesOf(committee, 'early');
    const self = committee.member(1);
    const options = { committee, self, sender, rules, digestOf, valid, payloadBytesMax: 10 };
    const echo = { kind: 'echo', digest } as const;
    const voters = ids.slice(1, 51);
    const spent = least(() => {
      const fresh = Array.from({ length: 4_000 }, () => new Bracha(options));
      // The candidate's own object is made by the first vote; what counts is each vote after it.
      for (const machine of fresh) machine.handle(committee.member(2), echo);
      let at = 0;
      return bytesPerCall((fresh.length / 2) * voters.length, (i) => {
        const machine = fresh[at % fresh.length];
        const id = voters[Math.floor(at / fresh.length)];
        at += 1;
        if (machine === undefined || id === undefined) throw new Error(`call ${i}`);
        if (machine.handle(id, echo) !== NOTHING) throw new Error('not NOTHING');
      });
    });
    expect(spent).toBeLessThan(1);
  });

  test('through a whole member', () => {
    const member = new Member({
      committee,
      self: committee.member(1),
      form: 'early',
      limits: LIMITS_DEFAULT,
      hasher,
    });
    const message = { kind: 'instance', sender, instance: 1, body: { kind: 'echo', digest } } as const;
    for (const id of ids) member.handle(id, message);
    const spent = least(() =>
      bytesPerCall(VOTES, (i) => {
        if (member.handle(ids[i % 58] ?? sender, message) !== NOTHING) throw new Error('not NOTHING');
      }),
    );
    expect(spent).toBeLessThan(1);
  });
});
