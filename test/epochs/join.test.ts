import { expect, test } from 'vitest';
import {
  decodeMessages,
  encodeFrame,
  FRAME_KIND,
  frameBytesMax,
  type MemberMessage,
} from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import { type ClusterDefinition, serializeClusterDefinition } from '../../src/node/cluster/index.ts';
import { type EpochNode, startEpochNode } from '../../src/node/epochs/index.ts';
import { startHttp } from '../../src/node/http/index.ts';
import type { Identity } from '../../src/node/identity/index.ts';
import { Links } from '../../src/node/link/index.ts';
import { createMetrics } from '../../src/node/metrics/index.ts';
import { afterwards, errorOf, until } from '../node/kit.ts';
import { freePorts, LINK_TIMES, Stage } from './kit.ts';

// Others are played: links with their keys, that say of the beginning of the epoch what the test wants.

const NAMES = ['p0', 'p1', 'p2', 'p3'];
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  // Nobody reads this log.
}

interface Scene {
  readonly stage: Stage;
  readonly next: ClusterDefinition;
  /** The one that joins, while it waits. */
  readonly node: EpochNode;
  /** What its start comes to. */
  readonly started: Promise<EpochNode>;
}

/** p4 waits to join four others that are not there. */
async function scene(): Promise<Scene> {
  const stage = await Stage.make(NAMES);
  const [port] = await freePorts(1);
  const next = stage.next({ cards: [stage.card('p4', `127.0.0.1:${port}`)] });
  let begin: (node: EpochNode) => void = nothing;
  const waiting = new Promise<EpochNode>((resolve) => {
    begin = resolve;
  });
  const started = startEpochNode(
    { cluster: next, identity: stage.key('p4'), dataDir: `${stage.folder}/p4` },
    { linkTimes: LINK_TIMES },
    { onJoining: async (node) => begin(node) },
  );
  const node = await Promise.race([waiting, started]);
  afterwards(() => node.close());
  return { stage, next, node, started };
}

/** Plays a member that answers each question about a stream with this. */
async function play(
  cluster: ClusterDefinition,
  identity: Identity,
  answer: (sender: NodeId) => MemberMessage | undefined,
): Promise<void> {
  const { committee, limits, epoch } = cluster;
  const [host = '', port] = (cluster.memberNamed(identity.name)?.addresses[0] ?? '').split(':');
  const links: Links = await Links.open({
    ...{ cluster, identity, times: LINK_TIMES, listen: { host, port: Number(port) } },
    claim: () => ({ logId: new Uint8Array(16), position: 0 }),
    admit: () => 'ok',
    onUp: nothing,
    onDown: nothing,
    onRefused: nothing,
    onFrame: (peer, body, kind) => {
      const heard =
        kind === FRAME_KIND.messages ? decodeMessages(body, { committee, limits, epoch }) : undefined;
      for (const message of heard?.ok === true ? heard.value : []) {
        const said = message.kind === 'history' ? answer(message.sender) : undefined;
        if (said !== undefined) links.send(peer, encodeFrame(epoch, said));
      }
    },
    limits: { frameBytesMax: frameBytesMax(limits) },
  });
  afterwards(() => links.close());
}

const count =
  (messages: number) =>
  (sender: NodeId): MemberMessage => ({
    ...{ kind: 'history', sender, instance: 1 },
    body: { kind: 'count', messages },
  });

const dropped = (sender: NodeId): MemberMessage => ({
  ...{ kind: 'history', sender, instance: 7 },
  body: { kind: 'horizon' },
});

test('one that joins says over HTTP that it lives, that it is not ready, and whom it waits for', async () => {
  const { stage, next, node, started } = await scene();
  await play(next, stage.key('p0'), count(4));
  await until(() => node.status().reasons[0]?.endsWith('heard of 1 (p0)') === true);
  const http = await startHttp({
    ...{ node, listen: '127.0.0.1:0', logger: SILENT, metrics: createMetrics(node) },
  });
  afterwards(() => http.close());
  const get = (path: string, init?: RequestInit) => fetch(`http://${http.address}${path}`, init);
  expect((await get('/livez')).status).toBe(200);
  const ready = await get('/readyz');
  expect(ready.status).toBe(503);
  const waits =
    'joining: waits to learn from f+1 = 2 members where the streams of epoch 2 begin; heard of 1 (p0)';
  const readiness = (await ready.json()) as { reasons: string[] };
  expect(readiness).toMatchObject({ ready: false, state: 'joining' });
  expect(readiness.reasons[0]).toBe(waits);
  expect(readiness.reasons.slice(1).join('\n')).toMatch(/^p1 is away: .*\np2 is away: .*\np3 is away: .*$/);
  const status = await (await get('/v1/status')).json();
  expect(status).toMatchObject({ name: 'p4', state: 'joining', reasons: readiness.reasons });
  expect(await (await get('/v1/epochs')).json()).toMatchObject({ epoch: 2 });
  expect(await (await get('/metrics')).text()).toContain('\nquorumcast_ready 0\n');
  // The file that it was started with changes nothing.
  const same = { body: serializeClusterDefinition(next), headers: { 'content-type': 'application/json' } };
  expect((await get('/v1/epochs', { method: 'POST', ...same })).status).toBe(202);
  // Nothing was delivered here yet; whatever takes a log is refused, and says why.
  expect(await (await get('/v1/deliveries')).text()).toBe('');
  for (const [path, init] of [
    ['/v1/deliveries?consumer=c', {}],
    ['/v1/broadcasts', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } }],
  ] as const) {
    const refused = await get(path, init);
    expect([path, refused.status]).toEqual([path, 503]);
    expect(await refused.json()).toMatchObject({ code: 'ERR_CLOSED', retryable: true });
  }
  // Listeners of now hear what comes later.
  const met: string[] = [];
  node.addEventListener('peer:connect', ({ detail }) => met.push(detail.name));
  await play(next, stage.key('p1'), count(4));
  expect(await started).toBe(node);
  await until(() => met.includes('p0') && met.includes('p1'));
  expect(node.status().streams.map(({ delivered }) => delivered)).toEqual([4, 4, 4, 4, 4]);
  expect((await get('/v1/deliveries')).status).toBe(200);
});

test('it is closed while it waits, and begins where it left off', async () => {
  const { stage, next, node, started } = await scene();
  const report = await node.close();
  expect(report).toEqual({ error: undefined, abandoned: 0, clean: true });
  expect(await node.closed).toEqual(report);
  expect(await errorOf(() => started)).toMatchObject({ code: 'ERR_CLOSED' });
  await play(next, stage.key('p2'), count(0));
  await play(next, stage.key('p3'), count(0));
  const again = await stage.start('p4', { cluster: next });
  expect(again.cluster.epoch).toBe(2);
});

test('a liar alone does not say where streams begin, nor do members that have dropped it', async () => {
  const { stage, next, node, started } = await scene();
  await play(next, stage.key('p0'), count(Number.MAX_SAFE_INTEGER - 1));
  await play(next, stage.key('p1'), count(3));
  await play(next, stage.key('p2'), dropped);
  await until(() => node.status().reasons[2]?.startsWith('p2 dropped') === true);
  expect(node.status().reasons).toEqual([
    'joining: waits to learn from f+1 = 2 members where the streams of epoch 2 begin; heard of 2 (p0, p1)',
    'what they say differs: it takes further members to tell who is right',
    'p2 dropped what was delivered first in epoch 2, and cannot say',
    expect.stringMatching(/^p3 is away: /),
  ]);
  await play(next, stage.key('p3'), count(3));
  await started;
  expect(node.status().streams[0]?.delivered).toBe(3);
});

test('where too few keep the beginning it says that it cannot join', async () => {
  const { stage, next, node } = await scene();
  for (const name of ['p0', 'p1', 'p2']) await play(next, stage.key(name), dropped);
  await until(() => node.status().reasons[1]?.startsWith('p0, p1, p2 dropped') === true);
  expect(node.status().reasons.slice(1, 3)).toEqual([
    'p0, p1, p2 dropped what was delivered first in epoch 2, and cannot say',
    'only 1 of the others can say: this member cannot join epoch 2 any more',
  ]);
});
