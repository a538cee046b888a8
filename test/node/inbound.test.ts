import { describe, expect, test } from 'vitest';
import { Committee, type NodeId } from '../../src/committee/index.ts';
import { INBOUND_BYTES_MAX, Inbound } from '../../src/node/inbound.ts';

const KIB = 1_024;

/** Four members, of which three are peers, or as many as a test wants. */
function inbound(n = 4): { inbound: Inbound; peers: readonly NodeId[]; paused: Set<NodeId> } {
  const { ids } = new Committee(n, Math.floor((n - 1) / 3));
  const paused = new Set<NodeId>();
  const one = new Inbound({
    peers: n - 1,
    faultsPerSecond: 100,
    pause: (peer, pause) => {
      if (pause) paused.add(peer);
      else paused.delete(peer);
    },
  });
  return { inbound: one, peers: ids.slice(1), paused };
}

describe('frames that wait for a turn', () => {
  test('say whether a payload may be among them', () => {
    const { inbound: waiting, peers } = inbound();
    const [a, b] = peers as [NodeId, NodeId];
    waiting.push(a, new Uint8Array(15 * KIB));
    expect(waiting.isLong(a)).toBe(false);
    waiting.push(a, new Uint8Array(KIB));
    expect([waiting.isLong(a), waiting.isLong(b)]).toEqual([true, false]);
    waiting.take(0);
    expect(waiting.isLong(a)).toBe(false);
  });

  test('come in the order of each peer', () => {
    const { inbound: waiting, peers } = inbound();
    const [a, b] = peers as [NodeId, NodeId];
    for (let i = 1; i <= 3; i += 1) {
      waiting.push(a, Uint8Array.of(i));
      waiting.push(b, Uint8Array.of(10 * i));
    }
    const taken = waiting.take(0);
    const of = (peer: NodeId) => taken.filter(({ from }) => from === peer).map(({ body }) => body[0]);
    expect([of(a), of(b)]).toEqual([
      [1, 2, 3],
      [10, 20, 30],
    ]);
    expect(waiting.isReady(0)).toBe(false);
    expect(waiting.take(0)).toEqual([]);
  });

  test('of one that floods do not delay those of another', () => {
    const { inbound: waiting, peers, paused } = inbound();
    const [flood, other] = peers as [NodeId, NodeId];
    while (!paused.has(flood)) waiting.push(flood, new Uint8Array(64 * KIB));
    waiting.push(other, Uint8Array.of(1));
    const taken = waiting.take(0);
    expect(taken.filter(({ from }) => from === other)).toHaveLength(1);
    const bytes = taken.reduce((sum, { body }) => sum + body.length, 0);
    expect(bytes).toBeLessThan(256 * KIB);
    expect([...paused]).toEqual([flood]);
  });

  test.each([2, 4, 100])('of %i members: never more than the bound and a frame of each', (n) => {
    const { inbound: waiting, peers, paused } = inbound(n);
    const frame = new Uint8Array(100 * KIB);
    let bytes = 0;
    while (paused.size < peers.length) {
      for (const peer of peers) {
        if (paused.has(peer)) continue;
        waiting.push(peer, frame);
        bytes += frame.length;
      }
    }
    expect(bytes).toBeGreaterThan(INBOUND_BYTES_MAX);
    expect(bytes).toBeLessThanOrEqual(INBOUND_BYTES_MAX + peers.length * frame.length);
  });

  test('are read again once most of them are handled, however long each is', () => {
    const { inbound: waiting, peers, paused } = inbound();
    const [peer] = peers as [NodeId];
    for (let i = 0; i < 3; i += 1) waiting.push(peer, new Uint8Array(2_048 * KIB));
    expect(paused.size).toBe(1);
    // A frame longer than a whole share of a turn goes all the same.
    expect(waiting.take(0)).toHaveLength(1);
    expect(paused.size).toBe(1);
    waiting.take(0);
    waiting.take(0);
    expect(paused.size).toBe(0);
  });

  test('that nobody wants any more keep no link from reading', () => {
    const { inbound: waiting, peers, paused } = inbound();
    const [peer] = peers as [NodeId];
    for (let i = 0; i < 3; i += 1) waiting.push(peer, new Uint8Array(2_048 * KIB));
    waiting.clear();
    expect([waiting.isReady(0), paused.size]).toEqual([false, 0]);
  });

  test('of one that breaks the protocol all the time wait until that is worked off', () => {
    const { inbound: waiting, peers } = inbound();
    const [liar, other] = peers as [NodeId, NodeId];
    const bring = () => {
      for (const peer of [liar, other]) waiting.push(peer, Uint8Array.of(1));
    };
    // A second's worth is forgiven.
    expect(waiting.blame(liar, 100, 1_000)).toBe(false);
    bring();
    expect(waiting.take(1_000)).toHaveLength(2);
    expect(waiting.blame(liar, 200, 1_000)).toBe(true);
    bring();
    expect(waiting.take(1_000).map(({ from }) => from)).toEqual([other]);
    expect(waiting.isReady(2_900)).toBe(false);
    expect(waiting.isReady(3_100)).toBe(true);
    expect(waiting.take(3_100).map(({ from }) => from)).toEqual([liar]);
    // It is told once.
    expect(waiting.blame(liar, 1_000, 3_100)).toBe(false);
  });
});
