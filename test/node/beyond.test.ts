import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DeliveryGap, NodeOptions } from '../../src/node/index.ts';
import { errorOf, Stage, take, until } from './kit.ts';

const PAYLOAD = Buffer.alloc(900_000, 'x');

test('a member that was away for longer than the others keep goes on where they agree, and tells what it skipped', {
  timeout: 60_000,
}, async () => {
  const stage = new Stage();
  const options = (index: number): Partial<NodeOptions> => ({
    dataDir: join(stage.folder, `data-${index}`),
    retention: { bytes: 8_388_608, laggardBytes: 0 },
  });
  const nodes = await stage.startAll(options);
  const [first, , , away] = nodes;
  if (away === undefined) throw new Error('there are four');
  await first.broadcast('before', { waitFor: 'delivered' });
  await until(() => away.status().delivered === 1);
  await away.close();

  for (let i = 0; i < 24; i += 1) await first.broadcast(PAYLOAD, { waitFor: 'delivered' });
  const others = nodes.slice(0, 3);
  await until(() => others.every((node) => node.status().storage.first > 8));

  const back = await stage.start(3, options(3));
  const gaps: DeliveryGap[] = [];
  back.addEventListener('skipped', ({ detail }) => gaps.push(detail));
  await until(() =>
    back.status().reasons.some((reason) => reason.startsWith('p0#2 and what follows is not kept')),
  );
  expect(back.status().streams[0]).toMatchObject({ beyond: true, delivered: 1 });
  await until(() => gaps.length > 0, 30_000);
  const [gap] = gaps;
  expect(gap).toMatchObject({ sender: 0, senderName: 'p0', from: 2 });
  await first.broadcast('after', { waitFor: 'delivered' });
  await until(() => back.status().streams[0]?.delivered === 26, 30_000);

  // Whoever reads is stopped at the gap, or has said what to do about it.
  const reader = back.deliveries();
  expect((await reader.next()).value?.text()).toBe('before');
  const error = await errorOf(() => reader.next());
  expect(error).toMatchObject({ code: 'ERR_GAP' });
  expect(error.message).toContain(`p0#2 to #${gap?.to} were skipped here`);
  const told: DeliveryGap[] = [];
  const seqs: number[] = [];
  for await (const { seq } of back.deliveries({ onGap: (each) => told.push(each) })) {
    seqs.push(seq);
    if (seq === 26) break;
  }
  expect(told).toEqual(gaps);
  expect(seqs).toEqual([1, ...Array.from({ length: 26 - (gap?.to ?? 0) }, (_, i) => (gap?.to ?? 0) + 1 + i)]);
  expect(await errorOf(() => back.delivery({ sender: first.id, seq: 2 }))).toMatchObject({ code: 'ERR_GAP' });
  expect(back.inspect({ sender: first.id, seq: 2 })?.explain).toBe('p0#2 was skipped here.');
  expect(back.status().skipped).toBe((gap?.to ?? 0) - 1);

  // The same after a restart, and it takes part again.
  await back.close();
  const again = await stage.start(3, options(3));
  expect(again.status().skipped).toBe((gap?.to ?? 0) - 1);
  expect(await take(again.deliveries({ onGap: () => undefined }), 1)).toEqual(['before']);
  await until(() => again.status().peers.up === 3);
  await again.broadcast('mine', { waitFor: 'delivered' });
});
