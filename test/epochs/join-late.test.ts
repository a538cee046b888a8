import { expect, test } from 'vitest';
import type { DeliveryGap } from '../../src/node/index.ts';
import { until } from '../node/kit.ts';
import { freePorts, Stage } from './kit.ts';

const NAMES = ['p0', 'p1', 'p2', 'p3'];
const PAYLOAD = Buffer.alloc(900_000, 'x');
const RETENTION = { bytes: 8_388_608, laggardBytes: 0 };

/** Epoch 2 is under way among p0 to p3, and what was delivered first in it is kept no more. */
async function scene() {
  const stage = await Stage.make(NAMES);
  const [port] = await freePorts(1);
  const next = stage.next({ cards: [stage.card('p4', `127.0.0.1:${port}`)] });
  const nodes = await Promise.all(NAMES.map((name) => stage.start(name, { retention: RETENTION })));
  await until(() => nodes.every((node) => node.state === 'ready'));
  const [first] = nodes;
  if (first === undefined) throw new Error('there are four');
  for (const text of ['one', 'two', 'three']) await first.broadcast(text, { waitFor: 'delivered' });
  await first.changeEpoch(next);
  await until(() => nodes.every((node) => node.cluster.epoch === 2), 30_000);
  for (let i = 0; i < 24; i += 1) await first.broadcast(PAYLOAD, { waitFor: 'delivered' });
  return { stage, next, nodes };
}

test.each([
  ['that went over while running', false],
  ['that were started again', true],
])(
  'one that joins members %s, when the beginning of the epoch is kept no more, goes on where they agree',
  {
    timeout: 120_000,
  },
  async (_, again) => {
    const { stage, next, nodes } = await scene();
    const sender = next.committee.member(0);
    await until(() => nodes.every(({ store }) => store.firstInstance(sender) > 8), 30_000);
    if (again)
      for (const [i, name] of NAMES.entries()) {
        await nodes[i]?.close();
        nodes[i] = await stage.start(name, { cluster: next, retention: RETENTION });
      }
    const [first] = nodes;
    if (first === undefined) throw new Error('there are four');
    const joined = await stage.start('p4', { cluster: next, retention: RETENTION });
    expect(joined.cluster.epoch).toBe(2);
    const gaps: DeliveryGap[] = [];
    joined.addEventListener('skipped', ({ detail }) => gaps.push(detail));
    // Message numbers go on: three of the first epoch came before those that it skips.
    await until(() => gaps.length > 0, 30_000);
    expect(gaps[0]).toMatchObject({ senderName: 'p0', from: 4 });
    await first.broadcast('after', { waitFor: 'delivered' });
    await until(() => joined.status().streams[first.id]?.delivered === 28, 30_000);
    const seen: string[] = [];
    for await (const { senderName, seq, payload } of joined.deliveries({ onGap: () => undefined })) {
      seen.push(`${senderName}#${seq}${payload.length === 5 ? ' after' : ''}`);
      if (seq === 28) break;
    }
    expect(seen.at(0)).toBe(`p0#${(gaps[0]?.to ?? 0) + 1}`);
    expect(seen.at(-1)).toBe('p0#28 after');
    // It takes part.
    const own = await joined.broadcast('mine', { waitFor: 'delivered' });
    expect(own.seq).toBe(1);
  },
);
