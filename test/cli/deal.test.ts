import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { jsonLines, quorumcast, type Result, temporaryFolder } from './harness.ts';

const dir = temporaryFolder();
const NAMES = ['acme', 'globex', 'initech', 'umbrella'];
const run = (...args: string[]): Promise<Result> => quorumcast(args, { cwd: dir });
const text = (name: string): string => readFileSync(join(dir, name), 'utf8');

beforeAll(async () => {
  await Promise.all(NAMES.map((name, index) => run('keygen', name, '-a', `${name}.example:${7400 + index}`)));
  const cards = NAMES.map((name) => `${name}.card.json`);
  await run('cluster', 'init', '--name', 'settle', ...cards, '--out', 'cluster.json');
  await run('cluster', 'init', '--name', 'plain', ...cards, '--out', 'plain.json');
});

test('deals once, before anybody signs: keys for all to see, and a secret file for each', async () => {
  const dealt = await run('cluster', 'deal', '--json');
  expect(dealt.code).toBe(0);
  const [event] = jsonLines(dealt.stdout);
  expect(event).toMatchObject({ event: 'dealt', coin: true, epoch: 1 });
  for (const name of NAMES) {
    const file = join('coins', `${name}.coin`);
    expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
    const share = JSON.parse(text(file)) as { readonly secret: string; readonly cluster: string };
    expect(share).toMatchObject({ quorumcast: 'coin', name, cluster: event?.['digest'] });
    expect(text('cluster.json')).not.toContain(share.secret);
    expect(dealt.stdout + dealt.stderr).not.toContain(share.secret);
  }
  const shown = await run('cluster', 'show', 'cluster.json');
  expect(shown.stdout + shown.stderr).toContain('a common coin for agreements: 2 of 4 shares show it');
  const again = await run('cluster', 'deal');
  expect(again.code).not.toBe(0);
  expect(again.stderr).toMatch(/^ERR_USAGE.*has a common coin already/);
});

test('refuses a definition that somebody signed, and to overwrite a share', async () => {
  const occupied = await run('cluster', 'deal', 'plain.json');
  expect(occupied.stderr).toContain('acme.coin exists and is never overwritten');
  expect(text('plain.json')).not.toContain('bls12-381');
  await run('cluster', 'sign', 'plain.json', '--key', 'acme.key');
  const signed = await run('cluster', 'deal', 'plain.json', '--out', 'others');
  expect(signed.stderr).toContain('acme signed this definition, which a coin changes');
});

test('config check finds a share that is missing or that of another', async () => {
  for (const name of NAMES) await run('cluster', 'sign', 'cluster.json', '--key', `${name}.key`);
  const check = (coin: string): Promise<Result> =>
    quorumcast(['config', 'check'], {
      cwd: dir,
      env: { QUORUMCAST_IDENTITY: 'acme.key', ...(coin === '' ? {} : { QUORUMCAST_COIN: coin }) },
    });
  expect((await check(join('coins', 'acme.coin'))).code).toBe(0);
  expect((await check('')).stderr).toContain('has a common coin, and no share of it is named');
  expect((await check(join('coins', 'globex.coin'))).stderr).toContain('is that of globex, not of acme');
});
