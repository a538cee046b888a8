import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { freePorts } from '../epochs/kit.ts';
import { Operators, type Told } from './operators.ts';

// Members as `quorumcast run` runs them, and all commands as an operator gives them.

const OLD = ['p0', 'p1', 'p2', 'p3'];

/** p0 to p3 with their files, and those of epoch 2: p4 joins, p3 gets a new key, p2 another address. */
async function prepared(): Promise<Operators> {
  const here = new Operators();
  const [moves, ...ports] = await freePorts(6);
  for (const [i, name] of [...OLD, 'p4'].entries())
    await here.cli('keygen', name, '--address', `127.0.0.1:${ports[i]}`);
  await here.cli(
    'cluster',
    'init',
    '-n',
    'live',
    ...OLD.map((name) => `${name}.card.json`),
    '-o',
    'cluster.json',
  );
  for (const name of OLD) await here.cli('cluster', 'sign', '-k', `${name}.key`);
  mkdirSync(join(here.dir, 'new'));
  await here.cli('keygen', 'p3', '--address', `127.0.0.1:${ports[3]}`, '-o', 'new');
  const change = ['new/p3.card.json', 'p4.card.json', '--address', `p2=127.0.0.1:${moves}`];
  await here.cli('cluster', 'next', ...change, '-o', 'next.json');
  for (const name of [...OLD, 'new/p3', 'p4'])
    await here.cli('cluster', 'sign', 'next.json', '-k', `${name}.key`);
  await promisify(execFile)('cp', ['new/p3.key', 'p3.key.next'], { cwd: here.dir });
  return here;
}

/** Lines of the log carry the epoch that they are of. */
function expectEpochs(here: Operators, name: string): void {
  const lines = readFileSync(join(here.dir, `${name}.log`), 'utf8')
    .trim()
    .split('\n');
  const epochs = lines.map((line) => JSON.parse(line) as { event: string; epoch: number });
  const met = epochs.filter(({ event }) => event === 'peer.connected').map(({ epoch }) => epoch);
  expect(met.at(0)).toBe(1);
  expect(met.at(-1)).toBe(2);
  expect(met).toEqual(met.toSorted());
}

/** Every node of the first epoch delivered the same, each message once and none missing, and all that was accepted. */
async function expectSame(here: Operators, joined: string): Promise<void> {
  const counts = (): Promise<(number | undefined)[]> =>
    Promise.all(
      OLD.map(async (name) => (await here.ask<{ delivered: number }>(name, '/v1/status'))?.delivered),
    );
  await here.until('the same number everywhere', async () => {
    const found = await counts();
    return found.every((count) => count !== undefined && count === found[0] && count >= here.accepted.size);
  });
  const logs = await Promise.all(OLD.map((name) => here.deliveries(name)));
  const ofSender = (log: readonly Told[], name: string): string[] =>
    log.filter(({ senderName }) => senderName === name).map(({ seq, text }) => `${seq} ${text}`);
  for (const name of OLD) {
    const [first = [], ...others] = logs.map((log) => ofSender(log, name));
    for (const other of others) expect(other).toEqual(first);
    // Each key once, and the numbers run on from one epoch to the next.
    expect(first).toEqual(first.map((_, i) => `${i + 1} ${name}/${i}`));
  }
  const texts = new Map(logs[0]?.map(({ senderName, seq, text }) => [text, `${senderName}#${seq}`]));
  for (const [key, message] of here.accepted) expect(texts.get(key), key).toBe(message);
  // Who joined has the end of the same.
  const tail = await here.deliveries(joined);
  for (const name of OLD) {
    const own = ofSender(tail, name);
    expect(own.length).toBeGreaterThan(0);
    expect(ofSender(logs[0] ?? [], name).slice(-own.length)).toEqual(own);
  }
}

const KILLS: readonly (readonly [string, number])[] = [
  ['p3', 120],
  ['p1', 40],
  ['p2', 300],
  ['p0', 30],
];

const filesOf = (name: string, cluster: string): readonly string[] => [
  ...['--cluster', cluster, '--identity', `${name}.key`, '--data-dir', `data-${name}`],
];

/** What a command says of this node, whatever it comes to: links break and come back, and its exit code tells. */
async function says(here: Operators, name: string, ...args: readonly string[]): Promise<string> {
  return here
    .cli(...args, '--http', here.url(name).replace('http://', ''))
    .catch((error: unknown) => String(error instanceof Error && 'stdout' in error ? error.stdout : error));
}

/** One that joins waits for the others: it lives, is not ready, says why, and ends in order when it is told to. */
async function expectPatience(here: Operators, name: string): Promise<void> {
  await here.start(name, 'next.json');
  await here.until('it lives', async () => (await here.ask(name, '/livez')) !== undefined);
  const ready = await fetch(`${here.url(name)}/readyz`);
  expect(ready.status).toBe(503);
  const text =
    'joining: waits to learn from f+1 = 2 members where the streams of epoch 2 begin; heard of none';
  expect(await ready.json()).toMatchObject({ state: 'joining', reasons: expect.arrayContaining([text]) });
  expect(await says(here, name, 'doctor', ...filesOf(name, 'next.json'))).toContain(
    `epoch 2 has not begun here\n                 ${text}`,
  );
  expect(await here.stop(name)).toBe(0);
}

test('four become five while they are killed one after the other: nothing is lost, nothing comes twice', {
  timeout: 240_000,
}, async () => {
  const here = await prepared();
  await expectPatience(here, 'p4');
  for (const name of OLD) await here.start(name);
  await here.epochIs(1, OLD);
  const load = OLD.map((name) => here.load(name));
  await here.until('some load', async () => here.accepted.size > 60);
  const switching = here
    .cli('cluster', 'switch', 'next.json', '--timeout', '2m', '--http', here.url('p1'))
    .catch(() => '');
  await here.start('p4', 'next.json');
  await here.until('the change is under way', async () => {
    const view = await here.ask<{ epoch: number; next?: object }>('p1', '/v1/epochs');
    return view?.next !== undefined || view?.epoch === 2;
  });
  for (const [name, afterMs] of KILLS) {
    await pause(afterMs);
    await here.kill(name);
    await here.start(name);
  }
  await here.epochIs(2, [...OLD, 'p4']);
  await switching;
  // The same file again changes nothing.
  const again = await here.cli('cluster', 'switch', 'next.json', '--http', here.url('p1'));
  expect(again).toMatch(/^epoch 2 {2}digest /);
  const atTurn = here.accepted.size;
  await here.until('load goes on', async () => here.accepted.size > atTurn + 60);
  here.rest();
  await Promise.all(load);
  await expectSame(here, 'p4');
  for (const name of OLD) expectEpochs(here, name);
  // A link may still be down, of those that were killed last: `status` and `doctor` exit with 2 until all are up.
  await here.until('all see all', async () => {
    const views = await Promise.all(
      [...OLD, 'p4'].map((name) => here.ask<{ state: string }>(name, '/v1/status')),
    );
    return views.every((view) => view?.state === 'ready');
  });
  const found = await says(here, 'p0', 'doctor', ...filesOf('p0', 'cluster.json'));
  expect(found).toMatch(/epoch 2 runs, digest .*; no change is under way/);
  expect(found).toMatch(/logs of earlier epochs take .* outside the ceiling/);
  const status = await says(here, 'p0', 'status');
  expect(status).toMatch(/logs of earlier epochs .* besides/);
  // The old file says an older epoch, and who still has it goes on in the new one.
  await here.kill('p0');
  await here.start('p0');
  await here.epochIs(2, OLD);
  // The new key takes the place of the old one.
  await here.kill('p3');
  rmSync(join(here.dir, 'p3.key.next'));
  await promisify(execFile)('cp', ['new/p3.key', 'p3.key'], { cwd: here.dir });
  await here.start('p3', 'next.json');
  await here.epochIs(2, OLD);
});
