import { expect, test } from 'vitest';
import { asDigest, type Digest } from '../../src/crypto/index.ts';
import { PayloadTable } from '../../src/node/store/payload-table.ts';
import { Payloads } from '../../src/node/store/payloads.ts';

/** Payload number `i`: its bytes say which one it is. */
const payloadOf = (i: number, length: number): Uint8Array => new Uint8Array(length).fill(i % 251);

const digestOf = (i: number): Digest => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, Math.imul(i + 1, 0x9e3779b1) >>> 0);
  const digest = asDigest(bytes);
  if (digest === undefined) throw new Error('no digest');
  return digest;
};

/** Delivers `count` payloads of these lengths and lets go of all but the last `kept`. */
function filled(count: number, kept: number, lengthOf: (i: number) => number) {
  const table = new PayloadTable();
  const payloads = new Payloads(table);
  for (let i = 0; i < count; i += 1) {
    const row = table.add(digestOf(i));
    payloads.set(row, payloadOf(i, lengthOf(i)));
    payloads.delivered(row, i);
    if (i >= kept) payloads.delete(i - kept);
    payloads.dropBelow(i - kept + 1);
  }
  return { table, payloads };
}

test('gives back every payload that is kept, short and long ones mixed, and no other', () => {
  const lengthOf = (i: number): number => (i % 7 === 0 ? 2_000 : 1 + (i % 1_024));
  const { payloads } = filled(1_500, 300, lengthOf);
  for (let row = 0; row < 1_500; row += 1) {
    const wanted = row < 1_200 ? undefined : payloadOf(row, lengthOf(row));
    expect(payloads.get(row), `row ${row}`).toEqual(wanted);
    expect(payloads.lengthOf(row)).toBe(wanted?.length ?? 0);
  }
});

test('lets go of the memory of short payloads too', () => {
  const { payloads } = filled(20_000, 100, () => 400);
  // Eighty-one of them stand in a block: a view shows which.
  const blocks = new Set(Array.from({ length: 100 }, (_, i) => payloads.get(19_900 + i)?.buffer));
  expect(blocks.size).toBeLessThanOrEqual(4);
  expect(payloads.blocks).toBeLessThanOrEqual(4);
});

test('finds a payload under the row that it gets when it is written again', () => {
  const { table, payloads } = filled(3, 3, (i) => (i === 1 ? 5_000 : 10));
  for (const i of [0, 1, 2]) {
    const row = table.readd(digestOf(i));
    payloads.moved(i, row);
    expect(payloads.get(row)).toEqual(payloadOf(i, i === 1 ? 5_000 : 10));
  }
});
