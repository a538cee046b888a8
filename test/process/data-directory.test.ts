import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Cluster } from './harness.ts';
import type { Member } from './member.ts';

/** Some messages from everybody, delivered everywhere. */
async function someHistory(cluster: Cluster, each = 20): Promise<void> {
  for (const member of cluster.alive) {
    for (let count = 1; count <= each; count += 1)
      await member.broadcast(`${member.name} ${count} `, { bytes: 400 });
  }
  await cluster.agreed();
}

function dataDir(member: Member): string {
  if (member.setup.dataDir === false) throw new Error('it has none');
  return member.setup.dataDir;
}

/** The file of a log and where its last record ends: after it the file is filled with zeros. */
function lastSegment(member: Member): { path: string; bytes: Buffer; end: number } {
  const name = readdirSync(dataDir(member))
    .filter((file) => file.endsWith('.qcl'))
    .sort()
    .at(-1);
  const path = join(dataDir(member), name ?? '');
  const bytes = readFileSync(path);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return { path, bytes, end };
}

/** Starts it where it must be refused; the process stays, for want of a node, and is ended. */
async function startError(member: Member, changes: Parameters<Member['start']>[0] = {}): Promise<unknown> {
  const error = await member.start(changes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await member.kill();
  return error;
}

describe('a data directory', () => {
  test('has one process at a time, and one cluster and member for ever', async () => {
    const cluster = await Cluster.running();
    await someHistory(cluster, 2);
    const other = await Cluster.make();
    const [p0, p1] = cluster.members;
    if (p0 === undefined || p1 === undefined) throw new Error();

    expect(await startError(other.member(0), { dataDir: dataDir(p0) })).toMatchObject({
      code: 'ERR_DATA_DIR_LOCKED',
      message: expect.stringContaining(dataDir(p0)),
    });
    await p0.close();
    expect(await startError(other.member(0), { dataDir: dataDir(p0) })).toMatchObject({
      code: 'ERR_DATA_DIR',
    });
    await p1.close();
    expect(await startError(p0, { dataDir: dataDir(p1) })).toMatchObject({ code: 'ERR_DATA_DIR' });
    // Neither refusal has left a trace: both go on.
    await Promise.all([p0.start(), p1.start()]);
    await someHistory(cluster, 2);
  });

  test('damaged in the middle is refused with file and offset, with a torn end it goes on', async () => {
    const cluster = await Cluster.running();
    await someHistory(cluster);
    const victim = cluster.member(2);
    await victim.kill();
    const { path, bytes, end } = lastSegment(victim);
    const damaged = Buffer.from(bytes);
    const at = Math.floor(end / 2);
    damaged[at] = (damaged[at] ?? 0) ^ 0x40;
    writeFileSync(path, damaged);
    expect(await startError(victim)).toMatchObject({
      code: 'ERR_STORAGE_CORRUPT',
      message: expect.stringMatching(new RegExp(`^${path} is damaged at byte \\d+: `)),
    });
    await someHistory(cluster, 1);
    // Once repaired it is as if nothing had been; nor does it matter what a loss of power left after the last record
    // that anybody relied upon, whose own last bytes may be zeros like those after it.
    writeFileSync(path, Buffer.concat([bytes.subarray(0, end + 4), Buffer.alloc(500, 'rubbish ')]));
    await victim.start();
    expect(victim.life.eventsOf('notice')).toMatchObject([{ text: expect.stringContaining('tail-cut') }]);
    await someHistory(cluster, 3);
  });
});

describe('a member that lost what it had said', () => {
  /** Waits until the node closes itself; it ends without a vote. */
  async function disowned(cluster: Cluster, member: Member) {
    member.expectEnd();
    await cluster.until(`${member.name} closes`, () => member.life.eventsOf('closed').length > 0, 10_000);
    const [closed] = member.life.eventsOf('closed');
    await member.kill();
    return closed?.report.error;
  }

  test('its data directory gone, is refused by all, closes within seconds and stays silent', async () => {
    const cluster = await Cluster.running();
    await someHistory(cluster);
    const victim = cluster.member(3);
    await victim.kill();
    const kept = join(cluster.dir, 'kept');
    renameSync(dataDir(victim), kept);
    await victim.start();
    expect(await disowned(cluster, victim)).toMatchObject({
      code: 'ERR_STATE_LOST',
      message: expect.stringMatching(/remember another log of this member than this one$/),
      hint: expect.stringMatching(/it must not vote again in this epoch/),
    });
    const others = cluster.alive;
    // Two are enough: one of them is correct. The third need not have met it.
    const statuses = await Promise.all(others.map((member) => member.status()));
    const refusers = statuses.filter(({ refusals }) => (refusals['state-lost'] ?? 0) > 0);
    expect(refusers.length).toBeGreaterThanOrEqual(2);
    await someHistory(cluster, 1);
    // The right directory found again, it is one of them as before.
    rmSync(dataDir(victim), { recursive: true });
    renameSync(kept, dataDir(victim));
    await victim.start();
    await cluster.connected();
    await someHistory(cluster, 1);
  });

  /** Its directory as it is now, at another place. It is closed for that, and started again. */
  async function copied(cluster: Cluster, member: Member): Promise<string> {
    await member.close();
    const copy = join(cluster.dir, 'copy');
    cpSync(dataDir(member), copy, { recursive: true });
    await member.start();
    await cluster.connected();
    return copy;
  }

  test('on an older copy of its directory, is refused however often it starts', async () => {
    const cluster = await Cluster.running();
    await someHistory(cluster, 2);
    const victim = cluster.member(0);
    const copy = await copied(cluster, victim);
    await someHistory(cluster, 2);
    // Hellos tell the others how far its log has come.
    await victim.close();
    await victim.start();
    await cluster.connected();
    await victim.kill();
    await victim.start({ dataDir: copy });
    // What its callers bring meanwhile lengthens the copy. It must not come to look as if it were up to date.
    await Promise.allSettled(Array.from({ length: 20 }, (_, i) => victim.broadcast(`on the copy ${i}`)));
    expect(await disowned(cluster, victim)).toMatchObject({
      code: 'ERR_STATE_ROLLED_BACK',
      message: expect.stringMatching(/remember more of this member's log than is here$/),
    });
    for (let start = 1; start <= 3; start += 1) {
      expect(await startError(victim, { dataDir: copy })).toMatchObject({
        code: 'ERR_STATE_ROLLED_BACK',
        hint: expect.stringContaining(join(copy, 'disowned')),
      });
    }
    await victim.start();
    await cluster.connected();
    await cluster.agreed();
  });

  test.each([['run on'], ['were killed too']])(
    'on a copy so young that nobody knows better, sees it by what the others have of its own: they %s',
    async (what) => {
      const cluster = await Cluster.running();
      await someHistory(cluster, 1);
      const victim = cluster.member(1);
      const copy = await copied(cluster, victim);
      await victim.broadcast('said after the copy was made');
      await cluster.agreed();
      await victim.kill();
      const others = cluster.alive;
      if (what === 'were killed too') {
        await Promise.all(others.map((member) => member.kill()));
        await Promise.all(others.map((member) => member.start()));
      }
      await victim.start({ dataDir: copy, unwitnessed: true });
      expect(await disowned(cluster, victim)).toMatchObject({ code: 'ERR_STATE_ROLLED_BACK' });
      await victim.start();
      await cluster.connected();
      await someHistory(cluster, 1);
    },
  );

  test('having no directory at all, is refused from its second start on', async () => {
    const cluster = await Cluster.make();
    const [forgetful, ...others] = cluster.members;
    if (forgetful === undefined) throw new Error();
    await forgetful.start({ dataDir: false });
    await Promise.all(others.map((member) => member.start()));
    await cluster.connected();
    await someHistory(cluster, 3);
    expect((await forgetful.status()).storage).toMatchObject({ durable: false, bytes: 0 });
    await forgetful.kill();
    await forgetful.start({ dataDir: false });
    expect(await disowned(cluster, forgetful)).toMatchObject({ code: 'ERR_STATE_LOST' });
    await someHistory(cluster, 3);
  });
});
