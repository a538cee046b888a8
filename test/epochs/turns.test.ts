import { describe, expect, test } from 'vitest';
import type { NodeId } from '../../src/committee/index.ts';
import {
  type ClusterDefinition,
  initCluster,
  nextCluster,
  parseClusterDefinition,
} from '../../src/node/cluster/index.ts';
import { dueOf, Passage, type Traveller } from '../../src/node/epochs/passage.ts';
import { generateIdentity, makeCard } from '../../src/node/identity/index.ts';
import { LIMITS, World } from './world.ts';

// Members die one after the other while all go over, and each time the others are handed a definition that gives up one more.
// Some may have gone over by an earlier one, and nobody can tell: in the end all have gone over by the same.

/** `LAB_FACTOR=10` runs ten times as many. */
const FACTOR = Number(process.env['LAB_FACTOR'] ?? '1');

/** The definition of n members, and those that may follow it: the k-th gives up the last k members. */
function definitions(n: number, gone: number): readonly [ClusterDefinition, ...ClusterDefinition[]] {
  const cards = Array.from({ length: n }, (_, i) =>
    makeCard(generateIdentity(`p${i}`), [`127.0.0.1:${7_000 + i}`]),
  );
  const file = initCluster(cards, { name: 'turns' }).toJSON();
  const before = parseClusterDefinition(JSON.stringify({ ...file, limits: LIMITS }), 'turns');
  const names = before.members.map(({ name }) => name);
  const addresses = new Map([['p0', ['127.0.0.1:9']]]);
  const next = Array.from({ length: gone + 1 }, (_, k) =>
    nextCluster(before, { addresses, ...(k === 0 ? {} : { givenUp: names.slice(n - k) }) }),
  );
  return [before, ...next];
}

class Trip {
  readonly world: World;
  readonly turned = new Map<number, Passage>();
  readonly #before: ClusterDefinition;
  readonly #passages = new Map<number, Passage[]>();

  constructor(world: World, before: ClusterDefinition) {
    this.world = world;
    this.#before = before;
    // What was heard of others is forgotten; what was accepted is not.
    world.onKill = (at) => {
      const known = this.#passages.get(at) ?? [];
      this.#passages.set(
        at,
        known.map(({ next }) => new Passage(before, next)),
      );
    };
  }

  accept(at: NodeId, cluster: ClusterDefinition): void {
    if (this.turned.has(at)) return;
    const volume = { cluster, dir: '', identity: { logId: new Uint8Array(16), mark: 1 }, since: '' };
    const passage = new Passage(this.#before, volume);
    this.#passages.set(at, [...(this.#passages.get(at) ?? []), passage]);
    this.world.accept(at, { successor: cluster.digest, givenUp: passage.givenUp });
  }

  #traveller(at: NodeId): Traveller {
    const { disk, member } = this.world.host(at);
    return {
      ...{ id: at, member, peers: () => [] },
      store: {
        entry: (sender, instance) => {
          const found = disk.entry(sender, instance);
          return found && { digest: found.delivered.digest, echo: found.echo, firstSeq: 1, count: 0 };
        },
        payload: (digest) => Promise.resolve(disk.kept(digest)),
      },
    };
  }

  /** As a node looks how far it is, now and then. */
  async look(at: NodeId): Promise<void> {
    const passages = this.#passages.get(at) ?? [];
    if (this.turned.has(at) || this.world.silent.has(at)) return;
    const node = this.#traveller(at);
    for (const passage of passages) {
      const cuts = await passage.cut(node);
      if (passage !== passages.at(-1)) continue;
      for (const [sender, cut] of cuts ?? [])
        this.world.turn(at, () => this.world.host(at).member.settle(sender, cut));
    }
    this.#visit(passages.filter((passage) => passage.drained(node)));
    const due = dueOf(passages, node);
    if (due === undefined) return;
    this.turned.set(at, due);
    // It leaves the links of the epoch, and says nothing there any more.
    this.world.silent.add(at);
  }

  /** On the threshold of the next epoch those are met that have gone over by the same definition, unless they are dead. */
  #visit(drained: readonly Passage[]): void {
    const passage = drained[this.world.prng.below(Math.max(1, drained.length))];
    if (passage === undefined || !this.world.prng.chance(1, 4)) return;
    const there = [...this.turned].filter(
      ([at, by]) => by.next.cluster === passage.next.cluster && !this.dead.has(at),
    );
    const names = there.map(([at]) => this.#before.members[at]?.name ?? '');
    passage.note(names, names);
  }

  readonly dead = new Set<number>();

  die(at: NodeId): void {
    this.dead.add(at);
    this.world.silent.add(at);
  }
}

async function travel(n: number, gone: number, seed: number): Promise<Trip> {
  const [before, ...next] = definitions(n, gone);
  const world = new World({ n, seed, form: 'early', givenUp: gone, liars: 0, honest: true });
  const trip = new Trip(world, before);
  const { prng } = world;
  const { ids } = world.committee;
  for (const at of ids) {
    world.turn(at, (member) => {
      for (let i = 0; i < 6; i += 1) member.submit(Uint8Array.of(at, i));
      return [];
    });
  }
  for (let steps = prng.below(40 * n); steps > 0; steps -= 1) world.step(true);
  // When each next one is handed out, and the member dies that it gives up: near the end of the change, or before it.
  const due = new Map<NodeId, ClusterDefinition[]>(ids.map((id) => [id, []]));
  let handed = 0;
  let steps = 0;
  let nextAt = 0;
  const done = (): boolean => world.correct.every((at) => trip.turned.has(at));
  for (; !done() && steps < 25_000; steps += 1) {
    if (handed < next.length && steps >= nextAt) {
      const victim = handed === 0 ? undefined : ids[n - handed];
      if (victim !== undefined) trip.die(victim);
      const cluster = next[handed];
      for (const id of ids) if (cluster !== undefined) due.get(id)?.push(cluster);
      handed += 1;
      nextAt = steps + 20 * n + prng.below(110 * n);
    }
    for (const id of ids) {
      const cluster = due.get(id)?.[0];
      if (cluster === undefined || trip.dead.has(id) || !prng.chance(1, 40)) continue;
      due.get(id)?.shift();
      const { name = '' } = before.members[id] ?? {};
      if (!cluster.givenUp.includes(name)) trip.accept(id, cluster);
    }
    world.step(steps < 3_000);
    if (steps % 4 === 0) for (const id of ids) await trip.look(id);
  }
  return trip;
}

describe.each([
  [4, 1, 4],
  [5, 1, 3],
  [6, 1, 2],
  [7, 2, 1],
])('n = %i, %i die', (n, gone, seeds) => {
  test('all that live go over by the same definition, with the same delivered', async () => {
    for (let seed = 1; seed <= seeds * FACTOR; seed += 1) {
      const trip = await travel(n, gone, 100 * n + seed);
      const { correct } = trip.world;
      const by = correct.map((at) => trip.turned.get(at)?.next.cluster.givenUp.length);
      expect(by, `seed ${seed}`).toEqual(correct.map(() => by[0] ?? 'nowhere'));
      for (const sender of trip.world.committee.ids) {
        const log = trip.world.log(0, sender).filter((payload) => payload.length < 34 || payload[1] !== 0);
        for (const at of correct) {
          const other = trip.world
            .log(at, sender)
            .filter((payload) => payload.length < 34 || payload[1] !== 0);
          expect(other, `seed ${seed}: ${sender} at ${at}`).toEqual(log);
        }
      }
    }
  });
});

describe('who has ended for a second definition', () => {
  const [before, first, second] = definitions(4, 1);
  if (first === undefined || second === undefined) throw new Error('there are two');
  const volume = (cluster: ClusterDefinition) => ({
    ...{ cluster, dir: '', since: '' },
    identity: { logId: new Uint8Array(16), mark: 1 },
  });
  const passages = (): readonly [Passage, Passage] => [
    new Passage(before, volume(first)),
    new Passage(before, volume(second)),
  ];
  // All have ended for the first and are known to have it all; p0 and p1 have ended for the second as well.
  const ends = [[first, second], [first, second], [first], [first]];
  const streams = before.committee.ids.map((sender) => {
    const named = (ends[sender] ?? []).map(({ digest }) => digest);
    const [base, ended] = [named.length + 1, named.at(-1)];
    const rest = { nextSeq: 1, open: 0, openSinceTick: undefined, bytesHeld: 0, behind: 0, beyond: false };
    return {
      ...rest,
      sender,
      base,
      ended,
      ends: named,
      broken: false,
      droppedOutsideWindow: 0,
      droppedOverBudget: 0,
    };
  });
  const node: Traveller = {
    id: before.committee.member(0),
    peers: () => [],
    member: { streams: () => streams, basesOf: () => streams.map(({ base }) => base) },
    store: { entry: () => undefined, payload: () => Promise.resolve(undefined) },
  };

  test('does not go over by the first of its own judgement, as it would have before', () => {
    const [one, two] = passages();
    expect(dueOf([one], node)).toBe(one);
    expect(dueOf([one, two], node)).toBeUndefined();
  });

  test('does so where one that is not given up was met there, and not where only one was that is', () => {
    const [one, two] = passages();
    one.note(['p3'], ['p3']);
    expect(dueOf([one, two], node)).toBeUndefined();
    one.note(['p2'], []);
    expect(dueOf([one, two], node)).toBeUndefined();
    one.note(['p2'], ['p2']);
    expect(dueOf([one, two], node)).toBe(one);
  });
});
