import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/base/index.ts';
import {
  decodeHandshake,
  encodeHandshake,
  FRAME_HEADER_BYTES,
  FRAME_KIND,
  HANDSHAKE_FRAME_BYTES_MAX,
  type HandshakeMessage,
  REJECT_REASONS,
} from '../../src/codec/index.ts';

const GOLDEN = new URL('../golden/handshake.json', import.meta.url);

const range = (length: number, from: number): Uint8Array => Uint8Array.from({ length }, (_, i) => from + i);

const VECTORS: readonly { readonly name: string; readonly message: HandshakeMessage }[] = [
  {
    name: 'hello',
    message: {
      kind: 'hello',
      versionMin: 1,
      versionMax: 3,
      clusterDigest: range(32, 0x20),
      epoch: 0x01020304,
      member: 0x0506,
      logId: range(16, 0xa0),
      position: 2 ** 53 - 1,
    },
  },
  { name: 'accept', message: { kind: 'accept' } },
  ...REJECT_REASONS.map((reason) => ({
    name: `reject ${reason}`,
    message: { kind: 'reject', reason, detail: '' } as const,
  })),
  {
    name: 'reject with detail',
    message: { kind: 'reject', reason: 'wrong-epoch', detail: 'acme is in epoch 1, globex in 2' },
  },
  { name: 'ping', message: { kind: 'ping', nonce: 0xdeadbeef, position: 0x1_0000_0001 } },
  { name: 'pong', message: { kind: 'pong', nonce: 0xdeadbeef } },
];

/** As JSON shows it: bytes in hex. */
function shown(message: HandshakeMessage): Record<string, unknown> {
  const fields = Object.entries(message).map(([key, value]) => [
    key,
    value instanceof Uint8Array ? toHex(value) : value,
  ]);
  return Object.fromEntries(fields);
}

function decodeFrame(frame: Uint8Array) {
  return decodeHandshake(frame[5] ?? 0, frame.subarray(FRAME_HEADER_BYTES));
}

test('golden vectors: what is written today is what was written before', () => {
  const vectors = VECTORS.map(({ name, message }) => ({
    name,
    message: shown(message),
    frame: toHex(encodeHandshake(message)),
  }));
  if (process.env['UPDATE_GOLDEN'] === '1')
    writeFileSync(GOLDEN, `${JSON.stringify(vectors, undefined, 2)}\n`);
  expect(vectors).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
  for (const { frame } of vectors) {
    const bytes = fromHex(frame) ?? new Uint8Array(0);
    expect(new DataView(bytes.buffer).getUint32(0)).toBe(bytes.length - 4);
  }
});

test.each(VECTORS)('$name is read back as it was', ({ message }) => {
  expect(decodeFrame(encodeHandshake(message))).toEqual({ ok: true, value: message });
});

describe('bytes of others', () => {
  const kinds = [FRAME_KIND.hello, FRAME_KIND.accept, FRAME_KIND.reject, FRAME_KIND.ping, FRAME_KIND.pong];
  const sizes = fc.oneof(fc.nat(80), fc.constantFrom(0, 4, 12, 66));

  test('random ones never throw, and what is accepted encodes to itself', () => {
    const bodies = sizes.chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...kinds), fc.nat(255)), bodies, (kind, body) => {
        const decoded = decodeHandshake(kind, body);
        if (!decoded.ok) return;
        expect(encodeHandshake(decoded.value).subarray(FRAME_HEADER_BYTES)).toEqual(new Uint8Array(body));
      }),
      { numRuns: 2_000 },
    );
  });

  test('every change of one byte of a good frame is refused or is another good frame', () => {
    fc.assert(
      fc.property(fc.constantFrom(...VECTORS), fc.nat(), fc.nat(255), ({ message }, where, value) => {
        const frame = encodeHandshake(message);
        const body = frame.slice(FRAME_HEADER_BYTES);
        if (body.length > 0) body[where % body.length] = value;
        const decoded = decodeHandshake(frame[5] ?? 0, body);
        if (decoded.ok) expect(encodeHandshake(decoded.value).subarray(FRAME_HEADER_BYTES)).toEqual(body);
      }),
      { numRuns: 2_000 },
    );
  });

  test('every frame cut short or with more behind it is refused', () => {
    for (const { message } of VECTORS) {
      const frame = encodeHandshake(message);
      const kind = frame[5] ?? 0;
      const body = frame.subarray(FRAME_HEADER_BYTES);
      for (let length = 0; length < body.length; length += 1) {
        expect(decodeHandshake(kind, body.subarray(0, length)).ok).toBe(false);
      }
      expect(decodeHandshake(kind, Buffer.concat([body, Buffer.of(0)]))).toEqual({
        ok: false,
        error: 'trailing-bytes',
      });
    }
  });

  test.each([
    ['another magic', 0, 0x58, 'out-of-range'],
    ['version 0', 2, 0, 'out-of-range'],
    ['a range upside down', 2, 4, 'out-of-range'],
    ['a position over 2^53 - 1', 58, 1, 'out-of-range'],
  ])('a hello with %s', (_, at, value, error) => {
    const [hello] = VECTORS;
    if (hello === undefined) throw new Error('the first vector is a hello');
    const body = encodeHandshake(hello.message).slice(FRAME_HEADER_BYTES);
    body[at] = value;
    expect(decodeHandshake(FRAME_KIND.hello, body)).toEqual({ ok: false, error });
  });

  test.each([
    ['reason 0', [0, 0, 0], 'out-of-range'],
    ['an unknown reason', [REJECT_REASONS.length + 1, 0, 0], 'out-of-range'],
    ['a terminal escape in the detail', [1, 0, 2, 0x1b, 0x5b], 'out-of-range'],
    ['a detail longer than allowed', [1, 1, 1, ...new Array<number>(257).fill(0x61)], 'too-large'],
  ])('a reject with %s', (_, body, error) => {
    expect(decodeHandshake(FRAME_KIND.reject, Uint8Array.from(body))).toEqual({ ok: false, error });
  });
});

test('no frame is longer than what is read before a link is up', () => {
  const detail = 'é\u0007'.repeat(500);
  const frame = encodeHandshake({ kind: 'reject', reason: 'bad-hello', detail });
  expect(frame.length).toBeLessThan(HANDSHAKE_FRAME_BYTES_MAX);
  expect(decodeFrame(frame)).toMatchObject({ ok: true, value: { detail: '?'.repeat(256) } });
});
