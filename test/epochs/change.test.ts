import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examineRunningEpoch, examineStoppedEpoch } from '../../src/cli/doctor/epochs.ts';
import type { ClusterDefinition } from '../../src/node/cluster/index.ts';
import { type EpochNode, surveyEpochs } from '../../src/node/epochs/index.ts';
import { generateIdentity, makeCard } from '../../src/node/identity/index.ts';
import { errorOf, take, until } from '../node/kit.ts';
import { freePorts, Stage } from './kit.ts';

const NAMES = ['p0', 'p1', 'p2', 'p3'];

/** What a node delivered, in its order: "p1#3 text". */
async function log(node: EpochNode, count: number): Promise<string[]> {
  const seen: string[] = [];
  for await (const { senderName, seq, text } of readable(node)) {
    seen.push(`${senderName}#${seq} ${text()}`);
    if (seen.length === count) break;
  }
  return seen;
}

async function* readable(node: EpochNode) {
  for await (const delivery of node.deliveries()) {
    yield { senderName: delivery.senderName, seq: delivery.seq, text: () => delivery.text() };
  }
}

interface Scene {
  readonly stage: Stage;
  readonly next: ClusterDefinition;
  /** p0 to p3, connected. */
  readonly nodes: readonly [EpochNode, EpochNode, ...EpochNode[]];
}

/** Four members, and a definition in which a fifth joins, p3 has a new key and p2 another address. */
async function scene(): Promise<Scene> {
  const stage = await Stage.make(NAMES);
  const [joins = 0, moves = 0] = await freePorts(2);
  const newKey = generateIdentity('p3');
  // The one that joins is the first by name: everybody gets another number.
  const cards = [
    makeCard(stage.key('a9'), [`127.0.0.1:${joins}`]),
    makeCard(newKey, stage.before.memberNamed('p3')?.addresses ?? []),
  ];
  const next = stage.next({ cards, addresses: new Map([['p2', [`127.0.0.1:${moves}`]]]) }, [newKey]);
  const [p0, p1, ...rest] = await Promise.all(
    NAMES.map((name) => stage.start(name, name === 'p3' ? { nextIdentity: newKey } : {})),
  );
  if (p0 === undefined || p1 === undefined) throw new Error('there are four');
  const nodes = [p0, p1, ...rest] as const;
  await until(() => nodes.every((node) => node.state === 'ready'));
  return { stage, next, nodes };
}

/** Everybody broadcasts one after the other until told to stop; `sent` is what was accepted, as `log` shows it. */
function loadOf(nodes: readonly EpochNode[]): { readonly sent: string[]; stop(): Promise<unknown> } {
  let going = true;
  const sent: string[] = [];
  const load = nodes.map(async (node) => {
    for (let k = 0; going; k += 1) {
      const text = `${node.name}-${k}`;
      const { seq } = await node.broadcast(text, { idempotencyKey: `${node.name}/${k}` });
      sent.push(`${node.name}#${seq} ${text}`);
    }
  });
  return {
    sent,
    stop: () => {
      going = false;
      return Promise.all(load);
    },
  };
}

/** All logs hold what was sent, each message once, those of a sender in order from the first one on. */
function expectSame(logs: readonly (readonly string[])[], sent: readonly string[]): void {
  for (const seen of logs) expect([...seen].sort()).toEqual([...sent].sort());
  for (const name of NAMES) {
    const own = (logs[0] ?? []).filter((text) => text.startsWith(`${name}#`));
    expect(own.map((text) => Number(/#(\d+)/.exec(text)?.[1]))).toEqual(own.map((_, i) => i + 1));
  }
}

const perSender = (node: EpochNode): string =>
  node
    .status()
    .streams.map(({ delivered }) => delivered)
    .join();

test('four become five under load, with a new key and another address: nothing is lost, nothing comes twice', {
  timeout: 60_000,
}, async () => {
  const { stage, next, nodes } = await scene();
  const [p0, p1] = nodes;
  const reader = p0.deliveries({ consumer: 'c' });
  const { sent, stop } = loadOf(nodes);
  await until(() => sent.length > 40);
  const early = await reader.next();
  await p1.changeEpoch(next);
  const joining = stage.start('a9', { cluster: next });
  await until(() => nodes.every((node) => node.cluster.epoch === 2), 20_000);
  const a9 = await joining;
  const atTurn = sent.length;
  await until(() => sent.length > atTurn + 40);
  await stop();
  await until(() => nodes.every((node) => node.status().delivered === sent.length), 20_000);
  const logs = await Promise.all(nodes.map((node) => log(node, sent.length)));
  expectSame(logs, sent);

  // Who joined has the numbers that all have, from where the epoch began.
  await until(() => perSender(a9) === perSender(p0));
  await a9.broadcast('hello', { waitFor: 'delivered' });
  expect(await take(p0.deliveries({ from: `d${sent.length}` }), 1)).toEqual(['hello']);
  // A reader that was there before goes on, and what it had may still be acknowledged.
  await early.value?.ack();
  for (let read = 1; read < sent.length; read += 1) expect((await reader.next()).done).toBe(false);
  // Keys of the first epoch are known in the second.
  const again = await p0.broadcast('p0-0', { idempotencyKey: 'p0/0' });
  expect(again).toMatchObject({ seq: 1, duplicate: true });
  expect((await p0.delivery({ sender: p0.id, seq: 1 }))?.text()).toBe('p0-0');
  expect(p0.epochs()).toMatchObject({ epoch: 2, next: undefined });
  // The ceiling is that of one log; those of earlier epochs lie beside it.
  const { bytes, earlierBytes, boundBytes } = p0.status().storage;
  expect(earlierBytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(boundBytes);
  expect(a9.status().storage.earlierBytes).toBe(0);
  const onDisk = await surveyEpochs(join(stage.folder, 'p0'));
  expect(onDisk).toMatchObject({ present: { epoch: 2 }, next: undefined, earlierBytes });
  for (const findings of [
    examineRunningEpoch(p0.status(), p0.epochs(), stage.before),
    examineStoppedEpoch(onDisk, stage.before),
  ]) {
    expect(findings.map(({ check, level }) => `${check} ${level}`)).toEqual([
      'epoch ok',
      'cluster warn',
      'disk ok',
    ]);
    expect(findings[1]?.message).toMatch(/gone over/);
    expect(findings[2]?.message).toMatch(/^logs of earlier epochs take .* outside the ceiling/);
  }
  // What follows the epoch that is over follows nothing any more.
  const late = await errorOf(() => p0.changeEpoch(stage.next({ without: ['p3'] })));
  expect(late).toMatchObject({ code: 'ERR_CLUSTER_MISMATCH' });
  await Promise.all([...nodes, a9].map((node) => node.close()));

  // All of it is there after a restart, with the old file as with the new one.
  const back = await stage.start('p0');
  expect(back.cluster.epoch).toBe(2);
  expect(back.store.consumers().get('c')).toBe(1);
  expect(await log(back, sent.length)).toEqual(logs[0]);
});

test('all are started with the next definition in place of the present one: they go over by themselves', {
  timeout: 60_000,
}, async () => {
  const stage = await Stage.make(NAMES);
  const next = stage.next({ addresses: new Map([['p1', ['127.0.0.1:9', ...addressOf(stage, 'p1')]]]) });
  const before = await Promise.all(NAMES.map((name) => stage.start(name)));
  await before[0]?.broadcast('in the first epoch', { waitFor: 'delivered' });
  for (const node of before) await node.close();
  const after = await Promise.all(
    NAMES.map((name) => stage.start(name, { cluster: next, listen: addressOf(stage, name)[0] ?? '' })),
  );
  await until(() => after.every((node) => node.cluster.epoch === 2), 20_000);
  await after[1]?.broadcast('in the second', { waitFor: 'delivered' });
  await until(() => after.every((node) => node.status().delivered === 2));
  for (const node of after)
    expect((await log(node, 2)).sort()).toEqual(['p0#1 in the first epoch', 'p1#1 in the second']);
});

test('one that leaves ends its stream, answers to the end, and takes nothing new; a name is numbered on', {
  timeout: 60_000,
}, async () => {
  const stage = await Stage.make([...NAMES, 'p4']);
  const next = stage.next({ without: ['p0'] });
  const nodes = await Promise.all([...NAMES, 'p4'].map((name) => stage.start(name)));
  const [p0, ...others] = nodes;
  if (p0 === undefined) throw new Error('there are five');
  await until(() => nodes.every((node) => node.state === 'ready'));
  await p0.broadcast('farewell');
  await others[0]?.broadcast('one');
  await p0.changeEpoch(next);
  await until(() => others.every((node) => node.cluster.epoch === 2), 20_000);
  expect(await errorOf(() => p0.broadcast('more'))).toMatchObject({ code: 'ERR_CLOSED' });
  const second = await others[0]?.broadcast('two', { waitFor: 'delivered' });
  expect(second).toMatchObject({ sender: 0, seq: 2 });
  for (const node of others.slice(0, 2)) {
    await until(() => node.status().delivered === 3);
    expect((await log(node, 3)).sort()).toEqual(['p0#1 farewell', 'p1#1 one', 'p1#2 two']);
  }
});

test('while a member is away the change waits and says for whom; a second definition is refused', {
  timeout: 60_000,
}, async () => {
  const stage = await Stage.make(NAMES);
  const next = stage.next({ addresses: new Map([['p3', addressOf(stage, 'p3')]]) });
  const nodes = await Promise.all(NAMES.slice(0, 3).map((name) => stage.start(name)));
  const [p0] = nodes;
  if (p0 === undefined) throw new Error('there are three');
  await until(() => nodes.every((node) => node.state === 'degraded'));
  const unsigned = await errorOf(() => p0.changeEpoch(next.unsigned()));
  expect(unsigned).toMatchObject({ code: 'ERR_CLUSTER_UNSIGNED' });
  await p0.changeEpoch(next);
  await p0.changeEpoch(next);
  const other = await errorOf(() => p0.changeEpoch(stage.next({ without: ['p3'] })));
  expect(other.message).toContain('a member ends an epoch once');
  await until(() =>
    nodes.every((node) => node.epochs().next?.members.filter(({ ended }) => ended).length === 3),
  );
  const { reasons } = p0.status();
  expect(reasons.join('\n')).toMatch(
    /^going over to epoch 2 .*\nthe END of p3 is missing \(away for \d+ s: /,
  );
  // `quorumcast doctor` says the same, of the node that runs as of one that does not.
  const [finding, ...more] = examineRunningEpoch(p0.status(), p0.epochs(), stage.before);
  expect(more).toEqual([]);
  expect(finding?.level).toBe('warn');
  expect(finding?.message).toMatch(
    /^epoch 1 runs; going over to epoch 2 \(.*\) since .*: new broadcasts wait\nthe END of p3 is missing \(away for/,
  );
  expect(examineRunningEpoch(p0.status(), p0.epochs(), next).map(({ level }) => level)).toEqual(['warn']);
  const onDisk = await surveyEpochs(join(stage.folder, 'p0'));
  expect(onDisk).toMatchObject({ present: { epoch: 1 }, next: { epoch: 2 }, earlierBytes: 0 });
  expect(examineStoppedEpoch(onDisk, stage.before).map(({ message }) => message)).toMatchObject([
    expect.stringMatching(/^epoch 1 goes on here/),
    expect.stringMatching(/^a change to epoch 2 \(.*\) is under way since/),
  ]);
  // A call waits for the next epoch, unless its caller does not.
  const late = await errorOf(() => p0.broadcast('late', { signal: AbortSignal.timeout(50) }));
  expect(late).toMatchObject({ code: 'ERR_TIMEOUT' });
  const held = p0.broadcast('held');
  // It comes without the file, and gets it from its peers.
  const p3 = await stage.start('p3');
  await until(() => [...nodes, p3].every((node) => node.cluster.epoch === 2), 20_000);
  expect(await held).toMatchObject({ seq: 1 });
});

function addressOf(stage: Stage, name: string): readonly string[] {
  return stage.before.memberNamed(name)?.addresses ?? [];
}
