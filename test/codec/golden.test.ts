import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/base/index.ts';
import {
  batchBytesMax,
  decodeBatch,
  decodeMessages,
  encodeBatch,
  FRAME_KIND,
  frameBytesMax,
  groupSealBytes,
  WIRE_VERSION,
} from '../../src/codec/index.ts';
import { ErasureCode, merkleTree, PayloadHasher, portableSha256 } from '../../src/crypto/index.ts';
import { batchSigner } from '../../src/member/proof.ts';
import { BOUNDS, bodyOf, digest, frameOf, hex, shown, VECTORS } from './vectors.ts';

// The vectors of docs/wire.md. They are what other implementations are checked against: a difference here is a
// change of the wire, and needs a new version of it. `REWRITE=1` writes down what is encoded now.

const url = new URL('../golden/messages.json', import.meta.url);

const batches = [['68656c6c6f'], ['', '00'], ['61', '62', '6363', '', 'ff']];
const names: readonly (readonly [sender: number, instance: number, payload: string])[] = [
  [0, 1, ''],
  [0, 1, '00010000000568656c6c6f'],
  [3, 0x0102_0304_0506, '00010000000568656c6c6f'],
];

/** Bodies that are to be refused, by the reason. */
const REFUSED: readonly (readonly [name: string, error: string, body: string])[] = [
  ['nothing at all', 'truncated', ''],
  ['a stray byte', 'truncated', '78'],
  ['no messages', 'out-of-range', '0a0b0c0d0000'],
  ['another epoch', 'out-of-range', `0a0b0c0e00010200000000000000000101${'00'.repeat(32)}`],
  ['more messages than bytes', 'truncated', '0a0b0c0dffff'.replace('ffff', '1000')],
  ['more messages than a frame may hold', 'out-of-range', '0a0b0c0d1001'],
  ['an unknown kind', 'unknown-kind', '0a0b0c0d0001090000000000000000000100'],
  ['a sender that is no member', 'out-of-range', `0a0b0c0d0001020004000000000000000101${'00'.repeat(32)}`],
  ['instance zero', 'out-of-range', `0a0b0c0d0001020000000000000000000001${'00'.repeat(32)}`],
  ['instance 2^53', 'out-of-range', `0a0b0c0d0001020000002000000000000001${'00'.repeat(32)}`],
  ['a short digest', 'truncated', `0a0b0c0d0001020000000000000000000101${'00'.repeat(31)}`],
  ['a byte too many', 'trailing-bytes', `0a0b0c0d0001020000000000000000000101${'00'.repeat(33)}`],
  ['a payload that claims too much', 'too-large', '0a0b0c0d00010100000000000000000001ffffffff'],
  [
    'a payload over the limit by one',
    'too-large',
    `0a0b0c0d000101000000000000000000010000${'0087'}${'00'.repeat(135)}`,
  ],
  ['an answer over the limit by one', 'too-large', '0a0b0c0d0001060000000000000000000100008387'],
  ['a payload shorter than it claims', 'truncated', '0a0b0c0d00010600000000000000000001000000020a'],
  ['a DISPERSAL of nothing', 'out-of-range', `0a0b0c0d00010700000000000000000001${'00'.repeat(32)}00000000`],
  ['a DISPERSAL of too much', 'too-large', `0a0b0c0d00010700000000000000000001${'00'.repeat(32)}00000087`],
  ['a SHARD of nothing', 'out-of-range', `0a0b0c0d00010800000000000000000001${'00'.repeat(32)}00000000`],
  ['a SHARD of too much', 'too-large', `0a0b0c0d00010800000000000000000001${'00'.repeat(32)}ffffffff`],
  [
    'a SHARD with half a proof',
    'truncated',
    `0a0b0c0d00010800000000000000000001${'00'.repeat(32)}00000005${'00'.repeat(32)}`,
  ],
  [
    'a SHARD with a byte more',
    'trailing-bytes',
    `0a0b0c0d00010800000000000000000001${'00'.repeat(32)}00000005${'00'.repeat(64 + 4)}`,
  ],
  ['a STATUS of three bases', 'out-of-range', `0a0b0c0d000110000003${'0000000000000001'.repeat(3)}`],
  [
    'a STATUS with base zero',
    'out-of-range',
    `0a0b0c0d000110000004${'0000000000000001'.repeat(3)}${'00'.repeat(8)}`,
  ],
  ['a STATUS with unknown flags', 'not-canonical', `0a0b0c0d000110020004${'0000000000000001'.repeat(4)}`],
  ['a HORIZON of a stranger', 'out-of-range', '0a0b0c0d00011100040000000000000001'],
  ['an ASK for instance zero', 'out-of-range', '0a0b0c0d00011200000000000000000000'],
  ['a COUNT without its number', 'truncated', '0a0b0c0d00011300000000000000000001'],
  ['a COUNT of 2^53 - 1', 'out-of-range', '0a0b0c0d00011300000000000000000001001fffffffffffff'],
  [
    'one good message and half of another',
    'truncated',
    `0a0b0c0d0002020000000000000000000101${'00'.repeat(32)}02`,
  ],
  ['a run of no votes', 'out-of-range', '0a0b0c0d0001020000000000000000000100'],
  ['more votes than messages', 'out-of-range', `0a0b0c0d0001020000000000000000000102${'00'.repeat(64)}`],
  ['fewer votes than messages', 'truncated', `0a0b0c0d0003020000000000000000000102${'00'.repeat(64)}`],
  [
    'a run beyond instance 2^53 - 1',
    'out-of-range',
    `0a0b0c0d0002020000001fffffffffffff02${'00'.repeat(64)}`,
  ],
  [
    'two runs that are one',
    'not-canonical',
    `0a0b0c0d0002020000000000000000000101${'00'.repeat(32)}020000000000000000000201${'00'.repeat(32)}`,
  ],
];

/** The payload, all of its shards, and what names them. */
function codeWord(hasher: PayloadHasher, n: number, k: number, payload: string) {
  const shards = new ErasureCode(k, n).encode(hex(payload));
  const { root, proof } = merkleTree(portableSha256, shards);
  const length = payload.length / 2;
  return {
    members: n,
    dataShards: k,
    sender: 3,
    instance: 7,
    payload,
    shards: shards.map(toHex),
    proofs: shards.map((_, index) => toHex(proof(index))),
    root: toHex(root),
    digest: toHex(hasher.codeWord(3, 7, { k, n, length }, root)),
  };
}

/** Three batches of member 3 from its instance 7 on that share a signature, which is all 0x77 here, and what it is over. */
function group(hasher: PayloadHasher) {
  const texts = ['61', '6262', '636363'];
  const payloads = texts.map((text) => encodeBatch([hex(text)], new Uint8Array(groupSealBytes(3))));
  let signedBytes = '';
  const signer = batchSigner({
    self: BOUNDS.committee.member(3),
    hasher,
    sign: (statement) => {
      signedBytes = toHex(statement);
      return new Uint8Array(64).fill(0x77);
    },
  });
  signer?.group(7, payloads);
  return { sender: 3, first: 7, messages: texts, payloads: payloads.map(toHex), signedBytes };
}

function written() {
  const { committee, limits, epoch } = BOUNDS;
  const cluster = digest(0x10);
  const hasher = new PayloadHasher(portableSha256, cluster);
  return {
    wireVersion: WIRE_VERSION,
    kind: FRAME_KIND.messages,
    members: committee.n,
    epoch,
    limits: { payloadBytes: limits.payloadBytes, messagesPerInstance: limits.messagesPerInstance },
    frames: VECTORS.map(({ name, messages }) => ({
      name,
      messages: shown(messages),
      frame: toHex(frameOf(messages)),
    })),
    refusedBodies: REFUSED.map(([name, error, body]) => ({ name, error, body })),
    batches: batches.map((messages) => ({ messages, payload: toHex(encodeBatch(messages.map(hex))) })),
    group: group(hasher),
    refusedBatches: [
      { error: 'truncated', payload: '' },
      { error: 'out-of-range', payload: '0000' },
      { error: 'out-of-range', payload: `0006${'00'.repeat(88)}` },
      { error: 'truncated', payload: '00020000000100' },
      { error: 'truncated', payload: '0001000000050000' },
      { error: 'truncated', payload: `000100000000${'00'.repeat(63)}` },
      { error: 'trailing-bytes', payload: `000100000000${'00'.repeat(65)}` },
      { error: 'too-large', payload: '000100000041' },
      { error: 'too-large', payload: `000100000041${'00'.repeat(129)}` },
    ],
    payloadDigests: {
      cluster: toHex(cluster),
      digests: names.map(([sender, instance, payload]) => ({
        sender,
        instance,
        payload,
        digest: toHex(hasher.digest(sender, instance, hex(payload))),
      })),
    },
    codeWords: {
      cluster: toHex(cluster),
      words: [codeWord(hasher, 4, 2, '0102030405'), codeWord(hasher, 7, 3, '68656c6c6f')],
    },
  };
}

if (process.env['REWRITE'] !== undefined) writeFileSync(url, `${JSON.stringify(written(), null, 2)}\n`);

const golden: ReturnType<typeof written> = JSON.parse(readFileSync(url, 'utf8'));

test('what is written today is what was written before', () => {
  expect(JSON.parse(JSON.stringify(written()))).toEqual(golden);
});

describe('what was written before is read today', () => {
  test.each(golden.frames)('$name', ({ frame, messages }) => {
    const bytes = hex(frame);
    const decoded = decodeMessages(bodyOf(bytes), BOUNDS);
    expect(shown(decoded)).toEqual({ ok: true, value: messages });
    expect(new DataView(bytes.buffer).getUint32(0)).toBe(bytes.length - 4);
    expect([bytes[4], bytes[5]]).toEqual([golden.wireVersion, golden.kind]);
  });

  test.each(golden.batches)('batch $payload', ({ messages, payload }) => {
    expect(shown(decodeBatch(hex(payload), BOUNDS.limits))).toEqual({ ok: true, value: messages });
  });
});

describe('what is out of place is refused, with the reason', () => {
  test.each(golden.refusedBodies)('$name: $error', ({ body, error }) => {
    expect(decodeMessages(hex(body), BOUNDS)).toEqual({ ok: false, error });
  });

  test.each(golden.refusedBatches)('batch $payload: $error', ({ payload, error }) => {
    expect(decodeBatch(hex(payload), BOUNDS.limits)).toEqual({ ok: false, error });
  });
});

test('docs/wire.md gives the lengths that are enforced', () => {
  const docs = readFileSync(new URL('../../docs/wire.md', import.meta.url), 'utf8').replaceAll('\n', ' ');
  const { limits } = BOUNDS;
  const numbers = (pattern: RegExp): number[] =>
    (pattern.exec(docs) ?? []).slice(1).map((text) => Number(text.replaceAll(',', '')));
  const [overhead = 0, least = 0, batch = 0] = numbers(
    /at most batch \+ ([\d,]+), and at least ([\d,]+) may be, where batch = (\d+) \+ `limits\.payloadBytes`/,
  );
  expect(batch + limits.payloadBytes).toBe(batchBytesMax(limits));
  expect(least).toBe(frameBytesMax(limits));
  const large = { ...limits, payloadBytes: 1_000_000 };
  expect(batch + large.payloadBytes + overhead).toBe(frameBytesMax(large));
  const ceiling = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8').replaceAll(',', '');
  expect(ceiling).toContain(`F = B + ${overhead} and no less than ${least} `);
  expect(ceiling).toContain(`batch B = \`payloadBytes\` + ${batch} `);
  expect(numbers(/at most (\d+) \+ `limits\.payloadBytes` long/)).toEqual([batch]);
});
