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
  const VOTERS = 50;
  const ROUNDS = 500;
  const ids = committee.ids.slice(3, 3 + VOTERS);

  /** Heap bytes that stay or are thrown away in each of `calls` that `measured` makes; `warm` makes as many before. */
  function bytesPerCall(calls: number, warm: () => void, measured = warm): number {
    warm();
    collect();
    const before = process.memoryUsage().heapUsed;
    measured();
    return (process.memoryUsage().heapUsed - before) / calls;
  }

  /** The smallest object takes 16 bytes, so below this not even one call in four makes one. */
  const NO_OBJECT = 4;
  const MEASURES_MAX = 40;

  /**
   * The least of some measures: the first below the bound shows that the call itself makes no object, and code that
   * makes one never gets there. Before it the engine puts code on the heap, and on a busy machine gets late to
   * optimising: until then some numbers are objects, and each step of an iterator.
   */
  function least(measure: () => number): number {
    let bytes = measure();
    for (let i = 1; i < MEASURES_MAX && bytes >= NO_OBJECT; i += 1) bytes = Math.min(bytes, measure());
    return bytes;
  }

  test('and one that makes an object is told from it', () => {
    let held: object = {};
    const one = (): void => {
      held = { held: undefined };
    };
    // As many calls as below: nothing is collected in between, which would hide them.
    const spent = least(() => bytesPerCall(ROUNDS * VOTERS, times(ROUNDS * VOTERS, one)));
    expect(held).toBeDefined();
    expect(spent).toBeGreaterThanOrEqual(16);
  });

  test('in one instance', () => {
    const rules = rulesOf(committee, 'early');
    const self = committee.member(1);
    const options = { committee, self, sender, rules, digestOf, valid, payloadBytesMax: 10 };
    const machine = new Bracha(options);
    const echo = { kind: 'echo', digest } as const;
    const all = (): void => each(ids, (id) => expectNothing(machine.handle(id, echo)));
    for (const id of ids) machine.handle(id, echo);
    const spent = least(() => bytesPerCall(ROUNDS * VOTERS, times(ROUNDS, all)));
    expect(spent).toBeLessThan(NO_OBJECT);
  });

  test('the first time too, below every threshold', () => {
    const rules = rulesOf(committee, 'early');
    const self = committee.member(1);
    const options = { committee, self, sender, rules, digestOf, valid, payloadBytesMax: 10 };
    const echo = { kind: 'echo', digest } as const;
    const spent = least(() => {
      const fresh = Array.from({ length: 2 * ROUNDS }, () => new Bracha(options));
      // The candidate's own object is made by the first vote; what counts is each vote after it.
      for (const machine of fresh) machine.handle(committee.member(2), echo);
      const votes = (of: readonly NodeId[]) => () =>
        each(of, (id) => each(fresh, (machine) => expectNothing(machine.handle(id, echo))));
      const half = VOTERS / 2;
      return bytesPerCall(ROUNDS * VOTERS, votes(ids.slice(0, half)), votes(ids.slice(half)));
    });
    expect(spent).toBeLessThan(NO_OBJECT);
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
    const all = (): void => each(ids, (id) => expectNothing(member.handle(id, message)));
    const spent = least(() => bytesPerCall(ROUNDS * VOTERS, times(ROUNDS, all)));
    expect(spent).toBeLessThan(NO_OBJECT);
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
        each(frames, ({ from, body }) => {
          if (cursor.open(body) !== undefined) throw new Error('refused');
          while (cursor.next()) {
            const { vote } = cursor;
            if (vote === undefined) throw new Error('not a vote');
            expectNothing(member.vote(from, vote));
          }
        });
      }
      return (process.memoryUsage().heapUsed - before) / (rounds.length * first.votes);
    };
    // A frame costs one empty list, each of its 128 votes nothing.
    for (const n of [4, 7, 16, 31, 64, 128]) {
      const bytes = least(() => spent(n));
      expect(bytes, `bytes for a vote among ${n}`).toBeLessThan(NO_OBJECT);
    }
  });
});

const times = (count: number, act: () => void) => (): void => {
  for (let i = 0; i < count; i += 1) act();
};

function each<Item>(items: readonly Item[], act: (item: Item) => void): void {
  for (let i = 0; i < items.length; i += 1) act(items[i] as Item);
}

function expectNothing(effects: readonly unknown[]): void {
  if (effects !== NOTHING) throw new Error('not NOTHING');
}

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
