import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Cluster } from './harness.ts';
import type { Member } from './member.ts';

/** Whether system calls can be tampered with here: strace is there and may trace. */
const STRACE = spawnSync('strace', ['-f', '-e', 'trace=fdatasync', 'true']).status === 0;
const ROOT = process.getuid?.() === 0;

const TITLE = 'system calls of a member';

/** What to run a member under so that this happens to its system calls. */
function tampering(inject: string): readonly string[] {
  const call = inject.slice(0, inject.indexOf(':'));
  // -D: the member is the child of this process, and strace its own: who kills the child kills the member.
  return [
    'strace',
    '-D',
    '-f',
    '-q',
    '-q',
    '-o',
    '/dev/null',
    '-e',
    `trace=${call}`,
    '-e',
    `inject=${inject}`,
  ];
}

async function ended(cluster: Cluster, member: Member): Promise<void> {
  await cluster.until(`${member.name} ends`, () => !member.alive);
}

/** Starts it again where nothing is tampered with, and waits until it takes part. */
async function takesPart(cluster: Cluster, member: Member): Promise<void> {
  await member.start();
  const before = member.lastAccepted;
  await member.broadcast('back again');
  expect(member.lastAccepted).toBeGreaterThan(before);
  await cluster.connected();
}

describe(STRACE ? TITLE : `${TITLE} (skipped: needs strace)`, () => {
  test.skipIf(!STRACE).each([
    ['fdatasync', [2, 5, 9, 14]],
    ['pwrite64', [3, 8, 13]],
  ])('end it at %s number %j: it comes back, and contradicts nothing', async (call, calls) => {
    const cluster = await Cluster.running();
    const victim = cluster.member(1);
    for (const member of cluster.members) if (member !== victim) await member.load(20);
    for (const at of calls) {
      await victim.kill();
      // It may die before it has answered.
      const started = victim.start({}, tampering(`${call}:signal=SIGKILL:when=${at}`)).then(
        () => victim.load(2),
        () => undefined,
      );
      victim.expectEnd();
      await started.catch(() => undefined);
      await ended(cluster, victim);
      expect(victim.life.exit?.signal).toBe('SIGKILL');
      await takesPart(cluster, victim);
    }
    await Promise.all(cluster.members.map((member) => (member === victim ? undefined : member.rest())));
    await cluster.agreed();
  });

  test.skipIf(!STRACE).each([
    ['fdatasync:error=EIO:when=6', /fdatasync/],
    ['pwrite64:error=ENOSPC:when=6+', /ENOSPC/],
  ])('fail (%s): it votes no more, says why, the others go on', async (inject, why) => {
    const cluster = await Cluster.running();
    const victim = cluster.member(2);
    await victim.kill();
    await victim.start({}, tampering(inject));
    victim.expectEnd();
    await victim.load(2).catch(() => undefined);
    await cluster.until('it closes', () => victim.life.eventsOf('closed').length > 0);
    const [closed] = victim.life.eventsOf('closed');
    expect(closed?.report.error).toMatchObject({
      code: 'ERR_STORAGE_FAILED',
      message: expect.stringMatching(why),
    });
    await cluster.member(0).broadcast('without it');
    await cluster.until('the others deliver it', async () => {
      const others = cluster.members.filter((member) => member !== victim);
      const statuses = await Promise.all(others.map((member) => member.status()));
      return statuses.every(({ streams }) => (streams[0]?.delivered ?? 0) >= 1);
    });
    await victim.kill();
    await takesPart(cluster, victim);
    await cluster.agreed();
  });
});

/** A file system of two megabytes under a member's log, which the superuser may have. */
function smallDisk(dir: string): void {
  mkdirSync(dir, { mode: 0o700 });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'quorumcast-test', dir]);
  if (status !== 0) throw new Error(String(stderr));
  onTestFinished(() => {
    // Lazily: the member may still run.
    spawnSync('umount', ['-l', dir]);
  });
}

/** Whether this process may mount. */
const MOUNT = ROOT && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
const DISK_TITLE = 'a disk that is really full';

describe(MOUNT ? DISK_TITLE : `${DISK_TITLE} (skipped: only the superuser may mount one)`, () => {
  test.skipIf(!MOUNT)('stops its member, which goes on once there is room', async () => {
    const cluster = await Cluster.make();
    const victim = cluster.member(3);
    const small = join(cluster.dir, 'small');
    smallDisk(small);
    const dataDir = join(small, 'p3');
    const setup = { dataDir };
    await Promise.all(cluster.members.map((member) => member.start(member === victim ? setup : {})));
    await cluster.connected();
    victim.expectEnd();
    const [first] = cluster.members;
    for (let count = 1; victim.life.eventsOf('closed').length === 0; count += 1) {
      await first?.broadcast(`to fill it ${count} `, { bytes: 200_000 });
    }
    const [closed] = victim.life.eventsOf('closed');
    expect(closed?.report.error).toMatchObject({
      code: 'ERR_STORAGE_FAILED',
      message: expect.stringMatching(/ENOSPC/),
      hint: expect.stringMatching(/^Free space/),
    });
    await victim.kill();
    await first?.broadcast('without it');
    await cluster.agreed();
    spawnSync('mount', ['-o', 'remount,size=64m', small]);
    await victim.start(setup);
    await cluster.connected();
    await cluster.agreed();
  });

  test.skipIf(!MOUNT)('or read-only, lets no member start, and says where', async () => {
    const cluster = await Cluster.make();
    const victim = cluster.member(0);
    const small = join(cluster.dir, 'small');
    smallDisk(small);
    spawnSync('mount', ['-o', 'remount,ro', small]);
    const dataDir = join(small, 'p0');
    await expect(victim.start({ dataDir })).rejects.toMatchObject({
      code: 'ERR_DATA_DIR',
      message: expect.stringContaining(dataDir),
    });
    await victim.kill();
  });
});
