import { describe, expect, test } from 'vitest';
import { messagesOf, successorOf } from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import { type Change, LIMITS, World, type WorldOptions } from './world.ts';

// Members that are given up: what all others deliver of them is the same, whatever was on its way and whoever lies.

/** `LAB_FACTOR=10` runs ten times as many. */
const SEEDS = 4 * Number(process.env['LAB_FACTOR'] ?? '1');

/** Definitions that follow, each of which gives up more than the one before; the first may give up nobody. */
function changesOf(world: World): Change[] {
  const { gone, prng } = world;
  const changes: Change[] = [];
  for (let count = prng.below(gone.length + 1); count <= gone.length; count += 1)
    changes.push({ successor: new Uint8Array(32).fill(count + 1), givenUp: gone.slice(0, count) });
  return changes;
}

/** Runs the change in one seed, and returns what every correct member delivered of every sender. */
function run(options: WorldOptions): World {
  const world = new World(options);
  const { prng, hosts, correct } = world;
  const speak = (): void => {
    for (const at of hosts.keys()) {
      if (at < world.committee.n && hosts[at]?.member.streams()[at]?.ended !== undefined) continue;
      // A face each: what they say under one number differs.
      world.turn(at, (member) => {
        if (accepting.has(at)) return [];
        for (let i = 0; i < 5; i += 1) member.submit(Uint8Array.of(at, i, ...new Uint8Array(prng.below(40))));
        return [];
      });
    }
  };
  const accepting = new Set<number>();
  speak();
  for (let steps = prng.below(60 * options.n); steps > 0; steps -= 1) world.step(true);
  speak();
  const changes = changesOf(world);
  const last = changes.at(-1);
  if (last === undefined) throw new Error('there is one');
  // Everybody comes to each definition at a time of its own, or to the last one alone.
  const due = new Map<NodeId, Change[]>();
  for (const at of [...correct, ...world.liars]) due.set(at, prng.chance(1, 4) ? [last] : [...changes]);
  const done = (): boolean => correct.every((at) => world.drained(at, last));
  let steps = 0;
  for (; !done() && steps < 60_000; steps += 1) {
    for (const [at, todo] of due) {
      const next = todo[0];
      if (next === undefined || !prng.chance(1, 60)) continue;
      todo.shift();
      accepting.add(at);
      world.accept(at, next);
    }
    world.step(steps < 4_000);
    if (steps % 5 === 0) for (const at of correct) world.look(at);
  }
  expect(done(), `${JSON.stringify(options)}: the change comes to an end`).toBe(true);
  // What is still under way changes nothing.
  for (let rest = 0; rest < 600; rest += 1) world.step(false);
  return world;
}

function expectSame(world: World, options: WorldOptions): void {
  const [first = world.committee.member(0), ...others] = world.correct;
  for (const sender of [...world.correct, ...world.gone]) {
    const log = world.log(first, sender);
    for (const at of others)
      expect(world.log(at, sender), `${JSON.stringify(options)}: ${sender} at ${at}`).toEqual(log);
    if (!world.correct.includes(sender)) continue;
    const said = log.flatMap((payload) => messagesOf(payload, LIMITS)).map((message) => message[1]);
    expect(said.length).toBeGreaterThan(0);
    const end = log.findIndex((payload) => successorOf(payload) !== undefined);
    expect(log.slice(end).every((payload) => successorOf(payload) !== undefined)).toBe(true);
  }
}

const COMMITTEES = [
  [4, 1, 0],
  [5, 1, 0],
  [6, 1, 0],
  [7, 1, 1],
  [7, 2, 0],
  [8, 1, 1],
  [9, 2, 0],
] as const;

describe.each(COMMITTEES)('n = %i, %i given up, %i that lie', (n, givenUp, liars) => {
  test.each(['early', 'classic'] as const)('%s: all others deliver the same of everybody', (form) => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const options = { n, givenUp, liars, form, seed: 1_000 * n + seed };
      expectSame(run(options), options);
    }
  });

  test('in shards: all others deliver the same of everybody', () => {
    for (let seed = 1; seed <= SEEDS / 2; seed += 1) {
      const options = { n, givenUp, liars, form: 'early' as const, coded: true, seed: 5_000 * n + seed };
      expectSame(run(options), options);
    }
  });
});
