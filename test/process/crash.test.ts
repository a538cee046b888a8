import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Cluster } from './harness.ts';
import type { Member } from './member.ts';

const ROUNDS = 2;

/** Waits until this member's own load has moved on by some messages: it is really at work. */
async function atWork(cluster: Cluster, member: Member): Promise<void> {
  const before = member.lastAccepted;
  await cluster.until(`${member.name} broadcasts`, () => member.lastAccepted >= before + 5);
}

/** Waits until `member` has delivered something of each of these that it had not before. */
async function followed(cluster: Cluster, member: Member, senders: readonly Member[]): Promise<void> {
  const goals = senders.map(({ id, lastAccepted }) => ({ id, seq: lastAccepted + 1 }));
  await cluster.until(`${member.name} delivers what is said now`, async () => {
    const { streams } = await member.status();
    return goals.every(({ id, seq }) => (streams[id]?.delivered ?? 0) >= seq);
  });
}

/** What is not synced is lost with the process: as at a loss of power, which is what all the syncing is for. */
const SETUP = { disk: 'volatile' } as const;

describe('kill -9 under load', () => {
  test('of each member in turn: nothing acknowledged is lost, nothing is said twice differently', async () => {
    const cluster = await Cluster.running({ setup: SETUP });
    // Hardly a moment without a message of its own under way: killed, it must have nothing said that it forgets.
    for (const member of cluster.members) await member.load(1);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const victim of cluster.members) {
        await atWork(cluster, victim);
        // At any point of its work, not always right after a message.
        await pause(Math.random() * 30);
        await victim.kill();
        const others = cluster.alive;
        for (const other of others) await atWork(cluster, other);
        await victim.start();
        await victim.load(1);
        await followed(cluster, victim, cluster.members);
      }
    }
    await Promise.all(cluster.members.map((member) => member.rest()));
    const messages = await cluster.agreed();
    expect(messages).toBeGreaterThan(ROUNDS * 4 * 20);
  });

  test('of all members at once, and of the only two that are left', async () => {
    const cluster = await Cluster.running({ setup: SETUP });
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.all(cluster.members.map((member) => member.load(2)));
      for (const member of cluster.members) await atWork(cluster, member);
      await Promise.all(cluster.members.map((member) => member.kill()));
      await Promise.all(cluster.members.map((member) => member.start()));
      await cluster.agreed();
    }
    const [p0, p1, p2, p3] = cluster.members;
    if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined) throw new Error();
    await Promise.all([p2.kill(), p3.kill()]);
    // Accepted, though too few are there to deliver it.
    for (let count = 1; count <= 10; count += 1) {
      await p0.broadcast(`said by two ${count}`);
      await p1.broadcast(`said by two ${count}`);
    }
    await Promise.all([p0.kill(), p1.kill()]);
    await Promise.all(cluster.members.map((member) => member.start()));
    await cluster.agreed();
  });
});
