import assert from 'node:assert';
import { describe, expect, test } from 'vitest';
import { encodeBatch, encodedBytes, type MemberMessage } from '../../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { Asking } from '../../src/node/asking.ts';
import { Recaller } from '../../src/node/recall.ts';
import type { Store } from '../../src/node/store/index.ts';

const HASHER = new PayloadHasher(portableSha256, new Uint8Array(32));
const DIGEST = HASHER.digest(0, 1, new Uint8Array(0));
const LIMITS = { ...LIMITS_DEFAULT, window: 64, payloadBytes: 1_000, bytesPerSender: 10_000 };
const SECOND = 1_000;

interface World {
  readonly asking: Asking;
  readonly ids: readonly NodeId[];
  readonly peer: NodeId;
  /** Of whom it was told, each time. */
  readonly told: NodeId[];
}

function world(n: number): World {
  const committee = new Committee(n, faultyMax(n));
  const told: NodeId[] = [];
  const asking = new Asking({ committee, limits: LIMITS, onLimited: (peer) => told.push(peer) });
  return { asking, ids: committee.ids, peer: committee.member(n - 1), told };
}

const status = (ids: readonly NodeId[], base: number, resync = true): MemberMessage => ({
  kind: 'status',
  bases: ids.map(() => base),
  resync,
});

describe.each([4, 5, 6])('of %i members, one that asks', (n) => {
  test('for the same again and again waits, and goes on at what is granted a second', () => {
    const { asking, ids, peer, told } = world(n);
    let handled = 0;
    const storm = (nowMs: number): number => {
      const before = handled;
      while (!asking.isOver(peer, nowMs) && handled < 1e6) {
        asking.heard(peer, status(ids, 1), [], nowMs);
        handled += 1;
      }
      return handled - before;
    };
    const perSecond = n * LIMITS.window + 64;
    expect(storm(0)).toBe(4 * perSecond + 1);
    expect(storm(0)).toBe(0);
    for (let s = 1; s <= 5; s += 1) expect(storm(s * SECOND)).toBe(perSecond);
    // Its operators' neighbours are told once, and the counter goes on.
    expect(told).toEqual([peer]);
    expect(asking.limited(peer)).toBe(6);
    for (const other of ids.slice(0, -1)) {
      expect(asking.isOver(other, 5 * SECOND)).toBe(false);
      expect(asking.limited(other)).toBe(0);
    }
    // At rest for long enough, it has all of it again, and nobody speaks of it any more.
    expect(asking.isLimited(peer, 6 * SECOND)).toBe(true);
    expect(asking.isLimited(peer, 60 * SECOND)).toBe(false);
    expect(storm(60 * SECOND)).toBe(4 * perSecond + 1);
  });

  test('for payloads that nobody has, or about instances that are nowhere, waits as well', () => {
    const { asking, peer } = world(n);
    const pull: MemberMessage = {
      ...{ kind: 'instance', sender: peer, instance: 1 },
      body: { kind: 'pull', digest: DIGEST },
    };
    const ask: MemberMessage = { kind: 'history', sender: peer, instance: 9, body: { kind: 'ask' } };
    for (const question of [pull, ask]) {
      let count = 0;
      const nowMs = question === pull ? 0 : 600 * SECOND;
      for (; !asking.isOver(peer, nowMs); count += 1) asking.heard(peer, question, [], nowMs);
      expect(count).toBe(4 * (n * LIMITS.window + 64) + 1);
    }
  });

  test('for ten thousand deliveries that it missed never waits, however fast it takes them', () => {
    const { asking, ids, peer, told } = world(n);
    const body = { kind: 'payload', payload: new Uint8Array(LIMITS.payloadBytes) } as const;
    let held = 0;
    for (let instance = 1; instance <= 10_000; instance += 1) {
      for (const sender of ids) {
        // Told three times since its link breaks, and asks the second holder too.
        for (let time = 0; time < 3; time += 1) if (!asking.isFreeRange(peer, sender, instance)) held += 1;
        const message: MemberMessage = { kind: 'instance', sender, instance, body };
        const pull: MemberMessage = { ...message, body: { kind: 'pull', digest: DIGEST } };
        asking.heard(peer, pull, [{ kind: 'send', to: peer, message }], 0);
      }
      // It says so as often as it may: every quarter of a window.
      if (instance % (LIMITS.window / 4) === 0) asking.heard(peer, status(ids, instance, false), [], 0);
      // A millisecond for sixteen instances of everybody.
      if (asking.isOver(peer, instance >> 4)) held += 1;
    }
    expect(held).toBe(0);
    expect(told).toEqual([]);
  });

  test('for the same payload more than eight times pays for it by the byte', () => {
    const { asking, ids, peer } = world(n);
    const [sender = assert.fail()] = ids;
    const body = { kind: 'payload', payload: new Uint8Array(LIMITS.payloadBytes) } as const;
    const message: MemberMessage = { kind: 'instance', sender, instance: 1, body };
    const pull: MemberMessage = { ...message, body: { kind: 'pull', digest: DIGEST } };
    let times = 0;
    for (; !asking.isOver(peer, 0); times += 1)
      asking.heard(peer, pull, [{ kind: 'send', to: peer, message }], 0);
    expect(times).toBe(8 + Math.ceil((4 * LIMITS.bytesPerSender) / encodedBytes(message)));
    // Whoever went on from an instance does not come back to it for free.
    expect(asking.isFreePull(peer, sender, 1 + LIMITS.window)).toBe(true);
    expect(asking.isFreePull(peer, sender, 1)).toBe(false);
  });
});

test('a link made anew again and again brings everything eight times, and then what is granted a second', async () => {
  const { asking, ids, peer } = world(4);
  const [self = assert.fail()] = ids;
  const payload = encodeBatch([new Uint8Array(900)]);
  const digests = Array.from({ length: LIMITS.window }, (_, i) => HASHER.digest(self, i + 1, payload));
  const store = {
    firstInstance: () => 1,
    entry: (_: NodeId, instance: number) => ({ digest: digests[instance - 1], echo: digests[instance - 1] }),
    payload: () => Promise.resolve(payload),
  } as unknown as Store;
  let [clockMs, sent] = [0, 0];
  const recaller = new Recaller({
    ...{ peer, self, store, reading: store, hasher: HASHER, links: { queuedBytes: () => 0 } },
    stored: { beginning: () => [{ kind: 'initial', payload }], standsFor: () => false },
    send: (_, message) => {
      sent += encodedBytes(message);
    },
    onError: (error) => assert.fail(String(error)),
    ...{ onBeyond: () => undefined, onOverwritten: () => undefined, onOverflow: () => undefined },
    queueMax: 10_000,
    asking: {
      isFreePull: (...about) => asking.isFreePull(...about),
      isFreeRange: (...about) => asking.isFreeRange(...about),
      isOver: (of) => asking.isOver(of, clockMs),
      told: (to, bytes) => asking.told(to, bytes, clockMs),
    },
  });
  const settle = async (): Promise<void> => {
    for (let before = -1; before !== sent; ) {
      before = sent;
      for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const again = async (): Promise<void> => {
    recaller.reset();
    recaller.add({ kind: 'recall', to: peer, sender: self, from: 1, until: LIMITS.window + 1, full: true });
    await settle();
  };
  await again();
  const once = sent;
  for (let time = 2; time <= 8; time += 1) await again();
  expect(sent).toBe(8 * once);
  for (let time = 0; time < 50; time += 1) await again();
  const one = once / LIMITS.window;
  const { bytesPerSender } = LIMITS;
  expect(sent - 8 * once).toBeGreaterThan(4 * bytesPerSender);
  expect(sent - 8 * once).toBeLessThanOrEqual(4 * bytesPerSender + one);
  expect(asking.limited(peer)).toBe(1);
  // It waits rather than being refused: with time the rest comes.
  const before = sent;
  for (let tick = 1; tick <= 40; tick += 1) {
    clockMs += 50;
    recaller.drained();
    await settle();
  }
  expect(sent - before).toBeGreaterThan(2 * bytesPerSender - 2 * one);
  expect(sent - before).toBeLessThanOrEqual(2 * bytesPerSender + one);
});
