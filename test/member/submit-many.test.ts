import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UsageError } from '../../src/base/index.ts';
import { decodeBatch, encodeBatch } from '../../src/codec/index.ts';
import { LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { Outbox } from '../../src/member/outbox.ts';

const LIMITS = { ...LIMITS_DEFAULT, payloadBytes: 6_000, messagesPerInstance: 300, window: 8 };

/** Everything that leaves while peers keep up, as lengths and first bytes of messages. */
function leaving(
  outbox: Outbox,
  limits: typeof LIMITS,
): { text: string; instance: number; firstSeq: number }[] {
  const left: { text: string; instance: number; firstSeq: number }[] = [];
  let lowBase = 1;
  for (let batches = outbox.next(lowBase); batches.length > 0; batches = outbox.next(lowBase)) {
    for (const { payload, instance, firstSeq, count } of batches) {
      const messages = decodeBatch(payload, limits);
      if (!messages.ok) throw new Error(messages.error);
      expect(messages.value.length).toBe(count);
      for (const [i, message] of messages.value.entries()) {
        left.push({ text: `${message.length} ${message[0] ?? ''}`, instance, firstSeq: firstSeq + i });
      }
    }
    lowBase = outbox.nextInstance;
  }
  return left;
}

test('messages handed over together leave as if one by one: each once, in order, under its number', () => {
  const calls = fc.array(
    fc.record({
      together: fc.boolean(),
      lengths: fc.oneof(
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 100, maxLength: 700 }),
        fc.array(fc.integer({ min: 0, max: 6_000 }), { minLength: 1, maxLength: 8 }),
      ),
    }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(calls, fc.constantFrom(40_000, 10_000_000), (list, bytesPerSender) => {
      const limits = { ...LIMITS, bytesPerSender };
      const outbox = new Outbox(limits, undefined);
      const expected: string[] = [];
      let bytes = 0;
      for (const { together, lengths } of list) {
        const messages = lengths.map((length, i) => new Uint8Array(length).fill(i));
        const last = together
          ? outbox.submitMany(messages)
          : messages.map((message) => outbox.submit(message)).at(-1);
        for (const message of messages) {
          expected.push(`${message.length} ${message[0] ?? ''}`);
          bytes += message.length;
          // They are the caller's again.
          if (together) message.fill(0xee);
        }
        expect(last).toBe(expected.length);
        expect(outbox.pending).toEqual({ messages: expected.length, bytes });
      }
      const left = leaving(outbox, limits);
      expect(left.map(({ text }) => text)).toEqual(expected);
      expect(left.map(({ firstSeq }) => firstSeq)).toEqual(expected.map((_, i) => i + 1));
      expect(outbox.pending).toEqual({ messages: 0, bytes: 0 });
    }),
    { numRuns: 60 },
  );
});

test('many fill instances, few share one with others', () => {
  const outbox = new Outbox(LIMITS, undefined);
  const some = (count: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(32));
  outbox.submitMany(some(650));
  for (let calls = 0; calls < 3; calls += 1) outbox.submitMany(some(20));
  const instances = new Map<number, number>();
  for (const { instance } of leaving(outbox, LIMITS)) {
    instances.set(instance, (instances.get(instance) ?? 0) + 1);
  }
  // 166 messages of 32 bytes fill a batch of 6,000 bytes.
  expect([...instances.values()]).toEqual([166, 166, 166, 152, 60]);
});

test('lists that wait together share an instance, as if they were one list, up to 256 KiB and what the limits allow', () => {
  const limits = { ...LIMITS_DEFAULT, messagesPerInstance: 3_000 };
  const outbox = new Outbox(limits, undefined);
  const list = (count: number, bytes: number, fill: number): Uint8Array[] =>
    Array.from({ length: count }, () => new Uint8Array(bytes).fill(fill));
  const lists = [list(1_000, 32, 1), list(900, 33, 2), list(1_100, 20, 3)];
  for (const messages of lists) outbox.submitMany(messages);
  // One more would be too many messages; these are too long together, and one is not packed.
  for (const messages of [list(100, 2_000, 4), list(50, 2_000, 5), list(1, 10, 6), list(300, 20, 7)])
    outbox.submitMany(messages);
  const batches = outbox.next(1);
  expect(batches.map(({ firstSeq, count }) => [firstSeq, count])).toEqual([
    [1, 3_000],
    [3_001, 100],
    [3_101, 50],
    [3_151, 1],
    [3_152, 300],
  ]);
  expect(batches[0]?.payload).toEqual(encodeBatch(lists.flat()));
  expect(outbox.pending).toEqual({ messages: 0, bytes: 0 });
});

test('with one that is too long none is taken', () => {
  const outbox = new Outbox(LIMITS, undefined);
  expect(() => outbox.submitMany([new Uint8Array(1), new Uint8Array(6_001)])).toThrow(UsageError);
  expect(outbox.pending).toEqual({ messages: 0, bytes: 0 });
  expect(outbox.submit(new Uint8Array(1))).toBe(1);
});
