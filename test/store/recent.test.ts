import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { segmentName } from '../../src/node/store/segment.ts';
import { COMMITTEE, openStore, payloadOf, sha256, temporaryDirectory } from './kit.ts';

const sender = COMMITTEE.member(1);

test('what was written lately is read without the disk, and what is older is not kept in memory', async () => {
  const dir = temporaryDirectory();
  const store = await openStore(dir);
  const payloads = Array.from({ length: 20 }, (_, i) => payloadOf(`message ${i}`, 100));
  for (const [index, payload] of payloads.entries()) {
    const about = { sender, instance: index + 1, digest: sha256(payload), firstSeq: index + 1, count: 1 };
    store.append({ kind: 'keep', digest: about.digest, payload });
    store.append({ kind: 'delivered', ...about });
    await store.sync();
  }
  unlinkSync(join(dir, segmentName(1)));
  const last = await store.deliveries(16, 5);
  expect(last.map(({ payload }) => Buffer.from(payload).toString())).toEqual(
    payloads.slice(15).map((payload) => Buffer.from(payload).toString()),
  );
  await expect(store.deliveries(1, 5)).rejects.toThrow('cannot read');
});

test('what is in memory is not copied for a reader', async () => {
  const store = await openStore(temporaryDirectory());
  const payload = payloadOf('mine', 100);
  const digest = sha256(payload);
  store.append({ kind: 'keep', digest, payload });
  await store.sync();
  expect(await store.payload(digest)).toBe(payload);
});

test('long payloads are kept within a bound', async () => {
  const dir = temporaryDirectory();
  const store = await openStore(dir);
  const digests = [];
  for (let index = 0; index < 5; index += 1) {
    const payload = payloadOf(`long ${index}`, 1_500_000);
    digests.push(sha256(payload));
    store.append({ kind: 'keep', digest: sha256(payload), payload });
    await store.sync();
  }
  unlinkSync(join(dir, segmentName(1)));
  const held = await Promise.all(digests.map((digest) => store.payload(digest).catch(() => undefined)));
  expect(held.map((payload) => payload?.length)).toEqual([undefined, undefined, ...Array(3).fill(1_500_000)]);
});
