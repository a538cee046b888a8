import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createNode } from '../../src/index.ts';
import {
  nextCluster,
  parseClusterDefinition,
  serializeClusterDefinition,
} from '../../src/node/cluster/index.ts';
import { dealCoin } from '../../src/node/coin/index.ts';
import type { RunningNode } from '../../src/node/index.ts';
import { AGREEMENT_LIARS } from '../../src/simulator/index.ts';
import { errorOf, Stage, until } from './kit.ts';

const IN_TIME = { signal: AbortSignal.timeout(60_000) };
const folderOf = (stage: Stage) => (i: number) => ({ dataDir: join(stage.folder, `data${i}`) });

const bits = (nodes: readonly RunningNode[], topic: string, values: readonly (0 | 1)[]) =>
  Promise.all(nodes.map((node, i) => node.agree(topic, values[i] ?? 0, IN_TIME)));

test('members with a common coin agree on bits and values with it, and say where they stand', async () => {
  const stage = await new Stage().deal();
  const nodes = await stage.startAll();
  const waiting = [nodes[0].agree('x', 1), nodes[1]?.agree('x', 0)];
  await until(() => nodes[0].agreement('x')?.waitingFor.join() === '2,3');
  expect(nodes[0].agreement('x')?.explain).toMatch(
    /^"x" is not decided here\. This member proposed 1\. It is in round 1, step 1, and waits for values that 2f\+1 members back\. None came from p2 \(connected\), p3 \(connected\)\./,
  );
  expect(nodes[0].agreement('x')).toMatchObject({ kind: 'bit', coin: 'common', waitingFor: [2, 3] });
  const third = await nodes[2]?.agree('x', 1, IN_TIME);
  for (const each of await Promise.all(waiting)) expect(each?.value).toBe(third?.value);
  const mixed = await bits(nodes, 'y', [0, 1, 0, 1]);
  expect(new Set(mixed.map(({ value }) => value)).size).toBe(1);
  const values = await Promise.all(
    ['a', 'b', 'a', 'b'].map((text, i) => nodes[i]?.agree('z', text, IN_TIME)),
  );
  expect(new Set(values.map((each) => Buffer.from(each?.value ?? []).toString())).size).toBe(1);
  expect(nodes[1]?.agreement('z')).toMatchObject({ kind: 'value', coin: 'common' });
  for (const node of nodes) expect(node.evidence()).toEqual([]);
});

test('a liar that releases wrong shares is named, and changes nothing', async () => {
  const stage = await new Stage().deal();
  const nodes: RunningNode[] = [];
  const liar = { agreeing: AGREEMENT_LIARS.contrary.make };
  for (const index of [3, 2, 1, 0]) nodes.unshift(await stage.start(index, {}, index === 2 ? liar : {}));
  await until(() => nodes.every((node) => node.state === 'ready'));
  const correct = nodes.filter((_, index) => index !== 2);
  const accused = () => correct.flatMap((node) => node.evidence());
  for (let i = 0; i < 40 && !accused().some(({ code }) => code === 'bad-coin-share'); i += 1) {
    nodes[2]?.agree(`t${i}`, 0, IN_TIME).catch(() => undefined);
    const decided = await bits(correct, `t${i}`, [0, 1, 1]);
    expect(new Set(decided.map(({ value }) => value)).size).toBe(1);
  }
  expect(accused().map(({ code }) => code)).toContain('bad-coin-share');
  expect(new Set(accused().map(({ name }) => name))).toEqual(new Set(['p2']));
});

test('a restarted member says what it said, with its share of the coin', async () => {
  const stage = await new Stage().deal();
  const options = folderOf(stage);
  const nodes = await stage.startAll(options);
  const pending = [nodes[0].agree('late', 1), nodes[1]?.agree('late', 0)].map((each) => errorOf(() => each));
  await until(() => nodes[0].agreement('late')?.waitingFor.join() === '2,3');
  for (const node of nodes) await node.close();
  await Promise.all(pending);
  const again = await stage.startAll(options);
  expect(again[0].agreement('late')).toMatchObject({ state: 'open', proposal: 1, coin: 'common' });
  const resumed = [0, 1, 2].map((i) => again[i]?.agree('late', i === 1 ? 0 : 1, IN_TIME));
  const values = (await Promise.all(resumed)).map((each) => each?.value);
  expect(new Set(values).size).toBe(1);
  for (const node of again) expect(node.evidence()).toEqual([]);
});

describe('a share has to fit', () => {
  test('the definition, its epoch, its member; and nobody else may read it', async () => {
    const stage = await new Stage().deal();
    const { coin } = stage.options(0);
    if (typeof coin !== 'string') throw new Error('the path of a file');
    expect(statSync(coin).mode & 0o777).toBe(0o600);
    const start = (options: object) => errorOf(() => stage.start(0, options));
    const other = await new Stage().deal();
    const foreign = await start({ coin: other.options(0).coin });
    expect([foreign.code, foreign.message]).toEqual([
      'ERR_IDENTITY',
      expect.stringContaining('dealt for another definition'),
    ]);
    const neighbour = await start({ coin: stage.options(1).coin });
    expect(neighbour.message).toContain('is that of p1, not of p0');
    const none = await errorOf(async () =>
      createNode({ ...stage.options(0), coin: join(stage.folder, 'no') }),
    );
    expect([none.code, none.hint]).toEqual(['ERR_IDENTITY', expect.stringContaining('cluster deal')]);
    const wrong = join(stage.folder, 'wrong.coin');
    const text = readFileSync(coin, 'utf8').replace(/"secret": "[0-9a-f]{2}/, '"secret": "00');
    writeFileSync(wrong, text.replace(/"secret": "00[0-9a-f]{2}/, '"secret": "0001'), { mode: 0o600 });
    expect((await start({ coin: wrong })).message).toContain('is not that of member 0');
    chmodSync(coin, 0o644);
    expect((await start({})).message).toContain('has mode 0644: others may read this secret key');
  });

  test('a cluster with a coin; and one with a coin needs it', async () => {
    const stage = new Stage();
    const dealt = await new Stage().deal();
    const unwanted = await errorOf(() => stage.start(0, { coin: dealt.options(0).coin ?? '' }));
    expect([unwanted.code, unwanted.message]).toEqual(['ERR_CONFIG', expect.stringContaining('has no coin')]);
    const { coin: _coin, ...without } = dealt.options(0);
    const missing = await errorOf(() => createNode(without));
    expect([missing.code, missing.hint]).toEqual(['ERR_CONFIG', expect.stringContaining('--coin p0.coin')]);
  });

  // A coin that anybody could foresee is an object of the tests: nothing that a node is given may be one.
  test.each([{ coin: { common: true, toss: () => undefined } }, { coin: 'toss' as const }, { coin: '' }])(
    'and nothing but a file is a coin: %j',
    async ({ coin }) => {
      const stage = await new Stage().deal();
      const error = await errorOf(() => createNode({ ...stage.options(0), coin: coin as string }));
      expect(['ERR_CONFIG', 'ERR_IDENTITY']).toContain(error.code);
    },
  );
});

describe('dealing', () => {
  test('puts the keys into the definition, under its digest, and is done once', async () => {
    const { cluster } = new Stage();
    const { definition } = await dealCoin(cluster.unsigned());
    expect(Buffer.from(definition.digest)).not.toEqual(Buffer.from(cluster.digest));
    const again = parseClusterDefinition(serializeClusterDefinition(definition), 'cluster.json');
    expect([again.digest, again.coinKeys]).toEqual([definition.digest, definition.coinKeys]);
    expect((await errorOf(() => dealCoin(definition))).message).toContain('has a common coin already');
    expect((await errorOf(() => dealCoin(cluster))).message).toContain(
      'p0, p1, p2, p3 signed this definition',
    );
  });

  test('is not for a definition that follows another while the cluster runs', async () => {
    const { cluster } = new Stage();
    const next = nextCluster(cluster, { addresses: new Map([['p0', ['127.0.0.1:99']]]) });
    expect((await errorOf(() => dealCoin(next))).message).toContain('follows another while the cluster runs');
    const { definition } = await dealCoin(cluster.unsigned());
    expect(
      nextCluster(definition, { addresses: new Map([['p0', ['127.0.0.1:99']]]) }).coinKeys,
    ).toBeUndefined();
    const both = serializeClusterDefinition(definition).replace(
      '"faulty":',
      `"previous": "${'00'.repeat(32)}", "faulty":`,
    );
    expect(() => parseClusterDefinition(both, 'cluster.json')).toThrow('has no common coin');
  });

  test('two dealings of one cluster have nothing in common', async () => {
    const cluster = new Stage().cluster.unsigned();
    const [a, b] = [await dealCoin(cluster), await dealCoin(cluster)];
    expect(Buffer.from(a.definition.digest)).not.toEqual(Buffer.from(b.definition.digest));
    const secrets = [...a.shares, ...b.shares].map(({ secret }) => Buffer.from(secret).toString('hex'));
    expect(new Set(secrets).size).toBe(8);
  });

  test.each([
    ['"keys": []', '0 keys of the coin for 4 members'],
    ['"keys": ["00"]', 'must be 192 digits of lower-case hex'],
  ])('a definition with %s is refused', (keys, message) => {
    const text = serializeClusterDefinition(new Stage().cluster);
    const changed = text.replace('"members":', `"coin": { "kind": "bls12-381", ${keys} },\n  "members":`);
    expect(() => parseClusterDefinition(changed, 'cluster.json')).toThrow(message);
  });
});
