import { describe, expect, test } from 'vitest';
import { AGREEMENT_FORMS } from '../../src/codec/index.ts';
import { Committee, faultyMax } from '../../src/committee/index.ts';
import { Agreements, type AgreementsOptions, type TopicValue } from '../../src/member/index.ts';
import { AGREEMENT_LIARS, type AgreementLiarName } from '../../src/simulator/index.ts';
import { Cluster, SURROUNDINGS, shown } from './agreements-cluster.ts';

const TOPICS = ['deploy 7', 'ä/ö', 'x'];

/** The more messages an agreement takes, the fewer seeds. */
const SEEDS = { bit: 12, 'common-bit': 12, value: 2, 'common-value': 5 };
const CASES = AGREEMENT_FORMS.flatMap((form) => [4, 5, 6, 7].map((n) => ({ form, n })));

describe.each(CASES)('$n members, $form', ({ form, n }) => {
  test('decide the same in every topic, whatever breaks and whoever dies', () => {
    for (let seed = 1; seed <= SEEDS[form]; seed += 1) {
      const cluster = new Cluster(n, seed * 10 + n, form);
      const { prng, committee } = cluster;
      const proposals = new Map<string, Set<string>>();
      const note = (topic: string, value: TopicValue): void => {
        proposals.set(topic, (proposals.get(topic) ?? new Set()).add(shown(value)));
      };
      for (let step = 0; step < 60; step += 1) {
        const [a, b] = [prng.pick(committee.ids), prng.pick(committee.ids)];
        const topic = prng.pick(TOPICS);
        const running = cluster.members[a] !== undefined;
        if (prng.chance(1, 3) && running && cluster.proposal(a, topic) === undefined) {
          const value = cluster.draw();
          if (cluster.decision(a, topic) === 'nothing') note(topic, value);
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
          if (cluster.proposal(id, topic) !== undefined) continue;
          const value = cluster.draw();
          if (cluster.decision(id, topic) === 'nothing') note(topic, value);
          cluster.propose(id, topic, value);
        }
      cluster.settle();
      expect(cluster.faults).toEqual([]);
      expect(cluster.contradictions).toEqual([]);
      for (const topic of TOPICS) {
        const decisions = committee.ids.map((id) => cluster.decision(id, topic));
        expect(new Set(decisions).size, `seed ${seed}, ${topic}: ${decisions}`).toBe(1);
        expect(proposals.get(topic)).toContain(decisions[0]);
        for (const known of cluster.decided)
          if (known.has(topic)) expect(known.get(topic)).toBe(decisions[0]);
      }
      expect(committee.ids.map((id) => cluster.member(id).size)).toEqual(committee.ids.map(() => 0));
    }
  });

  test('decide with f of them silent', () => {
    const cluster = new Cluster(n, n, form);
    const silent = cluster.committee.ids.slice(n - cluster.committee.f);
    for (const id of silent) cluster.kill(id);
    const others = cluster.committee.ids.slice(0, n - cluster.committee.f);
    for (const id of others) cluster.propose(id, 'x', cluster.draw());
    cluster.settle();
    expect(new Set(others.map((id) => cluster.decision(id, 'x'))).size).toBe(1);
    // Whoever comes back long after, and asks, is told.
    for (const id of silent) {
      cluster.start(id);
      cluster.propose(id, 'x', cluster.draw());
    }
    cluster.settle();
    const decisions = cluster.committee.ids.map((id) => cluster.decision(id, 'x'));
    expect(new Set(decisions).size).toBe(1);
    expect(decisions).not.toContain('nothing');
  });
});

const LIAR_SEEDS = { bit: 10, 'common-bit': 10, value: 3, 'common-value': 5 };
const LIES = (Object.keys(AGREEMENT_LIARS) as AgreementLiarName[]).flatMap((liar) =>
  AGREEMENT_FORMS.flatMap((form) => [4, 5, 6, 7].map((n) => ({ liar, form, n }))),
);

test.each(LIES)('with liars: $liar, $n members, $form', ({ liar, form, n }) => {
  // Seven members have agreements of seven agreements of broadcasts: once is enough.
  const seeds = form === 'value' && n > 5 ? 1 : LIAR_SEEDS[form];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const f = faultyMax(n);
    const liars = new Map(Array.from({ length: f }, (_, k) => [(seed + 2 * k) % n, liar]));
    const cluster = new Cluster(n, seed, form, {}, liars);
    const correct = cluster.committee.ids.filter((id) => !liars.has(id));
    const all = seed % 3 === 0 ? cluster.draw() : undefined;
    for (const id of cluster.committee.ids) cluster.propose(id, 'x', all ?? cluster.draw());
    cluster.run(200);
    const [victim] = correct;
    if (victim !== undefined) {
      cluster.kill(victim);
      cluster.run(200);
      cluster.start(victim);
    }
    cluster.settle();
    const decisions = correct.map((id) => cluster.decision(id, 'x'));
    expect(new Set(decisions).size, `seed ${seed}: ${decisions}`).toBe(1);
    expect(decisions[0]).not.toBe('nothing');
    if (all !== undefined) expect(decisions[0]).toBe(shown(all));
    const blamed = cluster.faults.filter((fault) => correct.some((id) => fault.includes(`accuses p${id}:`)));
    const byCorrect = blamed.filter((fault) => correct.some((id) => fault.startsWith(`p${id} `)));
    expect(byCorrect).toEqual([]);
    expect(cluster.contradictions.filter((text) => correct.some((id) => text.startsWith(`p${id} `)))).toEqual(
      [],
    );
  }
});

describe('one member', () => {
  const committee = new Committee(4, 1);
  const [self, peer] = committee.ids;
  if (self === undefined || peer === undefined) throw new Error('four members');
  const make = (options: Partial<AgreementsOptions> = {}): Agreements =>
    new Agreements({ committee, self, toss: () => 0, ...SURROUNDINGS, ...options });
  const vote = Uint8Array.of(2, 0, 1, 1, 0, 1, 1);

  test('a peer can speak of so many topics and no more; what it says of others is asked for when they matter', () => {
    const member = make({ peerMax: 2 });
    member.linkUp(peer);
    for (let i = 0; i < 100; i += 1) member.handle(peer, { topic: `t${i}`, form: 'bit', body: vote });
    expect([member.size, member.dropped]).toEqual([2, 98]);
    const effects = member.propose('t50', 1);
    expect(effects).toContainEqual({
      kind: 'send',
      to: peer,
      topic: 't50',
      form: 'bit',
      body: Uint8Array.of(0),
    });
  });

  test('there is room for so many own topics', () => {
    const member = make({ ownMax: 2 });
    member.propose('a', 1);
    member.propose('b', 1);
    expect(['a', 'c'].map((topic) => member.hasRoom({ topic, form: 'bit' }))).toEqual([true, false]);
    expect(() => member.propose('c', 1)).toThrow('too many agreements');
  });

  test('the same proposal again changes nothing, another one is refused', () => {
    const member = make();
    expect(member.propose('a', 1).length).toBeGreaterThan(0);
    expect(member.propose('a', 1)).toEqual([]);
    expect(() => member.propose('a', 0)).toThrow('something else in "a"');
  });

  test.each(['', 'x'.repeat(129), '\ud800'])('%j is no topic', (topic) => {
    expect(() => make().propose(topic, 1)).toThrow('a topic');
  });

  test('what is no message is a fault, and everything is told to one peer now and then only', () => {
    const member = make();
    member.linkUp(peer);
    const fault = { kind: 'fault', accused: peer, code: 'malformed-message' };
    for (const body of [[9], [1, 0], [0, 0], [4, 2]])
      expect(member.handle(peer, { topic: 'a', form: 'bit', body: Uint8Array.from(body) })).toEqual([fault]);
    member.propose('a', 1);
    const ask = (): number => member.handle(peer, { topic: 'a', form: 'bit', body: Uint8Array.of(0) }).length;
    expect(ask()).toBeGreaterThan(0);
    expect(ask()).toBe(0);
    for (let i = 0; i < 10; i += 1) member.tick();
    expect(ask()).toBeGreaterThan(0);
  });

  test('what was decided is remembered for the last topics', () => {
    const member = make({ settledMax: 2 });
    for (const topic of ['a', 'b', 'c'])
      for (const from of committee.ids)
        member.handle(from, { topic, form: 'bit', body: Uint8Array.of(4, 1) });
    expect(['a', 'b', 'c'].map((topic) => member.decision({ topic, form: 'bit' })?.value)).toEqual([
      undefined,
      1,
      1,
    ]);
    expect(member.list().map(({ topic }) => topic)).toEqual(['c', 'b']);
  });
});
