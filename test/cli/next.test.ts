import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { jsonLines, quorumcast, type Result, temporaryFolder } from './harness.ts';

// p1 to p4 run epoch 1. In epoch 2 p4 is gone, p3 has a new key, p2 another address, and p5 joins.

const dir = temporaryFolder();
const OLD = ['p1', 'p2', 'p3', 'p4'];

const run = (...args: string[]): Promise<Result> => quorumcast(args, { cwd: dir });
const text = (name: string): string => readFileSync(join(dir, name), 'utf8');
const propose = (...args: string[]): Promise<Result> =>
  run('cluster', 'next', 'new/p3.card.json', 'p5.card.json', '--without', 'p4', ...args);
const CHANGE = ['--address', 'p2=elsewhere.example:9', '--address', 'p2=[::1]:9'];

beforeAll(async () => {
  await Promise.all(
    [...OLD, 'p5'].map((name, i) => run('keygen', name, '-a', `${name}.example:${7401 + i}`)),
  );
  await run('keygen', 'p3', '-a', 'p3.example:7403', '-o', 'new');
  await run(
    'cluster',
    'init',
    '-n',
    'settle',
    ...OLD.map((name) => `${name}.card.json`),
    '-o',
    'cluster.json',
  );
  for (const name of OLD) await run('cluster', 'sign', '-k', `${name}.key`);
  await propose(...CHANGE, '-o', 'next.json');
});

describe('cluster next', () => {
  test('keeps what is not named and says what changes', async () => {
    const { code, stdout, stderr } = await propose(...CHANGE);
    expect(code).toBe(0);
    expect(stdout).toBe(text('next.json'));
    const next = JSON.parse(stdout);
    expect(next).toMatchObject({ name: 'settle', epoch: 2, faulty: 1, signatures: {} });
    const [shown] = jsonLines((await run('cluster', 'show', '--json')).stdout);
    expect(next.previous).toBe((shown as { digest: string }).digest);
    expect(next.members.map(({ name }: { name: string }) => name)).toEqual(['p1', 'p2', 'p3', 'p5']);
    expect(next.members[1].addresses).toEqual(['elsewhere.example:9', '[::1]:9']);
    expect(next.members[2].publicKey).toBe(JSON.parse(text('new/p3.card.json')).publicKey);
    for (const line of [
      'members.p2.addresses differs: p2.example:7402 and elsewhere.example:9, [::1]:9',
      'members.p3.publicKey differs',
      'members.p4 is only in the first',
      'members.p5 is only in the second',
    ]) {
      expect(stderr).toContain(`  ${line}\n`);
    }
  });

  test('refuses a name that is none, one that leaves and comes, and too many faulty', async () => {
    const nobody = await run('cluster', 'next', '--without', 'p9');
    expect(nobody.code).toBe(64);
    expect(nobody.stderr).toContain(
      '"p9" is no member of cluster "settle"\n  -> its members are p1, p2, p3, p4',
    );
    const both = await run('cluster', 'next', 'new/p3.card.json', '--without', 'p3');
    expect(both.stderr).toContain('"p3" leaves and comes at once');
    const many = await propose('--faulty', '2');
    expect(many.code).toBe(78);
    expect(many.stderr).toContain('n=4, f=2 is impossible');
    const odd = await run('cluster', 'next', '--address', 'p2');
    expect(odd.stderr).toContain('write --address NAME=HOST:PORT');
  });
});

describe('cluster sign of a definition that follows another', () => {
  const sign = (key: string, ...args: string[]): Promise<Result> =>
    run('cluster', 'sign', 'next.json', '-k', key, ...args);

  test('members of both epochs sign, each with no more than its own key', async () => {
    // Found beside the file, or named.
    expect((await sign('p1.key')).stdout).toMatch(
      /^p1 signed and approved {2}.* signed 1\/4, missing: p2, p3, p5; {2}approved 1\/3, by p1\n$/,
    );
    expect((await sign('p2.key', '--previous', 'cluster.json')).stdout).toMatch(
      /approved 2\/3, by p1, p2\n$/,
    );
    // Three of the four have to approve; the leaving one may be one of them.
    const verify = ['cluster', 'verify', 'next.json', '--previous', 'cluster.json'];
    expect((await run(...verify)).code).toBe(2);
    expect((await sign('p4.key')).stdout).toMatch(/^p4 approved .*missing: p3, p5; {2}approved 3\/3/);
    // p3's new key signs; its old one could only approve.
    expect((await sign('new/p3.key')).stdout).toMatch(/^p3 signed {2}/);
    expect((await sign('p5.key')).stdout).toMatch(/^p5 signed {2}.* signed 4\/4; {2}approved 3\/3/);
    expect((await sign('p3.key')).stdout).toMatch(/^p3 approved {2}/);
    expect((await sign('p3.key')).stdout).toMatch(/^p3 had approved before {2}/);
    const verified = await run(...verify, '--json');
    expect(verified.code).toBe(0);
    expect(jsonLines(verified.stdout)).toMatchObject([
      { verdict: 'ok', missing: [], approvals: { approved: OLD, missing: [], invalid: [], need: 3 } },
    ]);
  });

  test('a key approves one successor only, unless its owner gives the other one up', async () => {
    await run('cluster', 'next', '--without', 'p4', '--faulty', '0', '-o', 'other.json');
    const signOther = (...args: string[]): Promise<Result> =>
      run('cluster', 'sign', 'other.json', '-k', 'p1.key', ...args);
    const before = text('other.json');
    const refused = await signOther();
    expect(refused.code).toBe(78);
    expect(refused.stderr).toMatch(/this key has approved another successor of epoch 1: [0-9A-Z-]{14}, not/);
    expect(text('other.json')).toBe(before);
    expect((await signOther('--instead')).code).toBe(0);
    // Without its memory a key does not approve.
    writeFileSync(join(dir, 'p1.key.approved'), 'scratched');
    expect((await sign('p1.key')).stderr).toContain('does not say which definitions this key has approved');
  });

  test('copies signed apart come together, approvals included', async () => {
    const bare = { ...JSON.parse(text('next.json')), signatures: {}, approvals: {} };
    writeFileSync(join(dir, 'bare.json'), JSON.stringify(bare));
    for (const name of ['p2', 'p4'])
      await run('cluster', 'sign', 'bare.json', '-k', `${name}.key`, '-o', `of-${name}.json`);
    const merged = await run('cluster', 'merge', 'of-p2.json', 'of-p4.json');
    expect(Object.keys(JSON.parse(merged.stdout).approvals)).toEqual(['p2', 'p4']);
    expect(Object.keys(JSON.parse(merged.stdout).signatures)).toEqual(['p2']);
  });

  test('what does not follow is refused by name', async () => {
    const again = await run('cluster', 'verify', 'cluster.json', '--previous', 'next.json');
    expect(again.code).toBe(78);
    expect(again.stderr).toContain('follows no other');
    const wrong = await sign('p2.key', '--previous', 'next.json');
    expect(wrong.stderr).toMatch(/ERR_CLUSTER_MISMATCH {2}epoch 2 \(.*\) does not follow next\.json/);
  });

  test('after one a key approves another that gives up more members, and never one that gives up fewer', async () => {
    const made = await run('cluster', 'next', '--give-up', 'p4', '-o', 'gone.json');
    expect(made.stderr).toContain('p4 is given up: see that it is stopped for good');
    expect(made.stderr).toContain('givenUp differs: nobody and p4');
    const { code, stdout } = await run('cluster', 'sign', 'gone.json', '-k', 'p2.key');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^p2 signed and approved/)]);
    expect(text('p2.key.approved')).toMatch(/^\{"[0-9a-f]{64}":"[0-9a-f]{64} p4"\}\n$/);
    expect((await run('cluster', 'sign', 'gone.json', '-k', 'p2.key')).stdout).toMatch(
      /^p2 had signed and approved/,
    );
    const back = await sign('p2.key');
    expect(back.code).toBe(78);
    expect(back.stderr).toContain('or one that gives up more members');
    expect((await run('cluster', 'show', 'gone.json')).stdout).toContain('gives up p4 of the epoch before');
  });

  test('more than f, or one with its old key, cannot be given up', async () => {
    const many = await run('cluster', 'next', '--give-up', 'p4', '--give-up', 'p3');
    expect([many.code, many.stderr]).toEqual([
      64,
      expect.stringContaining(
        '2 members are given up (p3, p4); of 4 there may be 1, who are counted among the faulty',
      ),
    ]);
    const old = await run('cluster', 'next', 'p4.card.json', '--give-up', 'p4');
    expect(old.stderr).toContain('"p4" is given up, and its old key is that of "p4" in epoch 2');
  });
});
