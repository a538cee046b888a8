import { describe, expect, test } from 'vitest';
import { Prng, UsageError } from '../../src/base/index.ts';
import { countBatch, decodeBatch, encodeEnd, messagesOf, successorOf } from '../../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT, type NodeId } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { Host, type Turn } from '../../src/simulator/index.ts';

const LIMITS = { ...LIMITS_DEFAULT, window: 4, messagesPerInstance: 2 };
const [GOOD, OTHER] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

test('an END is a batch without messages, of one length, under any limits', () => {
  const end = encodeEnd(GOOD);
  for (const limits of [LIMITS, { ...LIMITS, payloadBytes: 1 }]) {
    expect(countBatch(end, limits)).toBe(0);
    expect(decodeBatch(end, limits)).toEqual({ ok: true, value: [] });
    expect(messagesOf(end, limits)).toEqual([]);
    for (const wrong of [end.subarray(1), new Uint8Array([...end, 0]), new Uint8Array(66)]) {
      expect(countBatch(wrong, limits)).toBeUndefined();
      expect(decodeBatch(wrong, limits).ok).toBe(false);
      expect(successorOf(wrong)).toBeUndefined();
    }
  }
  expect(successorOf(end)).toEqual(GOOD);
});

interface Letter {
  readonly from: number;
  readonly to: number;
  readonly frames: Uint8Array;
}

/**
 * Members over a network that shuffles what is on its way. The last one lies, if any may: it runs twice, one of the two for
 * the even members and one for the odd ones, and they say different things.
 */
class Cluster {
  readonly committee: Committee;
  readonly hosts: readonly Host[];
  readonly correct: readonly number[];
  readonly #prng: Prng;
  #letters: Letter[] = [];

  constructor(n: number, seed: number) {
    this.#prng = new Prng(seed);
    this.committee = new Committee(n, faultyMax(n));
    const { f, ids } = this.committee;
    const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));
    const host = (self: NodeId): Host =>
      new Host({
        member: { committee: this.committee, self, form: 'early', limits: LIMITS, hasher },
        epoch: 1,
      });
    const twin = f === 0 ? [] : [host(this.committee.member(n - 1))];
    this.hosts = [...ids.map(host), ...twin];
    this.correct = ids.slice(0, f === 0 ? n : n - 1);
    for (const at of this.hosts.keys()) for (const peer of this.#peersOf(at)) this.#link(at, peer);
  }

  #peersOf(at: number): NodeId[] {
    const self = Math.min(at, this.committee.n - 1);
    return this.committee.ids.filter(
      (id) => id !== self && (at < this.correct.length || this.#hears(at, id)),
    );
  }

  /** Of two liars with one name each member knows one. */
  #hears(liar: number, id: NodeId): boolean {
    return this.committee.f === 0 || id % 2 === (liar === this.committee.n ? 1 : 0);
  }

  #link(at: number, peer: NodeId): void {
    this.turn(at, (member) => [...member.linkUp(peer)]);
  }

  turn(at: number, calls: Parameters<Host['turn']>[0]): Turn {
    const turn = this.host(at).turn(calls);
    for (const { to, frames } of turn.sent) {
      const liar = to === this.committee.n - 1 && this.committee.f > 0;
      const place = liar && this.#hears(this.committee.n, this.committee.member(at % this.committee.n));
      this.#letters.push({ from: at, to: place ? this.committee.n : to, frames });
    }
    return turn;
  }

  host(at: number): Host {
    const host = this.hosts[at];
    if (host === undefined) throw new Error(`no host ${at}`);
    return host;
  }

  /** One letter arrives, or time passes, or somebody is killed and comes back. */
  step(kills: boolean): void {
    const letter = this.#letters.splice(this.#prng.below(Math.max(1, this.#letters.length)), 1)[0];
    if (letter === undefined || this.#prng.chance(1, 30)) {
      for (const at of this.hosts.keys()) this.turn(at, (member) => member.tick());
    }
    if (letter !== undefined) {
      const from = this.committee.member(Math.min(letter.from, this.committee.n - 1));
      const host = this.host(letter.to);
      for (const message of host.decode(letter.frames))
        this.turn(letter.to, (member) => member.handle(from, message));
    }
    if (kills && this.#prng.chance(1, 150)) this.#kill(this.#prng.below(this.correct.length));
  }

  #kill(at: number): void {
    const id = this.committee.member(at);
    this.#letters = this.#letters.filter(({ from, to }) => from !== at && to !== at);
    this.host(at).restart();
    for (const peer of this.#peersOf(at)) {
      this.#link(at, peer);
      for (const other of this.hosts.keys()) {
        if (Math.min(other, this.committee.n - 1) !== peer || !this.#peersOf(other).includes(id)) continue;
        this.#link(other, id);
      }
    }
    // It is told again, as a node does that finds the file it was handed.
    this.host(at).member.end(GOOD);
  }

  ends(at: number): (number | undefined)[] {
    return this.host(at)
      .member.streams()
      .map(({ ended }) => ended?.[0]);
  }
}

describe.each([1, 2, 4, 5, 6, 7])('n = %i', (n) => {
  test('shuffled, killed and lied to, all correct members cut every stream at the same place', () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const cluster = new Cluster(n, 1_000 * n + seed);
      for (const at of cluster.hosts.keys()) {
        cluster.turn(at, (member) => {
          for (let i = 0; i < 9; i += 1) member.submit(Uint8Array.of(at, i));
          return [];
        });
      }
      for (let steps = 0; steps < 40 * n; steps += 1) cluster.step(false);
      for (const at of cluster.hosts.keys()) {
        cluster.host(at).member.end(at < cluster.correct.length ? GOOD : at === n ? OTHER : GOOD);
        cluster.turn(at, () => []);
      }
      const done = (): boolean =>
        cluster.correct.every((at) => cluster.correct.every((sender) => cluster.ends(at)[sender] === 1));
      let steps = 0;
      for (; !done() && steps < 60_000; steps += 1) cluster.step(steps < 4_000);
      expect(done(), `seed ${seed}: every END of a correct member is delivered`).toBe(true);
      // What a liar said twice may still be under way; what came to one comes to all.
      for (steps = 0; steps < 4_000; steps += 1) cluster.step(false);
      const logs = cluster.correct.map((at) =>
        cluster.committee.ids.map((sender) =>
          cluster
            .host(at)
            .disk.log.filter((entry) => entry.sender === sender)
            .map(({ payload }) => payload),
        ),
      );
      for (const [i, log] of logs.entries()) {
        expect(log, `seed ${seed}: the log of ${i} beside that of 0`).toEqual(logs[0]);
        for (const sender of cluster.correct) {
          const payloads = log[sender] ?? [];
          // What was not durable when its sender was killed is nobody's; nothing else is missing.
          const said = payloads
            .flatMap((payload) => messagesOf(payload, LIMITS))
            .map((message) => message[1]);
          expect(said).toEqual(said.map((_, i) => i));
          // Nothing comes after it.
          expect(payloads.findIndex((payload) => successorOf(payload) !== undefined)).toBe(
            payloads.length - 1,
          );
        }
      }
      expect(cluster.ends(0)).toEqual(cluster.ends(cluster.correct.length - 1));
    }
  });
});

test('after its END a member takes no message, and says the END once', () => {
  const cluster = new Cluster(1, 1);
  const { member } = cluster.host(0);
  member.end(GOOD);
  cluster.turn(0, () => []);
  expect(() => member.submit(new Uint8Array(1))).toThrow(UsageError);
  member.end(OTHER);
  cluster.turn(0, () => []);
  cluster.host(0).restart();
  cluster.host(0).member.end(OTHER);
  cluster.turn(0, () => []);
  expect(cluster.ends(0)).toEqual([1]);
  expect(cluster.host(0).disk.log.length).toBe(1);
});
