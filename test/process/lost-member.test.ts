import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freePorts } from '../epochs/kit.ts';
import { Operators, type Told } from './operators.ts';

// The recipe of docs/operations.md, «A member lost its disk», from its first command to its last, under load and `kill -9`.

const NAMES = ['p0', 'p1', 'p2', 'p3'];
const LEFT = ['p0', 'p1', 'p2'];

async function prepared(): Promise<{ readonly here: Operators; readonly address: string }> {
  const here = new Operators();
  const ports = await freePorts(4);
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  for (const [i, name] of NAMES.entries()) await here.cli('keygen', name, '--address', addresses[i] ?? '');
  const cards = NAMES.map((name) => `${name}.card.json`);
  await here.cli('cluster', 'init', '-n', 'live', ...cards, '-o', 'cluster.json');
  for (const name of NAMES) await here.cli('cluster', 'sign', '-k', `${name}.key`);
  return { here, address: addresses[3] ?? '' };
}

const ofSender = (log: readonly Told[], name: string): string[] =>
  log.filter(({ senderName }) => senderName === name).map(({ seq, text }) => `${seq} ${text}`);

/** All that were there before have the same, each message once and none missing; the new one has the end of it. */
async function expectSame(here: Operators): Promise<void> {
  await here.until('the same number everywhere', async () => {
    const views = await Promise.all(LEFT.map((name) => here.ask<{ delivered: number }>(name, '/v1/status')));
    return views.every((view) => view !== undefined && view.delivered === views[0]?.delivered);
  });
  const logs = await Promise.all(LEFT.map((name) => here.deliveries(name)));
  const tail = await here.deliveries('p3');
  for (const name of NAMES) {
    const [first = [], ...others] = logs.map((log) => ofSender(log, name));
    for (const other of others) expect(other).toEqual(first);
    expect(first.map((line) => Number(line.split(' ')[0]))).toEqual(first.map((_, i) => i + 1));
    expect(new Set(first.map((line) => line.split(' ')[1])).size).toBe(first.length);
    const own = ofSender(tail, name);
    expect(first.slice(first.length - own.length)).toEqual(own);
  }
  const known = new Map(logs[0]?.map(({ senderName, seq, text }) => [text, `${senderName}#${seq}`]));
  for (const [key, message] of here.accepted) {
    // What p3 took in the hour of its death lay on its disk alone.
    if (!key.startsWith('p3/')) expect(known.get(key), key).toBe(message);
  }
}

const KILLS: readonly (readonly [string, number])[] = [
  ['p1', 60],
  ['p0', 40],
  ['p2', 250],
];

test('a member loses its disk: the others go on without it, and it comes back with a new key', {
  timeout: 240_000,
}, async () => {
  const { here, address } = await prepared();
  for (const name of NAMES) await here.start(name);
  await here.epochIs(1, NAMES);
  const load = LEFT.map((name) => here.load(name));
  void here.load('p3');
  await here.until('some load', async () => here.accepted.size > 60);
  await here.kill('p3');
  rmSync(join(here.dir, 'data-p3'), { recursive: true });

  mkdirSync(join(here.dir, 'new'));
  await here.cli('keygen', 'p3', '--address', address, '-o', 'new');
  await here.cli('cluster', 'next', 'new/p3.card.json', '--give-up', 'p3', '-o', 'next.json');
  for (const key of [...LEFT, 'new/p3']) await here.cli('cluster', 'sign', 'next.json', '-k', `${key}.key`);
  const switching = here
    .cli('cluster', 'switch', 'next.json', '--timeout', '2m', '--http', here.url('p1'))
    .catch(() => '');
  await here.until('the change is under way', async () => {
    const view = await here.ask<{ epoch: number; next?: object }>('p1', '/v1/epochs');
    return view?.next !== undefined || view?.epoch === 2;
  });
  for (const [name, afterMs] of KILLS) {
    await pause(afterMs);
    await here.kill(name);
    await here.start(name);
  }
  await here.start('p3', 'next.json', 'new/p3.key');
  await here.epochIs(2, NAMES);
  await switching;
  const atTurn = here.accepted.size;
  await here.until('load goes on', async () => here.accepted.size > atTurn + 60);
  here.rest();
  await Promise.all(load);
  await expectSame(here);
});
