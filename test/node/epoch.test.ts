import { join } from 'node:path';
import { expect, test } from 'vitest';
import { initCluster, signCluster } from '../../src/node/cluster/index.ts';
import { generateIdentity, makeCard } from '../../src/node/identity/index.ts';
import { connected, errorOf, Stage, until } from './kit.ts';

// The change of epoch of docs/operations.md: all stop, a new definition, empty data directories.

test('a new epoch takes a new key and a member that lost its log, and refuses everything of the old one', {
  timeout: 60_000,
}, async () => {
  const stage = new Stage();
  const dirOf = (epoch: number, index: number): string => join(stage.folder, `epoch-${epoch}-${index}`);
  const before = await stage.startAll((index) => ({ dataDir: dirOf(1, index) }));
  await before[0].broadcast('in the first epoch', { waitFor: 'delivered' });
  await until(() => before.every((node) => node.status().delivered === 1));
  for (const node of before) await node.close();

  // p3 has a new key. p2 has lost its log: in the first epoch nobody would let it in.
  const identities = [...stage.identities.slice(0, 3), generateIdentity('p3')];
  const cards = identities.map((identity, i) => makeCard(identity, [`127.0.0.1:${9 + i}`]));
  let cluster = initCluster(cards, { name: 'stage', epoch: 2 });
  for (const identity of identities) cluster = signCluster(cluster, identity);
  const options = (index: number) => {
    const identity = identities[index];
    if (identity === undefined) throw new Error('there are four');
    return { cluster, identity, dataDir: dirOf(2, index) };
  };
  const old = { ...options(0), dataDir: dirOf(1, 0) };
  expect(await errorOf(() => stage.start(0, old))).toMatchObject({ code: 'ERR_DATA_DIR' });

  const [p0, p1, p2] = [
    await stage.start(0, options(0)),
    await stage.start(1, options(1)),
    await stage.start(2, options(2)),
  ];
  await until(() => [p0, p1, p2].every((node) => connected(node) === 2));
  // Who still runs the first epoch is refused, and delivers nothing.
  const late = await stage.start(3, { dataDir: dirOf(1, 3) });
  await until(() => Object.keys(p0.status().refusals).length > 0);
  expect(connected(late)).toBe(0);
  await late.close();

  const p3 = await stage.start(3, options(3));
  await until(() => [p0, p1, p2, p3].every((node) => connected(node) === 3));
  await p2.broadcast('in the second epoch', { waitFor: 'delivered' });
  await until(() => p3.status().delivered === 1);
  expect(p3.status().cluster.epoch).toBe(2);
  expect((await p3.delivery({ sender: p2.id, seq: 1 }))?.text()).toBe('in the second epoch');
});
