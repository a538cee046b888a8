import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesEqual, Prng } from '../../src/base/index.ts';
import {
  batchBytesMax,
  decodeBatch,
  decodeMessages,
  encodeBatch,
  encodedBytes,
  FRAME_HEADER_BYTES,
  FramePacker,
  frameBytesMax,
  groupSealBytes,
  type MemberMessage,
  type ShardMessage,
  sealOf,
  writeGroupSeal,
} from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT, MEMBERS_MAX } from '../../src/committee/index.ts';
import { asDigest, type Digest, proofHashes } from '../../src/crypto/index.ts';
import { BOUNDS, bodyOf, frameOf, VECTORS } from './vectors.ts';

const INPUTS = 200_000;
const CORPUS = VECTORS.map(({ messages }) => bodyOf(frameOf(messages)));
const INTERESTING = [0, 1, 2, 4, 5, 6, 15, 16, 17, 0x20, 0x7f, 0x80, 0xfe, 0xff];

/** One of the corpus with a few small things wrong: a bit, a byte, a step up or down, a cut, a piece of another. */
function mutated(prng: Prng): Uint8Array {
  let bytes: Uint8Array = prng.pick(CORPUS).slice();
  for (let changes = 1 + prng.below(4); changes > 0; changes -= 1) {
    const at = prng.below(Math.max(1, bytes.length));
    switch (prng.below(7)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << prng.below(8));
        break;
      case 1:
        bytes[at] = prng.pick(INTERESTING);
        break;
      case 2:
        bytes[at] = (bytes[at] ?? 0) + (prng.chance(1, 2) ? 1 : -1);
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4:
        bytes = spliced(bytes.subarray(0, at), prng.pick(CORPUS).subarray(prng.below(40)));
        break;
      case 5:
        bytes = spliced(bytes.subarray(0, at), bytes.subarray(at + 1 + prng.below(4)));
        break;
      default:
        bytes = spliced(bytes.subarray(0, at), Uint8Array.of(prng.below(256)), bytes.subarray(at));
    }
  }
  return bytes;
}

function spliced(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Objects and array places that a decoded value is made of. */
function elements(value: unknown): number {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + elements(each), 1);
}

describe('messages', () => {
  test(`${INPUTS} inputs close to good ones: nothing throws, and what is accepted encodes to itself`, () => {
    const prng = new Prng(1);
    const seen = new Map<string, number>();
    for (let i = 0; i < INPUTS; i += 1) {
      const body = mutated(prng);
      const decoded = decodeMessages(body, BOUNDS);
      const outcome = decoded.ok ? 'accepted' : decoded.error;
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
      if (!decoded.ok) continue;
      expect(bytesEqual(bodyOf(frameOf(decoded.value)), body)).toBe(true);
      expect(elements(decoded.value)).toBeLessThanOrEqual(body.length);
    }
    // The loop is of use only as long as it meets every way out.
    expect([...seen.keys()].sort()).toEqual([
      'accepted',
      'not-canonical',
      'out-of-range',
      'too-large',
      'trailing-bytes',
      'truncated',
      'unknown-kind',
    ]);
    expect(seen.get('accepted')).toBeGreaterThan(INPUTS / 20);
  });

  test('bytes of any kind never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (body) => {
        const decoded = decodeMessages(body, BOUNDS);
        if (decoded.ok) expect(bytesEqual(bodyOf(frameOf(decoded.value)), body)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('every message of every committee comes back as it was', () => {
    fc.assert(
      fc.property(messageLists, ({ n, messages }) => {
        const bounds = { ...BOUNDS, committee: new Committee(n, 0) };
        expect(decodeMessages(bodyOf(frameOf(messages)), bounds)).toEqual({ ok: true, value: messages });
      }),
      { numRuns: 1_000 },
    );
  });

  test('a claimed number of messages costs its sender the bytes', () => {
    const bases = [1, 2, 3, 4].flatMap((base) => [0, 0, 0, 0, 0, 0, 0, base]);
    const bomb = Uint8Array.of(10, 11, 12, 13, 0x10, 0, 16, 0, 0, 4, ...bases);
    expect(decodeMessages(bomb, BOUNDS)).toEqual({ ok: false, error: 'truncated' });
    // The shortest message there is takes eleven bytes and more; a frame of votes alone is refused when overfull.
    const least = Math.min(...VECTORS.flatMap(({ messages }) => messages.map(encodedBytes)));
    expect(least).toBeGreaterThanOrEqual(11);
  });
});

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => {
  const digest = asDigest(bytes);
  if (digest === undefined) throw new Error('32 bytes are a digest');
  return digest;
});
const number53 = fc.oneof(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);
const payload = fc.uint8Array({ maxLength: batchBytesMax(BOUNDS.limits) });

const length = fc.integer({ min: 1, max: batchBytesMax(BOUNDS.limits) });

/** A SHARD whose proof and shard have the lengths that they must have. */
function shardOf({ n, quorums }: Committee, digest: Digest, bytes: number, fill: number): ShardMessage {
  const proof = new Uint8Array(32 * proofHashes(n)).fill(fill);
  const shard = new Uint8Array(Math.ceil(bytes / quorums.dataShards)).fill(fill);
  return { kind: 'shard', digest, length: bytes, proof, shard };
}

function messageOf(committee: Committee): fc.Arbitrary<MemberMessage> {
  const { ids, n } = committee;
  const body = fc.oneof(
    payload.map((bytes) => ({ kind: 'initial', payload: bytes }) as const),
    payload.map((bytes) => ({ kind: 'payload', payload: bytes }) as const),
    fc
      .tuple(fc.constantFrom('echo' as const, 'ready' as const, 'done' as const, 'pull' as const), bytes32)
      .map(([kind, digest]) => ({ kind, digest })),
    fc.record({ digest: bytes32, length }).map((fields) => ({ kind: 'dispersal', ...fields }) as const),
    fc
      .tuple(bytes32, length, fc.integer({ min: 0, max: 255 }))
      .map(([digest, bytes, fill]) => shardOf(committee, digest, bytes, fill)),
  );
  const instance = fc
    .record({ sender: fc.constantFrom(...ids), instance: number53, body })
    .map((fields) => ({ kind: 'instance', ...fields }) as const);
  const status = fc
    .record({ bases: fc.array(number53, { minLength: n, maxLength: n }), resync: fc.boolean() })
    .map((fields) => ({ kind: 'status', ...fields }) as const);
  return fc.oneof({ weight: 4, arbitrary: instance }, { weight: 1, arbitrary: status });
}

const messageLists = fc.integer({ min: 1, max: 20 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    messages: fc.array(messageOf(new Committee(n, 0)), { minLength: 1, maxLength: 20 }),
  }),
);

describe('batches', () => {
  test('bytes of any kind never throw, and what is accepted encodes to itself', () => {
    const prng = new Prng(2);
    const good = [['hello'], ['', 'a'], ['x', 'yy', 'zzz', '', 'w']].map((words) =>
      encodeBatch(words.map((word) => new TextEncoder().encode(word))),
    );
    const seal = new Uint8Array(groupSealBytes(3));
    writeGroupSeal(seal, { index: 2, count: 3, proof: new Uint8Array(64).fill(5) }, new Uint8Array(64));
    good.push(encodeBatch([Uint8Array.of(1, 2)], seal));
    let accepted = 0;
    for (let i = 0; i < INPUTS / 4; i += 1) {
      const bytes = prng.pick(good).slice();
      for (let changes = prng.below(3); changes >= 0; changes -= 1) {
        const at = prng.below(bytes.length);
        bytes[at] = (bytes[at] ?? 0) + prng.pick([1, -1, 4, -4, 128]);
      }
      const input = prng.chance(1, 3) ? bytes.subarray(0, prng.below(bytes.length + 1)) : bytes;
      const decoded = decodeBatch(input, BOUNDS.limits);
      if (!decoded.ok) continue;
      accepted += 1;
      expect(bytesEqual(encodeBatch(decoded.value, sealOf(input)), input)).toBe(true);
      expect(decoded.value.length).toBeLessThanOrEqual(BOUNDS.limits.messagesPerInstance);
    }
    expect(accepted).toBeGreaterThan(100);
  });

  test('the longest batch is one message of full length', () => {
    const { limits } = BOUNDS;
    const full = encodeBatch([new Uint8Array(limits.payloadBytes)]);
    expect(full.length).toBe(batchBytesMax(limits));
    expect(decodeBatch(full, limits).ok).toBe(true);
    const over = encodeBatch([new Uint8Array(limits.payloadBytes - 3), new Uint8Array(0)]);
    expect(decodeBatch(over, limits)).toEqual({ ok: false, error: 'too-large' });
  });
});

describe('frames', () => {
  test('no frame is longer than the cluster allows, and none is empty', () => {
    fc.assert(
      fc.property(
        fc.array(messageOf(BOUNDS.committee), { maxLength: 400 }),
        fc.integer({ min: 1, max: 8 }),
        (messages, times) => {
          const packer = new FramePacker(BOUNDS.epoch);
          for (let i = 0; i < times; i += 1) for (const message of messages) packer.add(message);
          const bytes = packer.take();
          const read: MemberMessage[] = [];
          for (let at = 0; at < bytes.length; ) {
            const length = new DataView(bytes.buffer, at).getUint32(0);
            expect(length).toBeLessThanOrEqual(frameBytesMax(BOUNDS.limits));
            const decoded = decodeMessages(bytes.subarray(at + FRAME_HEADER_BYTES, at + 4 + length), BOUNDS);
            if (decoded.ok) read.push(...decoded.value);
            at += 4 + length;
          }
          expect(read.length).toBe(messages.length * times);
          expect(packer.take().length).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('the largest message of the largest committee fits', () => {
    const committee = new Committee(MEMBERS_MAX, 85);
    const bounds = { committee, limits: LIMITS_DEFAULT, epoch: 0xffff_ffff };
    const payload = encodeBatch([new Uint8Array(LIMITS_DEFAULT.payloadBytes)]);
    const last = committee.member(MEMBERS_MAX - 1);
    const instance = Number.MAX_SAFE_INTEGER;
    const messages: MemberMessage[] = [
      { kind: 'status', bases: committee.ids.map(() => instance), resync: true },
      {
        kind: 'instance',
        sender: last,
        instance,
        body: { kind: 'initial', payload },
      },
    ];
    for (const message of messages) {
      const packer = new FramePacker(bounds.epoch);
      packer.add(message);
      const frame = packer.take();
      expect(frame.length - 4).toBeLessThanOrEqual(frameBytesMax(LIMITS_DEFAULT));
      const decoded = decodeMessages(bodyOf(frame), bounds);
      const again = new FramePacker(bounds.epoch);
      for (const each of decoded.ok ? decoded.value : []) again.add(each);
      expect(bytesEqual(again.take(), frame)).toBe(true);
    }
  });
});
