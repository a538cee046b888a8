import { expect, test } from 'vitest';
import { Cluster } from './harness.ts';

test('every member is restarted in turn while all are at work: nothing is lost, nothing comes twice', {
  timeout: 120_000,
}, async () => {
  const cluster = await Cluster.running();
  for (const member of cluster.members) await member.load(1, 200);
  for (const member of cluster.members) {
    const others = cluster.members.filter((other) => other !== member);
    const before = others.map(({ lastAccepted }) => lastAccepted);
    expect(await member.close()).toMatchObject({ clean: true, error: undefined });
    await cluster.until('the others go on meanwhile', () =>
      others.every(({ lastAccepted }, i) => lastAccepted > (before[i] ?? 0) + 5),
    );
    await member.start();
    await cluster.until('it is back', async () => (await member.status()).state === 'ready');
    await member.load(1, 200);
  }
  for (const member of cluster.members) await member.rest();
  // The same log everywhere, each message once and in the order of its sender: the harness compares.
  await cluster.agreed();
});
