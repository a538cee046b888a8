import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeClusterFolder } from '../../src/cli/cluster-folder.ts';
import { ClusterProcesses } from '../../src/cli/cluster-processes.ts';
import { begin, jsonLines, spawned, temporaryFolder, until } from '../cli/harness.ts';

const dir = temporaryFolder();
let cluster: ClusterProcesses;

const http = (name: string): string => cluster.member(name).http;
const to = (name: string, ...args: string[]) => spawned([...args, '--http', http(name)], { cwd: dir });
const agree = (name: string, topic: string, value: string, ...more: string[]) =>
  to(name, 'agree', topic, value, '--json', ...more);

beforeAll(async () => {
  cluster = await ClusterProcesses.start(await makeClusterFolder(join(dir, 'cluster'), { members: 4 }));
  await cluster.ready();
});

afterAll(() => cluster.stopAll());

test('four processes decide, and say so on the command line', async () => {
  const results = await Promise.all(['p0', 'p1', 'p2', 'p3'].map((name) => agree(name, 'ship it', 'yes')));
  for (const { code, stdout } of results) {
    expect(code).toBe(0);
    expect(jsonLines(stdout)[0]).toMatchObject({ event: 'decided', topic: 'ship it', value: 1 });
  }
  const { stdout, code } = await to('p2', 'agreements', 'ship it');
  expect(stdout).toMatch(/^"ship it" is decided: 1/);
  expect(code).toBe(0);
  const traced = await to('p2', 'trace', 'ship it');
  expect([traced.code, traced.stdout]).toEqual([0, stdout]);
  expect((await to('p2', 'trace', 'no such')).code).toBe(2);
  expect((await to('p2', 'agreements')).stdout).toMatch(/^1 {2}(decided|settled) {2,}ship it$/m);
  expect((await to('p2', 'agreements', 'no such')).code).toBe(2);
  expect((await to('p0', 'agree', 'x')).code).toBe(64);
  expect((await to('p0', 'agree', 'x', 'y', '--file', 'z')).code).toBe(64);
});

test('a member killed amid an agreement goes on with it, and never says otherwise', async () => {
  const early = await agree('p0', 'deploy', '1', '--timeout', '200ms');
  expect(early.code).toBe(2);
  expect(jsonLines(early.stdout)[0]).toMatchObject({ event: 'undecided', state: 'open', proposal: 1 });
  expect((await agree('p1', 'deploy', '0', '--timeout', '200ms')).code).toBe(2);
  // What it said is known to others by now, and its log is all that it has.
  await cluster.member('p0').kill9();
  await cluster.restart('p0');
  await cluster.ready();
  const back = await to('p0', 'agreements', 'deploy', '--json');
  expect(jsonLines(back.stdout)[0]).toMatchObject({ state: 'open', proposal: 1 });
  const other = await to('p0', 'agree', 'deploy', '0');
  expect(other.stderr).toMatch(/^ERR_IDEMPOTENCY_CONFLICT/);
  const waiting = begin(['agree', 'deploy', '1', '--json', '--http', http('p0')], { cwd: dir });
  const third = await agree('p2', 'deploy', '1');
  const [decided] = jsonLines(third.stdout);
  expect(decided).toMatchObject({ event: 'decided' });
  const { stdout } = await waiting.result;
  expect(jsonLines(stdout)[0]).toMatchObject({ event: 'decided', value: decided?.['value'] });
  // A member killed after it decided knows what, and so does one that proposed nothing and asks late.
  await cluster.member('p0').kill9();
  await cluster.restart('p0');
  await cluster.ready();
  for (const name of ['p0', 'p3']) {
    const again = await agree(name, 'deploy', '1');
    expect(jsonLines(again.stdout)[0]).toMatchObject({ event: 'decided', value: decided?.['value'] });
  }
  for (const name of ['p0', 'p1', 'p2', 'p3']) expect((await to(name, 'evidence')).stdout.trim()).toBe('');
});

test('members killed again and again while they agree decide the same', async () => {
  const topics = Array.from({ length: 6 }, (_, i) => `round ${i}`);
  for (const [index, topic] of topics.entries()) {
    const names = ['p0', 'p1', 'p2', 'p3'];
    const victim = names[index % 4] ?? 'p0';
    const values = names.map((_, i) => String((i + index) % 2));
    const running = names.map((name, i) => agree(name, topic, values[i] ?? '0', '--timeout', '60s'));
    await until(
      'another member hears of it',
      async () => (await to(names[(index + 1) % 4] ?? 'p1', 'agreements', topic)).stdout !== '',
    );
    await cluster.member(victim).kill9();
    await cluster.restart(victim);
    await cluster.ready();
    await Promise.all(running);
    const again = await Promise.all(
      names.map((name, i) => agree(name, topic, values[i] ?? '0', '--timeout', '60s')),
    );
    const found = again.map(({ stdout }) => jsonLines(stdout)[0]?.['value']);
    expect(new Set(found).size, `${topic}: ${found}`).toBe(1);
    expect([0, 1]).toContain(found[0]);
  }
});

test('a value is decided by processes, one of which is killed amid it and says nothing else afterwards', async () => {
  const propose = (name: string, value: string, timeout: string) =>
    agree(name, 'leader', value, '--timeout', timeout);
  expect((await propose('p0', 'acme', '200ms')).code).toBe(2);
  expect((await propose('p1', 'bolt', '200ms')).code).toBe(2);
  await cluster.member('p0').kill9();
  await cluster.restart('p0');
  await cluster.ready();
  const back = await to('p0', 'agreements', 'leader', '--json');
  expect(jsonLines(back.stdout)[0]).toMatchObject({ kind: 'value', proposal: { text: 'acme' } });
  expect((await propose('p0', 'other', '1s')).stderr).toContain('ERR_IDEMPOTENCY_CONFLICT');
  const running = [propose('p0', 'acme', '60s'), propose('p1', 'bolt', '60s'), propose('p2', 'acme', '60s')];
  await until('a third proposal is here', async () =>
    /3 of 3|decided/.test((await to('p3', 'agreements', 'leader')).stdout),
  );
  await cluster.member('p1').kill9();
  await cluster.restart('p1');
  await cluster.ready();
  await Promise.all(running);
  const names = ['p0', 'p1', 'p2', 'p3'];
  const words = ['acme', 'bolt', 'acme', 'acme'];
  const all = await Promise.all(names.map((name, i) => propose(name, words[i] ?? '', '60s')));
  const values = all.map(({ stdout }) => jsonLines(stdout)[0]?.['text']);
  expect(new Set(values).size, `${values}`).toBe(1);
  expect(['acme', 'bolt']).toContain(values[0]);
  for (const name of names) expect((await to(name, 'evidence')).stdout.trim()).toBe('');
});

test('members with a common coin go on with it after kill -9', async () => {
  const place = await makeClusterFolder(join(dir, 'dealt'), { members: 4, coin: true });
  const dealt = await ClusterProcesses.start(place);
  try {
    await dealt.ready();
    const at = (name: string, ...args: string[]) =>
      spawned([...args, '--json', '--http', dealt.member(name).http], { cwd: dir });
    expect((await at('p0', 'agree', 'x', '1', '--timeout', '200ms')).code).toBe(2);
    expect((await at('p1', 'agree', 'x', '0', '--timeout', '200ms')).code).toBe(2);
    await dealt.member('p0').kill9();
    await dealt.restart('p0');
    await dealt.ready();
    const back = await at('p0', 'agreements', 'x');
    expect(jsonLines(back.stdout)[0]).toMatchObject({ coin: 'common', state: 'open', proposal: 1 });
    const names = ['p0', 'p1', 'p2'];
    const all = await Promise.all(names.map((name, i) => at(name, 'agree', 'x', i === 1 ? '0' : '1')));
    const values = all.map(({ stdout }) => jsonLines(stdout)[0]?.['value']);
    expect(new Set(values).size, `${values}`).toBe(1);
    const words = await Promise.all(names.map((name, i) => at(name, 'agree', 'who', `v${i % 2}`)));
    expect(new Set(words.map(({ stdout }) => jsonLines(stdout)[0]?.['text'])).size).toBe(1);
    for (const name of names) expect((await at(name, 'evidence')).stdout.trim()).toBe('');
  } finally {
    await dealt.stopAll();
  }
});
