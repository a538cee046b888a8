import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Prng, toHex } from '../../src/base/index.ts';
import { CRASH_WAYS, CrashDisk, type CrashWay } from './crash-disk.ts';
import { CrashWorld, type Victim } from './crash-world.ts';

// A process that ends at the k-th call to its disk, for every k of a run, in every way a call can end.

/** Messages of the victim in a run; the others say as many together. */
const ROUNDS = 16;
/** Bytes of a message: enough for a run to fill more than one file of its log. */
const BYTES = 6_000;

const base = mkdtempSync(join(tmpdir(), 'quorumcast-say-once-'));
afterAll(() => rmSync(base, { recursive: true, force: true }));
let runs = 0;

interface Story {
  /** Calls to the disk in each life. */
  readonly calls: readonly number[];
  readonly world: CrashWorld;
}

interface Life {
  readonly world: CrashWorld;
  readonly victim: Victim;
  readonly disk: CrashDisk;
  /** What any earlier life called durable. */
  readonly accepted: ReadonlySet<number>;
}

/** Lets the event loop turn, and now and then the clock that members have. */
async function settled(condition: () => boolean, world: CrashWorld, what: string): Promise<void> {
  const startedMs = performance.now();
  for (let turn = 0; !condition(); turn += 1) {
    if (performance.now() - startedMs > 20_000) expect.fail(`${what}: it stands still`);
    if (turn % 10 === 9) world.tick();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * Lives of one victim: all but the last end as told. Then everything that it ever called durable has to be delivered
 * by everybody, the same, and nobody may have been told two things.
 */
async function live(crashes: readonly (readonly [at: number, way: CrashWay])[], n = 4): Promise<Story> {
  const world = new CrashWorld(n, Math.floor((n - 1) / 3));
  runs += 1;
  const dir = join(base, `${runs}`);
  const calls: number[] = [];
  const accepted = new Set<number>();
  let rounds = 0;
  for (const [at, way] of [...crashes, [Number.POSITIVE_INFINITY, 'after'] as const]) {
    const what = `${n} members, crashes ${JSON.stringify(crashes)}`;
    const disk = new CrashDisk(at, way);
    const victim = await world.start(dir, disk).catch((error: unknown) => {
      // Only a process that died meanwhile may fail to start.
      expect(disk.dead, `${what}: ${String(error)}`).toBe(true);
    });
    if (victim !== undefined) {
      rounds = await speak({ world, victim, disk, accepted }, rounds, `${what}, life ${calls.length + 1}`);
      for (const seq of victim.accepted) accepted.add(seq);
      if (!disk.dead) expectDelivered(world, victim, accepted, what);
      await world.bury(victim);
    }
    calls.push(disk.calls);
  }
  expect(world.contradictions).toEqual([]);
  rmSync(dir, { recursive: true, force: true });
  return { calls, world };
}

/** Broadcasts in turn with the others until all is said or the process is dead. Returns the rounds done so far. */
async function speak(life: Life, from: number, what: string): Promise<number> {
  const { world, victim, disk, accepted } = life;
  const others = world.committee.ids.slice(1);
  for (let round = from; round < ROUNDS; round += 1) {
    // Something else than in any other life: who forgot what it said would say this in its place.
    const seq = victim.driver.submit(Buffer.alloc(BYTES, `round ${round}, ${what}. `));
    world.submit(world.committee.member(1 + (round % others.length)), `round ${round} of another`);
    await settled(() => disk.dead || victim.accepted.includes(seq), world, what);
    if (disk.dead) return round;
  }
  await settled(() => disk.dead || isDone(world, victim, accepted), world, what);
  return ROUNDS;
}

/** Whether all have delivered equally much of every sender, and the victim all it said. */
function isDone(
  { committee, delivered, self }: CrashWorld,
  victim: Victim,
  accepted: ReadonlySet<number>,
): boolean {
  const { store, driver } = victim;
  const own = (driver.nextOwnInstance ?? 1) - 1;
  if ([...accepted, ...victim.accepted].some((seq) => store.find(self, seq) === undefined)) return false;
  return committee.ids.every((sender) => {
    const counts = [...delivered.values()].map((of) => of.get(sender)?.length ?? 0);
    const here = counts[0] ?? 0;
    const same = counts.every((count) => count === here) && store.entry(sender, here + 1) === undefined;
    return (
      same && (here === 0 || store.entry(sender, here) !== undefined) && (sender !== self || here === own)
    );
  });
}

function expectDelivered(
  world: CrashWorld,
  { store }: Victim,
  accepted: ReadonlySet<number>,
  what: string,
): void {
  for (const sender of world.committee.ids) {
    const logs = [...world.delivered.values()].map((of) => of.get(sender) ?? []);
    for (const log of logs) expect(log, what).toEqual(logs[0]);
    for (const [index, digest] of (logs[0] ?? []).entries()) {
      const entry = store.entry(sender, index + 1);
      expect(entry && toHex(entry.digest), what).toBe(digest);
    }
  }
  for (const seq of accepted) expect(store.find(world.self, seq), `${what}: lost p0#${seq}`).toBeDefined();
}

describe('a member that is killed', () => {
  test.each(CRASH_WAYS)('at every single call to its disk (%s it) never says two things', async (way) => {
    const { calls } = await live([]);
    const last = calls[0] ?? 0;
    // Opening, a good many turns, and a second file.
    expect(last).toBeGreaterThan(25);
    for (let at = 1; at <= last; at += 1) {
      const story = await live([[at, way]]);
      expect(story.calls[0]).toBeGreaterThan(0);
    }
  });

  test('again while it recovers, and again, comes back all the same', async () => {
    const prng = new Prng(20_261);
    for (let run = 0; run < 60; run += 1) {
      const crashes = Array.from(
        { length: 2 + prng.below(3) },
        () => [1 + prng.below(24), prng.pick(CRASH_WAYS)] as const,
      );
      await live(crashes);
    }
  });

  test.each([5, 6])('among %i members too', async (n) => {
    for (let at = 1; at <= 60; at += 3) await live([[at, CRASH_WAYS[at % CRASH_WAYS.length] ?? 'after']], n);
  });
});
