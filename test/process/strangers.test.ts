import { connect as connectPlain } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { type ConnectionOptions, connect } from 'node:tls';
import { expect, test } from 'vitest';
import { generateIdentity } from '../../src/node/index.ts';
import { Cluster } from './harness.ts';
import type { Member } from './member.ts';

const PER_SECOND = 200;
const SECONDS = 3;

const STRANGER = generateIdentity('p0').tlsCredentials();
const LINK = {
  rejectUnauthorized: false,
  ALPNProtocols: ['quorumcast/1'],
} as const satisfies ConnectionOptions;

/** How strangers knock, and the reason they are counted under. */
const STRANGERS: readonly {
  readonly reason: string;
  readonly knock: (port: number) => ReturnType<typeof connectPlain>;
}[] = [
  { reason: 'no-certificate', knock: (port) => connect({ ...LINK, host: '127.0.0.1', port }) },
  { reason: 'not-a-member', knock: (port) => connect({ ...LINK, ...STRANGER, host: '127.0.0.1', port }) },
  {
    reason: 'tls-version',
    knock: (port) =>
      connect({ ...LINK, host: '127.0.0.1', port, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }),
  },
  {
    reason: 'tls-failed',
    knock: (port) => {
      const socket = connectPlain({ host: '127.0.0.1', port });
      socket.on('connect', () => socket.write('GET / HTTP/1.1\r\nHost: nobody\r\n\r\n'));
      return socket;
    },
  },
];

/** Knocks at the door of `member` so often a second; resolves when all are gone. Returns how many there were. */
async function crowd(member: Member): Promise<number> {
  const gone: Promise<void>[] = [];
  const began = performance.now();
  for (let elapsed = 0; elapsed < SECONDS; elapsed = (performance.now() - began) / 1_000) {
    for (let due = Math.floor(elapsed * PER_SECOND) - gone.length; due > 0; due -= 1) {
      const socket = STRANGERS[gone.length % STRANGERS.length]?.knock(member.port);
      if (socket === undefined) continue;
      socket.on('error', () => undefined).resume();
      gone.push(new Promise((resolve) => socket.once('close', () => resolve())));
    }
    await pause(5);
  }
  await Promise.all(gone);
  return gone.length;
}

test('strangers at the door, two hundred a second: refused and counted, and delivery goes on', async () => {
  const cluster = await Cluster.running();
  const door = cluster.member(3);
  for (const member of cluster.members) await member.load(20);
  const before = await door.status();
  const strangers = await crowd(door);
  const after = await door.status();
  await Promise.all(cluster.members.map((member) => member.rest()));

  const refused = Object.values(after.refusals).reduce((total, count) => total + count, 0);
  expect(strangers).toBeGreaterThan(PER_SECOND);
  expect(refused).toBe(strangers);
  for (const { reason } of STRANGERS) expect(after.refusals[reason], reason).toBeGreaterThan(0);
  expect(after.delivered).toBeGreaterThan(before.delivered + 20);
  // Nobody's link suffered from it.
  for (const member of cluster.members) {
    expect(member.life.eventsOf('state').map(({ to }) => to)).not.toContain('closed');
    expect(await member.status()).toMatchObject({ state: 'ready', peers: { up: 3 } });
  }
  expect(after.rssBytes - before.rssBytes).toBeLessThan(after.memoryBoundBytes);
  await cluster.agreed();
});
