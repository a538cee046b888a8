import { describe, expect, test } from 'vitest';
import { type Bit, Prng } from '../../src/base/index.ts';
import { decodeAgreementFrame, encodeAgreementFrames, FRAME_HEADER_BYTES } from '../../src/codec/index.ts';
import { Committee, faultyMax, type NodeId } from '../../src/committee/index.ts';
import {
  type AgreementEffect,
  type AgreementParticipant,
  Agreements,
  type AgreementsOptions,
} from '../../src/member/index.ts';
import { AGREEMENT_LIARS, type AgreementLiarName } from '../../src/simulator/index.ts';

const bit = (prng: Prng): Bit => (prng.below(2) === 0 ? 0 : 1);

interface Letter {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly topic: string;
  readonly body: Uint8Array;
}

/** What a member has on disk. */
interface Disk {
  readonly stated: Map<string, Uint8Array[]>;
  readonly settled: Map<string, Bit>;
}

/** Members with links that break and lose what is under way, and disks that survive. */
class Cluster {
  readonly committee: Committee;
  readonly prng: Prng;
  readonly members: (Agreements | undefined)[];
  /** Who answers in the place of each: itself, or a liar. */
  readonly #acting: (AgreementParticipant | undefined)[] = [];
  readonly #liars: ReadonlyMap<number, AgreementLiarName>;
  readonly disks: Disk[];
  readonly decided: Map<string, Bit>[];
  readonly faults: string[] = [];
  readonly contradictions: string[] = [];
  readonly #options: Partial<AgreementsOptions>;
  #letters: Letter[] = [];
  readonly #cut = new Set<string>();

  constructor(
    n: number,
    seed: number,
    options: Partial<AgreementsOptions> = {},
    liars: ReadonlyMap<number, AgreementLiarName> = new Map(),
  ) {
    this.#liars = liars;
    this.committee = new Committee(n, faultyMax(n));
    this.prng = new Prng(seed);
    this.#options = options;
    this.disks = this.committee.ids.map(() => ({ stated: new Map(), settled: new Map() }));
    this.decided = this.committee.ids.map(() => new Map());
    this.members = this.committee.ids.map(() => undefined);
    for (const id of this.committee.ids) this.start(id);
  }

  member(id: number): Agreements {
    const member = this.members[id];
    if (member === undefined) throw new Error(`p${id} is not running`);
    return member;
  }

  acting(id: number): AgreementParticipant {
    const acting = this.#acting[id];
    if (acting === undefined) throw new Error(`p${id} is not running`);
    return acting;
  }

  start(id: NodeId): void {
    const toss = (): Bit => bit(this.prng);
    const member = new Agreements({ committee: this.committee, self: id, toss, ...this.#options });
    this.members[id] = member;
    const liar = this.#liars.get(id);
    this.#acting[id] = liar === undefined ? member : AGREEMENT_LIARS[liar].make(member);
    const disk = this.disks[id];
    const open = [...(disk?.stated ?? [])].map(([topic, stated]) => ({ topic, stated }));
    const settled = [...(disk?.settled ?? [])].map(([topic, value]) => ({
      topic,
      decision: { value, round: 0 },
    }));
    this.carry(id, this.acting(id).restore({ open, settled }));
    for (const peer of this.committee.ids) if (peer !== id) this.join(id, peer);
  }

  /** Gone, with everything that was under way to and from it. */
  kill(id: NodeId): void {
    this.members[id] = undefined;
    this.#acting[id] = undefined;
    for (const peer of this.committee.ids) if (peer !== id) this.part(id, peer);
  }

  part(a: NodeId, b: NodeId): void {
    this.#letters = this.#letters.filter(
      ({ from, to }) => !(from === a && to === b) && !(from === b && to === a),
    );
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      this.#acting[one]?.linkDown(other);
  }

  join(a: NodeId, b: NodeId): void {
    if (this.members[a] === undefined || this.members[b] === undefined) return;
    if (this.#cut.has(`${a}-${b}`) || this.#cut.has(`${b}-${a}`)) return;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      this.carry(one, this.acting(one).linkUp(other));
  }

  propose(id: NodeId, topic: string, value: Bit): void {
    this.carry(id, this.acting(id).propose(topic, value));
  }

  inject(from: NodeId, to: NodeId, topic: string, body: Uint8Array): void {
    this.#letters.push({ from, to, topic, body });
  }

  /** `most` deliveries in random order. False once nothing is under way. */
  run(most = 100_000): boolean {
    for (let i = 0; i < most; i += 1) {
      const [letter] = this.#letters.splice(this.prng.below(Math.max(1, this.#letters.length)), 1);
      if (letter === undefined) return false;
      const { from, to, topic, body } = letter;
      const frame = encodeAgreementFrames(7, [{ topic, body }]);
      const decoded = decodeAgreementFrame(frame.subarray(FRAME_HEADER_BYTES), 7);
      if (!decoded.ok) throw new Error(decoded.error);
      for (const word of decoded.value) this.carry(to, this.#acting[to]?.handle(from, word) ?? []);
    }
    return true;
  }

  /** Until nothing new comes, time passing. */
  settle(): void {
    for (let round = 0; round < 12; round += 1) {
      this.run();
      for (let tick = 0; tick < 45; tick += 1)
        for (const id of this.committee.ids) this.carry(id, this.#acting[id]?.tick() ?? []);
    }
    this.run();
  }

  carry(self: NodeId, effects: readonly AgreementEffect[]): void {
    for (const effect of effects) {
      const disk = this.disks[self];
      if (disk === undefined) throw new Error('a disk for every member');
      if (effect.kind === 'stated') {
        const stated = disk.stated.get(effect.topic) ?? [];
        // All but the value: kind, phase, step, sender. DECIDE has its value second.
        const key = (bytes: Uint8Array): string => bytes.slice(0, bytes.length - 1).join();
        if (stated.some((earlier) => key(earlier) === key(effect.statement)))
          this.contradictions.push(`p${self} in ${effect.topic}: ${effect.statement.join()}`);
        disk.stated.set(effect.topic, [...stated, effect.statement]);
      } else if (effect.kind === 'settled') {
        disk.stated.delete(effect.topic);
        disk.settled.set(effect.topic, effect.decision.value);
      } else if (effect.kind === 'decided') this.decided[self]?.set(effect.topic, effect.decision.value);
      else if (effect.kind === 'fault')
        this.faults.push(`p${self} accuses p${effect.accused}: ${effect.code}`);
      else this.#letters.push({ from: self, to: effect.to, topic: effect.topic, body: effect.body });
    }
  }
}

const TOPICS = ['deploy 7', 'ä/ö', 'x'];

describe.each([4, 5, 6, 7])('%i members', (n) => {
  test('decide the same in every topic, whatever breaks and whoever dies', () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const cluster = new Cluster(n, seed * 10 + n);
      const { prng, committee } = cluster;
      const proposals = new Map<string, Set<Bit>>();
      for (let step = 0; step < 60; step += 1) {
        const [a, b] = [prng.pick(committee.ids), prng.pick(committee.ids)];
        const topic = prng.pick(TOPICS);
        const running = cluster.members[a] !== undefined;
        if (prng.chance(1, 3) && running && cluster.member(a).inspect(topic)?.proposal === undefined) {
          const value = bit(prng);
          if (cluster.member(a).decision(topic) === undefined)
            proposals.set(topic, (proposals.get(topic) ?? new Set()).add(value));
          cluster.propose(a, topic, value);
        } else if (prng.chance(1, 6) && running) cluster.kill(a);
        else if (prng.chance(1, 4) && a !== b) cluster.part(a, b);
        else if (!running) cluster.start(a);
        else if (a !== b) {
          cluster.part(a, b);
          cluster.join(a, b);
        }
        cluster.run(prng.below(60));
      }
      for (const id of committee.ids) {
        cluster.kill(id);
        cluster.start(id);
      }
      for (const topic of TOPICS)
        for (const id of committee.ids) {
          if (cluster.member(id).inspect(topic)?.proposal !== undefined) continue;
          if (cluster.member(id).decision(topic) === undefined)
            proposals.set(topic, (proposals.get(topic) ?? new Set()).add(0));
          cluster.propose(id, topic, 0);
        }
      cluster.settle();
      expect(cluster.faults).toEqual([]);
      expect(cluster.contradictions).toEqual([]);
      for (const topic of TOPICS) {
        const decisions = committee.ids.map((id) => cluster.member(id).decision(topic)?.value);
        expect(new Set(decisions).size, `seed ${seed}, ${topic}: ${decisions}`).toBe(1);
        expect(proposals.get(topic)).toContain(decisions[0]);
        for (const known of cluster.decided)
          if (known.has(topic)) expect(known.get(topic)).toBe(decisions[0]);
      }
      expect(committee.ids.map((id) => cluster.member(id).size)).toEqual(committee.ids.map(() => 0));
    }
  });

  test('decide with f of them silent', () => {
    const cluster = new Cluster(n, n);
    const silent = cluster.committee.ids.slice(n - cluster.committee.f);
    for (const id of silent) cluster.kill(id);
    const others = cluster.committee.ids.slice(0, n - cluster.committee.f);
    for (const id of others) cluster.propose(id, 'x', id % 2 === 0 ? 1 : 0);
    cluster.settle();
    expect(new Set(others.map((id) => cluster.member(id).decision('x')?.value)).size).toBe(1);
    // Whoever comes back long after, and asks, is told.
    for (const id of silent) {
      cluster.start(id);
      cluster.propose(id, 'x', 0);
    }
    cluster.settle();
    const decisions = cluster.committee.ids.map((id) => cluster.member(id).decision('x')?.value);
    expect(new Set(decisions).size).toBe(1);
    expect(decisions).not.toContain(undefined);
  });
});

describe.each(Object.keys(AGREEMENT_LIARS) as AgreementLiarName[])('with liars: %s', (liar) => {
  test.each([4, 5, 6, 7])('%i members', (n) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const f = faultyMax(n);
      const liars = new Map(Array.from({ length: f }, (_, k) => [(seed + 2 * k) % n, liar]));
      const cluster = new Cluster(n, seed, {}, liars);
      const correct = cluster.committee.ids.filter((id) => !liars.has(id));
      const unanimous = seed % 3 === 0;
      for (const id of cluster.committee.ids) cluster.propose(id, 'x', unanimous ? 1 : bit(cluster.prng));
      cluster.run(200);
      const [victim] = correct;
      if (victim !== undefined) {
        cluster.kill(victim);
        cluster.run(200);
        cluster.start(victim);
      }
      cluster.settle();
      const decisions = correct.map((id) => cluster.member(id).decision('x')?.value);
      expect(new Set(decisions).size, `seed ${seed}: ${decisions}`).toBe(1);
      expect(decisions[0]).toBeDefined();
      if (unanimous) expect(decisions[0]).toBe(1);
      const blamed = cluster.faults.filter((fault) =>
        correct.some((id) => fault.includes(`accuses p${id}:`)),
      );
      const byCorrect = blamed.filter((fault) => correct.some((id) => fault.startsWith(`p${id} `)));
      expect(byCorrect).toEqual([]);
    }
  });
});

describe('one member', () => {
  const committee = new Committee(4, 1);
  const [self, peer] = committee.ids;
  if (self === undefined || peer === undefined) throw new Error('four members');
  const make = (options: Partial<AgreementsOptions> = {}): Agreements =>
    new Agreements({ committee, self, toss: () => 0, ...options });
  const vote = Uint8Array.of(2, 0, 1, 1, 0, 1, 1);

  test('a peer can speak of so many topics and no more; what it says of others is asked for when they matter', () => {
    const member = make({ peerMax: 2 });
    member.linkUp(peer);
    for (let i = 0; i < 100; i += 1) member.handle(peer, { topic: `t${i}`, body: vote });
    expect([member.size, member.dropped]).toEqual([2, 98]);
    const effects = member.propose('t50', 1);
    expect(effects).toContainEqual({ kind: 'send', to: peer, topic: 't50', body: Uint8Array.of(0) });
  });

  test('there is room for so many own topics', () => {
    const member = make({ ownMax: 2 });
    member.propose('a', 1);
    member.propose('b', 1);
    expect([member.hasRoom('a'), member.hasRoom('c')]).toEqual([true, false]);
    expect(() => member.propose('c', 1)).toThrow('too many agreements');
  });

  test('the same proposal again changes nothing, another one is refused', () => {
    const member = make();
    expect(member.propose('a', 1).length).toBeGreaterThan(0);
    expect(member.propose('a', 1)).toEqual([]);
    expect(() => member.propose('a', 0)).toThrow('proposed 1 in "a"');
  });

  test.each(['', 'x'.repeat(129), '\ud800'])('%j is no topic', (topic) => {
    expect(() => make().propose(topic, 1)).toThrow('a topic');
  });

  test('what is no message is a fault, and everything is told to one peer now and then only', () => {
    const member = make();
    member.linkUp(peer);
    const fault = { kind: 'fault', accused: peer, code: 'malformed-message' };
    for (const body of [[9], [1, 0], [0, 0], [4, 2]])
      expect(member.handle(peer, { topic: 'a', body: Uint8Array.from(body) })).toEqual([fault]);
    member.propose('a', 1);
    const ask = (): number => member.handle(peer, { topic: 'a', body: Uint8Array.of(0) }).length;
    expect(ask()).toBeGreaterThan(0);
    expect(ask()).toBe(0);
    for (let i = 0; i < 10; i += 1) member.tick();
    expect(ask()).toBeGreaterThan(0);
  });

  test('what was decided is remembered for the last topics', () => {
    const member = make({ settledMax: 2 });
    for (const topic of ['a', 'b', 'c'])
      for (const from of committee.ids) member.handle(from, { topic, body: Uint8Array.of(4, 1) });
    expect(['a', 'b', 'c'].map((topic) => member.decision(topic)?.value)).toEqual([undefined, 1, 1]);
    expect(member.list()).toEqual(['c', 'b']);
  });
});
