import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Bracha, rulesOf } from '../src/broadcast/index.ts';
import { encodeBatch, FRAME_HEADER_BYTES, FrameCursor, FramePacker } from '../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT, type NodeId } from '../src/committee/index.ts';
import { type Digest, PayloadHasher, portableSha256, type Sha256 } from '../src/crypto/index.ts';
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

  test('read from frames, the first time, however many members there are', () => {
    /** Heap bytes for each vote of frames none of whose votes was counted before. */
    const spent = (n: number): number => {
      const committee = new Committee(n, faultyMax(n));
      const cursor = new FrameCursor({ committee, limits: LIMITS, epoch: 1 });
      const first = belowThresholds(n);
      const rounds = [first, ...Array.from({ length: 40_000 / first.votes }, () => belowThresholds(n))];
      collect();
      const before = process.memoryUsage().heapUsed;
      for (const { member, frames } of rounds) {
        for (const { from, body } of frames) {
          if (cursor.open(body) !== undefined) throw new Error('refused');
          while (cursor.next()) {
            const { vote } = cursor;
            if (vote === undefined || member.vote(from, vote) !== NOTHING) throw new Error('not NOTHING');
          }
        }
      }
      return (process.memoryUsage().heapUsed - before) / (rounds.length * first.votes);
    };
    // What the engine puts on the heap until it has compiled this is not the votes'.
    for (let rounds = 0; rounds < 4; rounds += 1) spent(64);
    // A frame costs one empty list, each of its 128 votes nothing: the smallest object has 16.
    for (const n of [4, 7, 16, 31, 64, 128]) {
      const bytes = least(() => spent(n));
      expect(bytes, `bytes for a vote among ${n}`).toBeLessThan(8);
    }
  });
});

interface Heard {
  readonly from: NodeId;
  readonly body: Uint8Array;
}

const LIMITS = { ...LIMITS_DEFAULT, window: 1_024 };

/** Stands for SHA-256, whose cost is not the question: sender and instance, from the end of the prefix. */
const placeSha256 = (prefix: Uint8Array): Uint8Array => {
  const digest = new Uint8Array(32);
  digest.set(prefix.subarray(-10));
  return digest;
};
const places = new PayloadHasher(placeSha256 as Sha256, new Uint8Array(32));

/** A member with a window of open instances, and frames of votes of others that make it say nothing. */
function belowThresholds(n: number): { member: Member; frames: readonly Heard[]; votes: number } {
  const committee = new Committee(n, faultyMax(n));
  const { echoEarly, amplify } = committee.quorums;
  const sender = committee.member(0);
  const member = new Member({
    committee,
    self: committee.member(1),
    form: 'early',
    limits: LIMITS,
    hasher: places,
  });
  const payload = encodeBatch([Uint8Array.of(1)]);
  const digests = Array.from({ length: LIMITS.window }, (_, i) => places.digest(0, i + 1, payload));
  for (const i of digests.keys()) {
    const body = { kind: 'initial', payload } as const;
    member.handle(sender, { kind: 'instance', sender, instance: i + 1, body });
  }
  const frames: Heard[] = [];
  let votes = 0;
  const packer = new FramePacker(1);
  const kinds = [
    // The member's own ECHO counts too, the sender's does not.
    ['echo', [sender, ...committee.ids.slice(2, echoEarly)]],
    ['ready', committee.ids.slice(2, 1 + amplify)],
  ] as const;
  for (let first = 0; first < digests.length; first += RUN) {
    for (const [kind, voters] of kinds) {
      for (const from of voters) {
        for (const [i, digest] of digests.slice(first, first + RUN).entries()) {
          const instance = first + i + 1;
          packer.add({ kind: 'instance', sender, instance, body: { kind, digest } });
          votes += 1;
        }
        frames.push({ from, body: packer.take().slice(FRAME_HEADER_BYTES) });
      }
    }
  }
  return { member, frames, votes };
}

const RUN = 128;
