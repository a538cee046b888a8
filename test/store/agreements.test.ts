import { expect, test } from 'vitest';
import { AssertionError, Prng } from '../../src/base/index.ts';
import type { TopicDecision } from '../../src/member/index.ts';
import type { FileStore, Store, StoreRecord } from '../../src/node/store/index.ts';
import { MemoryStore } from '../../src/node/store/index.ts';
import { KEEP_ALL } from '../../src/node/store/retention.ts';
import { HASTY_DISK } from './images.ts';
import { COMMITTEE, openStore, payloadOf, SELF, sha256, temporaryDirectory } from './kit.ts';

const stated = (topic: string, ...bytes: number[]): StoreRecord => ({
  kind: 'stated',
  topic,
  form: 'bit',
  statement: Uint8Array.from(bytes),
});
const settled = (topic: string, value: 0 | 1, round = 1): StoreRecord => ({
  kind: 'settled',
  topic,
  form: 'bit',
  decision: { value, round },
});

/** What a store should tell, in the order of its records. */
function memoryOf(records: readonly StoreRecord[]): ReturnType<Store['agreements']> {
  const open = new Map<string, Uint8Array[]>();
  const done = new Map<string, TopicDecision>();
  for (const record of records) {
    if (record.kind === 'stated')
      open.set(record.topic, [...(open.get(record.topic) ?? []), record.statement]);
    if (record.kind !== 'settled') continue;
    open.delete(record.topic);
    done.set(record.topic, record.decision);
  }
  return {
    open: [...open].map(([topic, statements]) => ({ topic, form: 'bit', stated: statements })),
    settled: [...done].map(([topic, decision]) => ({ topic, form: 'bit', decision })),
  };
}

const SOME = [
  stated('ä/ö', 1, 0, 1, 1, 0, 0, 1),
  stated('ä/ö', 2, 0, 1, 1, 0, 0, 1),
  stated('x', 4, 1),
  settled('x', 1, 3),
  stated('y', 1, 0, 1, 1, 0, 0, 0),
];

test('what was stated and settled is there again after a restart', async () => {
  const dir = temporaryDirectory();
  const store = await openStore(dir);
  for (const record of SOME) store.append(record);
  expect(store.agreements()).toEqual(memoryOf(SOME));
  await store.close();
  const again = await openStore(dir);
  expect(again.agreements()).toEqual(memoryOf(SOME));
});

test.each(['file', 'memory'])(
  'a %s store writes nothing twice and nothing that contradicts',
  async (kind) => {
    const store: Store =
      kind === 'file'
        ? await openStore(temporaryDirectory())
        : new MemoryStore({ committee: COMMITTEE, self: SELF });
    for (const record of SOME) store.append(record);
    const { records } = store.stats;
    for (const record of SOME.slice(0, 2)) store.append(record);
    store.append(settled('x', 1, 3));
    expect(store.stats.records).toBe(records);
    expect(() => store.append(stated('ä/ö', 2, 0, 1, 1, 0, 0, 0))).toThrow(AssertionError);
    expect(() => store.append(settled('x', 0))).toThrow(AssertionError);
    expect(() => store.append(stated('x', 4, 0))).toThrow(AssertionError);
    expect(store.agreements()).toEqual(memoryOf(SOME));
  },
);

test('agreements outlive the segments they were written to', async () => {
  const dir = temporaryDirectory();
  const options = {
    disk: HASTY_DISK,
    segmentBytes: 65_536,
    retention: { ...KEEP_ALL, bytes: 150_000 },
  };
  const prng = new Prng(1);
  const written: StoreRecord[] = [];
  let instance = 1;
  const turn = async (store: FileStore): Promise<void> => {
    const payload = payloadOf(`${instance}`, 9_000);
    const digest = sha256(payload);
    const about = { sender: COMMITTEE.member(1), instance, digest, firstSeq: instance, count: 1 };
    store.append({ kind: 'keep', digest, payload });
    store.append({ kind: 'delivered', ...about });
    const topic = `t${prng.below(instance)}`;
    const open = memoryOf(written);
    const isSettled = open.settled.some((each) => each.topic === topic);
    const statement = stated(topic, 1, 0, prng.below(200), 1, 0, 0, 1);
    const isNew =
      statement.kind === 'stated' &&
      !open.open.some(
        (each) =>
          each.topic === topic && each.stated.some((bytes) => bytes.join() === statement.statement.join()),
      );
    if (!isSettled && isNew) {
      const record = prng.chance(1, 3) && instance > 20 ? settled(topic, 1, instance) : statement;
      store.append(record);
      written.push(record);
    }
    instance += 1;
    await store.sync();
    await store.trim();
  };
  for (let life = 0; life < 3; life += 1) {
    const store = await openStore(dir, options);
    expect(store.agreements()).toEqual(memoryOf(written));
    for (let i = 0; i < 40; i += 1) await turn(store);
    expect(store.firstNumber).toBeGreaterThan(1);
    await store.close();
  }
  const last = await openStore(dir, options);
  expect(last.agreements()).toEqual(memoryOf(written));
});
