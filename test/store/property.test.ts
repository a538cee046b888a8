import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStore, type StoreRecord } from '../../src/node/store/index.ts';
import { DumbStore } from './dumb-store.ts';
import { HASTY_DISK } from './images.ts';
import { COMMITTEE, legible, openStore, Script, SELF, type Step, temporaryDirectory, told } from './kit.ts';

const sender = fc.nat({ max: COMMITTEE.n - 1 });
const count = fc.integer({ min: 1, max: 5 });
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('initiate'), bytes: fc.nat({ max: 30_000 }), count }),
  fc.record({ do: fc.constant('initiate'), bytes: fc.nat({ max: 100 }), count, key: name }),
  fc.record({ do: fc.constantFrom('echo', 'ready'), sender, ahead: fc.integer({ min: -1, max: 3 }) }),
  fc.record({ do: fc.constant('deliver'), sender, count, stray: fc.boolean() }),
  fc.record({ do: fc.constant('peer'), member: sender, position: fc.maxSafeNat() }),
  fc.record({ do: fc.constant('cursor'), consumer: name, number: fc.maxSafeNat() }),
);

const turn = fc.record({
  steps: fc.array(step, { maxLength: 8 }),
  next: fc.constantFrom('go on', 'go on', 'go on', 'reopen'),
});

test('whatever is written, stopped and started again: the same facts as from the plain list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { maxLength: 12 }), async (turns) => {
      const dir = temporaryDirectory();
      const options = { disk: HASTY_DISK, segmentBytes: 65_536 };
      const script = new Script();
      const records: StoreRecord[] = [];
      let store = await openStore(dir, options);
      const { logId } = store;
      const memory = new MemoryStore({ committee: COMMITTEE, self: SELF });
      for (const { steps, next } of turns) {
        for (const record of steps.flatMap((one) => script.records(one))) {
          store.append(record);
          memory.append(record);
          records.push(record);
        }
        await Promise.all([store.sync(), memory.sync()]);
        if (next === 'go on') continue;
        await store.close();
        store = await openStore(dir, options);
        expect(legible(store.restored())).toEqual(legible(new DumbStore(records).memory()));
        expect(store.logId).toEqual(logId);
      }
      const expected = new DumbStore(records).told();
      expect(await told(store)).toEqual(expected);
      expect(await told(memory)).toEqual(expected);
      for (const record of records) {
        if (record.kind === 'keep')
          expect(legible(await store.payload(record.digest))).toBe(legible(record.payload));
        if (record.kind === 'key') expect(store.keyOf(record.key)).toEqual(memory.keyOf(record.key));
      }
      await store.close();
    }),
    { numRuns: 60 },
  );
});
