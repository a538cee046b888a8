import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Prng, RETAINED_PER_SIXTEEN, retained } from '../src/base/index.ts';
import { batchBytesMax, encodeBatch, type InstanceMessage } from '../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT, type Limits, type NodeId } from '../src/committee/index.ts';
import { asDigest, type Digest, PayloadHasher, portableSha256 } from '../src/crypto/index.ts';
import { Agreements, Member } from '../src/member/index.ts';
import {
  agreementsBoundBytes,
  bitAgreementsBoundBytes,
  memoryBoundBytes,
  NODE_LIMITS_DEFAULT,
} from '../src/node/index.ts';

// The formula of docs/limits.md against members that are flooded with all that peers can send.

setFlagsFromString('--expose-gc');

const collect: () => void = runInNewContext('gc');
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
const NO_NODE = { bufferedBytesPerPeer: 0, pendingBytes: 0, backlogMessages: 0, backlogBytes: 0 };
/** What of the bound is there whatever the limits: frames on their way into the member. */
const INBOUND = memoryBoundBytes(
  committeeOf(1),
  { payloadBytes: 1, window: 0, bytesPerSender: 0, messagesPerInstance: 1 },
  NO_NODE,
);

/** What the formula grants the state of the protocol, links and callers left out. */
function granted(n: number, limits: Limits): number {
  const agreements = agreementsBoundBytes(n) - agreementsBoundBytes(1);
  return memoryBoundBytes(committeeOf(n), limits, NO_NODE) - INBOUND - limits.bytesPerSender - agreements;
}

function committeeOf(n: number): Committee {
  return new Committee(n, faultyMax(n));
}

/** Bytes in use once nothing more is to be had by collecting: what earlier tests left may go late. */
function used(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let calm = 0; calm < 3; calm += 1) {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    if (heapUsed + arrayBuffers < least - 4_096) calm = 0;
    least = Math.min(least, heapUsed + arrayBuffers);
  }
  return least;
}

function memberOf(
  n: number,
  limits: Limits,
): { member: Member; committee: Committee; peers: readonly NodeId[] } {
  const committee = new Committee(n, faultyMax(n));
  const self = committee.member(0);
  const member = new Member({ committee, self, form: 'classic', limits, hasher });
  const peers = committee.ids.slice(1);
  for (const peer of peers) {
    member.linkUp(peer);
    member.handle(peer, { kind: 'status', bases: committee.ids.map(() => 1), resync: false });
  }
  return { member, committee, peers };
}

function freshDigest(prng: Prng): Digest {
  const digest = asDigest(Uint8Array.from({ length: 32 }, () => prng.below(256)));
  if (digest === undefined) throw new Error('32 bytes are a digest');
  return digest;
}

/** A member that has heard every vote that there can be, as far as the window and beyond it. */
function floodWithVotes(n: number, limits: Limits): Member {
  const { member, committee, peers } = memberOf(n, limits);
  const prng = new Prng(n);
  for (const sender of committee.ids) {
    for (let instance = 1; instance <= limits.window + 10; instance += 1) {
      for (const from of peers) {
        const say = (body: InstanceMessage): void => {
          member.handle(from, { kind: 'instance', sender, instance, body });
        };
        for (const kind of ['echo', 'ready', 'done', 'echo', 'pull'] as const)
          say({ kind, digest: freshDigest(prng) });
      }
    }
  }
  return member;
}

describe('flooded, a member stays within the formula', () => {
  test.each([
    [4, 256],
    [10, 64],
    [31, 16],
  ])('%d members, %d instances each: every vote for a digest of its own', (n, window) => {
    const limits = { ...LIMITS_DEFAULT, window, payloadBytes: 16, bytesPerSender: 64 };
    // Code that the engine compiles meanwhile is not the member's: it is there before what is measured.
    floodWithVotes(n, { ...limits, window: 4 });
    const before = used();
    const member = floodWithVotes(n, limits);
    const grown = used() - before;
    expect(member.streams().every(({ open }) => open === window)).toBe(true);
    expect(grown).toBeLessThan(granted(n, limits));
    // A formula that grants ten times what is possible would promise little.
    expect(grown).toBeGreaterThan(granted(n, limits) / 4);
  });

  test('payloads: every sender fills its budget, and every frame carries as much junk as it can', () => {
    const limits = { ...LIMITS_DEFAULT, window: 64, payloadBytes: 40_000, bytesPerSender: 1_000_000 };
    const { member, peers } = memberOf(4, limits);
    const before = used();
    for (const sender of peers) {
      for (let instance = 64; instance >= 1; instance -= 1) {
        const batch = encodeBatch([new Uint8Array(limits.payloadBytes).fill(instance)]);
        const frame = new Uint8Array(2 * batch.length);
        frame.set(batch);
        const payload = frame.subarray(0, batch.length);
        member.handle(sender, { kind: 'instance', sender, instance, body: { kind: 'initial', payload } });
      }
    }
    const grown = used() - before;
    for (const sender of peers) {
      const status = member.streams()[sender];
      expect(status?.bytesHeld).toBeGreaterThan(limits.bytesPerSender - batchBytesMax(limits));
      expect(status?.bytesHeld).toBeLessThanOrEqual(limits.bytesPerSender + 2 * batchBytesMax(limits));
      expect(status?.droppedOverBudget).toBeGreaterThan(0);
    }
    expect(grown).toBeLessThan(granted(4, limits));
    // Three senders of four fill their budgets, and of what is granted for votes nothing is taken.
    expect(grown).toBeGreaterThan(granted(4, limits) / 3);
  });

  test.each([10, 13])('%d members: every vote in every agreement that peers can bring up', (n) => {
    const committee = new Committee(n, faultyMax(n));
    const self = committee.member(0);
    const stated: Uint8Array[] = [];
    used();
    const before = used();
    const cluster = hasher.digest(self, 1, new Uint8Array(0));
    const place = { sha256: portableSha256, cluster, epoch: 1 };
    const agreements = new Agreements({ committee, self, toss: () => 0, ...place });
    for (const from of committee.ids.slice(1))
      for (let topic = 0; topic < 5; topic += 1)
        for (let phase = 1; phase <= 5; phase += 1)
          for (const step of [1, 2, 3])
            for (const sender of committee.ids)
              for (const kind of [1, 2, 3]) {
                const body = Uint8Array.of(kind, 0, phase, step, 0, sender, 1);
                for (const member of committee.ids.slice(1))
                  for (const effect of agreements.handle(member, {
                    topic: `${from} ${topic}`,
                    form: 'bit',
                    body,
                  }))
                    if (effect.kind === 'stated') stated.push(effect.statement);
              }
    const grown = used() - before;
    expect(agreements.size).toBe(4 * (n - 1));
    // What is settled is remembered apart.
    const most = bitAgreementsBoundBytes(n, 0) - bitAgreementsBoundBytes(1, 0);
    expect(grown).toBeLessThan(most);
    expect(grown).toBeGreaterThan(most / 4);
    expect(stated.length).toBeGreaterThan(0);
  });

  test('what is kept of a frame holds on to hardly more than its own length', () => {
    for (const share of [0.1, 0.5, 0.9, 0.93, 0.95, 0.99, 1]) {
      const frame = new Uint8Array(10_000);
      const kept = retained(frame.subarray(0, 10_000 * share));
      expect(kept.buffer.byteLength).toBeLessThanOrEqual((kept.byteLength * RETAINED_PER_SIXTEEN) / 16);
    }
  });
});

describe('the worked examples of docs/limits.md', () => {
  const MIB = 1_048_576;

  test.each([
    [4, 307],
    [10, 1_008],
    [31, 2_502],
    [100, 12_060],
  ])('%d members with all defaults: %d MiB', (n, mebibytes) => {
    expect(Math.round(memoryBoundBytes(committeeOf(n), LIMITS_DEFAULT, NODE_LIMITS_DEFAULT) / MIB)).toBe(
      mebibytes,
    );
  });

  test('100 members with lower limits', () => {
    const limits = { ...LIMITS_DEFAULT, window: 64, payloadBytes: 65_536, bytesPerSender: 2 * MIB };
    const node = { ...NODE_LIMITS_DEFAULT, bufferedBytesPerPeer: 4 * MIB, pendingBytes: 4 * MIB };
    expect(Math.ceil(memoryBoundBytes(committeeOf(100), limits, node) / MIB)).toBe(5_453);
  });
});
