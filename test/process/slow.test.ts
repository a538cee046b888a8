import { expect, test } from 'vitest';
import { Cluster } from './harness.ts';

const MIB = 1_048_576;
const PAYLOADS_EACH = 36;

test('a member that stands still while many megabytes pass slows nobody down, costs little, and catches up', async () => {
  const cluster = await Cluster.make({ limits: { payloadBytes: MIB, bytesPerSender: 8 * MIB, window: 64 } });
  const limits = { bufferedBytesPerPeer: 8 * MIB, pendingBytes: 8 * MIB };
  await Promise.all(cluster.members.map((member) => member.start({ limits })));
  await cluster.connected();
  const [slow, ...others] = cluster.members;
  if (slow === undefined) throw new Error();
  // Buffers of the runtime and of TLS grow with the first payloads, whoever is slow.
  for (const member of cluster.members) await member.broadcast('first ', { bytes: MIB });
  await cluster.agreed();

  const before = await Promise.all(others.map((member) => member.status()));
  slow.life.signal('SIGSTOP');
  let rssBytes: number[] = [];
  const sending = others.map(async (member) => {
    for (let count = 1; count <= PAYLOADS_EACH; count += 1) {
      await member.broadcast(`${member.name} ${count} `, { bytes: MIB });
    }
  });
  const watched = Promise.all(sending).then(() => cluster.agreed(others));
  let done = false;
  const settled = watched.finally(() => {
    done = true;
  });
  await cluster.until('the others deliver it all', async () => {
    const statuses = await Promise.all(others.map((member) => member.status()));
    rssBytes = statuses.map((status, i) => Math.max(rssBytes[i] ?? 0, status.rssBytes));
    return done;
  });
  expect(await settled).toBe(4 + 3 * PAYLOADS_EACH);
  for (const [i, { memoryBoundBytes, rssBytes: at }] of before.entries()) {
    expect((rssBytes[i] ?? 0) - at, `growth of ${others[i]?.name}`).toBeLessThan(memoryBoundBytes);
  }

  slow.life.signal('SIGCONT');
  expect(await cluster.agreed()).toBe(4 + 3 * PAYLOADS_EACH);
});
