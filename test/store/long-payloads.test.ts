import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Catalog } from '../../src/node/store/catalog.ts';
import { chainOn } from '../../src/node/store/group.ts';
import type { StoreRecord } from '../../src/node/store/index.ts';
import { COMMIT_BYTES, HEAD_BYTES, RECORD_KIND, readHead, writeHead } from '../../src/node/store/record.ts';
import { recover } from '../../src/node/store/recovery.ts';
import { crashImage } from './images.ts';
import { CLUSTER, COMMITTEE, payloadOf, SELF, sha256, temporaryDirectory } from './kit.ts';

const OWNER = { cluster: CLUSTER, committee: COMMITTEE, self: SELF };
const HEADER_BYTES = 96;
/** In a `keep`, before the payload. */
const DIGEST_BYTES = 32;

function keep(label: string, bytes: number): StoreRecord {
  const payload = payloadOf(label, bytes);
  return { kind: 'keep', digest: sha256(payload), payload };
}

/** Groups with long payloads in every place, and some without. */
function history(label: string): StoreRecord[][] {
  const cursor = (number: number): StoreRecord => ({ kind: 'cursor', consumer: 'c', number });
  return [
    [cursor(1)],
    [keep(`${label} 1`, 40_000)],
    [cursor(2), keep(`${label} 2`, 16_384), keep('short', 16_383), keep(`${label} 3`, 300_000), cursor(3)],
    [cursor(4), keep('short too', 10)],
    [keep(`${label} 4`, 20_000), keep(`${label} 5`, 20_000)],
    [cursor(5)],
  ];
}

function target(bytes: Buffer) {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

/** The heads of all records, with where they stand. */
function* records(bytes: Buffer) {
  const mark = bytes.readUInt32BE(88);
  for (let at = HEADER_BYTES; ; ) {
    const head = readHead(target(bytes), at, mark);
    if (head === undefined) return;
    yield { at, head };
    at += head.length;
  }
}

/** How many bytes recovery finds good, and which payloads. */
async function found(name: string, bytes: Buffer) {
  const catalog = new Catalog(COMMITTEE, SELF);
  const { end, chain } = await recover('/nowhere', [name], OWNER, catalog, async () => bytes);
  return { end, chain, rows: catalog.payloads.rows };
}

test('the chain passes over long payloads, in those groups alone that have some', async () => {
  const { name, bytes, ends } = await crashImage(temporaryDirectory(), history('x'), 'crashed');
  const { commit, commitOverLong } = RECORD_KIND;
  const commits = [...records(bytes)].map(({ head }) => head.kind).filter((kind) => kind >= commitOverLong);
  expect(commits).toEqual([commit, commitOverLong, commitOverLong, commit, commitOverLong, commit]);
  expect((await found(name, bytes)).end).toBe(ends.at(-1));
  // By hand, as docs/storage.md says.
  const [first = 0, second = 0] = ends;
  const chainAt = (end: number) => bytes.subarray(end - COMMIT_BYTES + HEAD_BYTES, end);
  const withoutPayload = bytes.subarray(first, first + HEAD_BYTES + DIGEST_BYTES);
  expect(chainAt(second)).toEqual(
    Buffer.from(sha256(Buffer.concat([chainAt(first), withoutPayload])).subarray(0, 16)),
  );
});

test('a log whose chain is over all bytes is read as ever', async () => {
  const { name, bytes } = await crashImage(temporaryDirectory(), history('x'), 'crashed');
  const old = Buffer.from(bytes);
  let chain: Uint8Array = new Uint8Array(16);
  let from = HEADER_BYTES;
  for (const { at, head } of records(bytes)) {
    if (head.kind < RECORD_KIND.commitOverLong) continue;
    chain = chainOn(chain, [old.subarray(from, at)]);
    old.set(chain, at + HEAD_BYTES);
    writeHead(target(old), at, old.readUInt32BE(88), { ...head, kind: RECORD_KIND.commit });
    from = at + head.length;
  }
  const [today, before] = [await found(name, bytes), await found(name, old)];
  expect(before).toEqual({ ...today, chain });
  expect(before.chain).not.toEqual(today.chain);
});

test.each([0, 1, 20_000, 39_999])(
  'byte %i of a long payload that was durable: damage is found',
  async (index) => {
    const { name, bytes, ends } = await crashImage(temporaryDirectory(), history('x'), 'crashed');
    const at = (ends[0] ?? 0) + HEAD_BYTES + DIGEST_BYTES + index;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await expect(found(name, bytes)).rejects.toMatchObject({
      code: 'ERR_STORAGE_CORRUPT',
      message: expect.stringContaining(`${join('/nowhere', name)} is damaged at byte ${ends[0]}`),
    });
  },
);

test.each([1, 2, 4])(
  'group %i of a history that differs in its long payloads alone does not mix',
  async (place) => {
    const [ours, theirs] = await Promise.all(
      ['x', 'y'].map((label) => crashImage(temporaryDirectory(), history(label), 'crashed')),
    );
    if (ours === undefined || theirs === undefined) throw new Error('there are two');
    expect(ours.ends).toEqual(theirs.ends);
    const mixed = Buffer.from(ours.bytes);
    theirs.bytes.copy(mixed, ours.ends[place - 1], ours.ends[place - 1], ours.ends[place]);
    await expect(found(ours.name, mixed)).rejects.toMatchObject({
      code: 'ERR_STORAGE_CORRUPT',
      message: expect.stringContaining('the chain is broken'),
    });
  },
);
