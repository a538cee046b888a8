import { describe, expect, test } from 'vitest';
import { codingOf, rulesOf } from '../../src/broadcast/index.ts';
import { batchBytesMax, type CodedMessage, encodeBatch } from '../../src/codec/index.ts';
import { Committee, faultyMax, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { ErasureCode, PayloadHasher, portableSha256, SIGNATURE_BYTES } from '../../src/crypto/index.ts';
import { NOTHING } from '../../src/protocol/index.ts';
import { ListedStream } from './listed.ts';

const SIZES = [7, 8, 9] as const;
const BYTES_MIN = 100;
/** Of a payload of `BYTES_MIN` bytes: three or four shards make it, and a proof has three or four hashes. */
const SHARD_AND_PROOF_BYTES = { 7: 34 + 3 * 32, 8: 25 + 3 * 32, 9: 25 + 4 * 32 };
const hasher = new PayloadHasher(portableSha256, new Uint8Array(32));

/** A batch of so many bytes: one message, with what stands around it. */
function batch(length: number): Uint8Array {
  const around = encodeBatch([new Uint8Array(SIGNATURE_BYTES)]).length - SIGNATURE_BYTES;
  const payload = encodeBatch([new Uint8Array(length - around).fill(1)]);
  expect(payload).toHaveLength(length);
  return payload;
}

const LIMITS = { ...LIMITS_DEFAULT, payloadBytes: 200 };
const PAYLOAD = batch(BYTES_MIN);

interface Choice {
  readonly inShards?: boolean;
  readonly budget?: number;
  readonly valid?: (message: Uint8Array) => boolean;
}

/** Member `self` of `n` and the stream of member 0, which goes out in shards from `BYTES_MIN` bytes on. */
function streamOf(n: number, self: number, { inShards = true, budget, valid }: Choice = {}) {
  const committee = new Committee(n, faultyMax(n));
  const code = new ErasureCode(committee.quorums.dataShards, n);
  const p = (id: number) => committee.member(id);
  const stream = new ListedStream({
    committee,
    self: p(self),
    sender: p(0),
    rules: rulesOf(committee, 'early'),
    limits: {
      ...LIMITS,
      ...(budget === undefined ? {} : { bytesPerSender: budget }),
    },
    hasher,
    ...(inShards ? { coding: { code, bytesMin: BYTES_MIN } } : {}),
    ...(valid ? { valid } : {}),
  });
  /** Member `from` gives its shard of `PAYLOAD` as `instance`, or the sender this member's own. */
  const shard = (from: number, instance: number) => {
    const word = codingOf(hasher, code, p(0), instance).encode(PAYLOAD);
    return stream.handle(p(from), instance, word.shardOf(from === 0 ? self : from));
  };
  const word = (payload: Uint8Array, instance: number) =>
    codingOf(hasher, code, p(0), instance).encode(payload);
  return { stream, shard, p, word };
}

const kinds = (effects: ReturnType<ListedStream['handle']>): string[] =>
  effects.map((effect) => {
    if (effect.kind === 'broadcast' || effect.kind === 'send')
      return `${effect.kind} ${effect.message.body.kind}`;
    return effect.kind === 'fault' ? `fault ${effect.code}` : effect.kind;
  });

describe.each(SIZES)('n=%d: a stream in shards', (n) => {
  const shards = Array.from({ length: n - 1 }, () => 'send shard');

  test('sends payloads of so many bytes in shards, and shorter ones whole', () => {
    const { stream } = streamOf(n, 0);
    expect(kinds(stream.propose(1, PAYLOAD))).toEqual([
      'keep',
      'broadcast dispersal',
      ...shards,
      'broadcast echo',
    ]);
    expect(kinds(stream.propose(2, batch(BYTES_MIN + 1)))).toContain('broadcast dispersal');
    expect(kinds(stream.propose(3, batch(BYTES_MIN - 1)))).toEqual([
      'keep',
      'broadcast initial',
      'broadcast echo',
    ]);
  });

  test('sends whole what the application judges, and vouches for no shard', () => {
    const valid = () => true;
    expect(kinds(streamOf(n, 0, { valid }).stream.propose(1, PAYLOAD))).toEqual([
      'keep',
      'broadcast initial',
      'broadcast echo',
    ]);
    expect(kinds(streamOf(n, 3, { valid }).shard(0, 1))).toEqual(['fault invalid-payload']);
    expect(kinds(streamOf(n, 3).shard(0, 1)).slice(0, 2)).toEqual(['keep', 'broadcast echo']);
  });

  test('takes none where the cluster sends none', () => {
    const { stream, shard, p } = streamOf(n, 3, { inShards: false });
    expect(shard(0, 1)).toBe(NOTHING);
    const { digest } = codingOf(hasher, new ErasureCode(3, n), p(0), 1).encode(PAYLOAD);
    const dispersal: CodedMessage = { kind: 'dispersal', digest, length: PAYLOAD.length };
    expect(stream.handle(p(0), 1, dispersal)).toBe(NOTHING);
    expect(stream.openCount).toBe(0);
  });

  test('holds as many shards and proofs as its budget allows, and those of the lowest instance', () => {
    const each = SHARD_AND_PROOF_BYTES[n];
    const { stream, shard } = streamOf(n, 3, { budget: 2 * each });
    for (const from of [4, 5]) expect(shard(from, 2)).toBe(NOTHING);
    expect([stream.bytesHeld, stream.dropped.overBudget, stream.missed]).toEqual([2 * each, 0, false]);
    expect(shard(6, 2)).toBe(NOTHING);
    expect([stream.bytesHeld, stream.dropped.overBudget, stream.missed]).toEqual([2 * each, 1, true]);
    shard(4, 1);
    expect([stream.bytesHeld, stream.dropped.overBudget]).toEqual([3 * each, 1]);
    const short = streamOf(n, 3, { budget: 2 * each - 1 });
    for (const from of [4, 5]) short.shard(from, 2);
    expect([short.stream.bytesHeld, short.stream.dropped.overBudget]).toEqual([each, 1]);
  });

  test('claims what it said in shards, and says READY for the code word that the cut names', () => {
    const { stream, shard, p, word } = streamOf(n, 3);
    shard(0, 2);
    const { f } = new Committee(n, faultyMax(n));
    for (let from = 4; from <= 4 + f; from += 1)
      stream.handle(p(from), 1, { kind: 'ready', digest: word(PAYLOAD, 1).digest });
    stream.freeze();
    expect(stream.said()).toEqual([
      { instance: 1, echo: undefined, ready: word(PAYLOAD, 1).digest },
      { instance: 2, echo: word(PAYLOAD, 2).digest, ready: undefined },
    ]);
    const { digest } = word(PAYLOAD, 2);
    expect(stream.settle({ last: 2, digests: new Map([[2, digest]]) })).toEqual([
      { kind: 'broadcast', message: { instance: 2, body: { kind: 'ready', digest } } },
    ]);
  });

  test('that come while it stands still may be more than are needed', () => {
    const { stream, p, word } = streamOf(n, 3);
    const { digest, shardOf } = word(PAYLOAD, 1);
    stream.handle(p(0), 1, shardOf(3));
    const others = [1, 2, 4, 5, 6];
    for (const from of others) {
      stream.handle(p(from), 1, { kind: 'ready', digest });
      if (from !== 1) stream.handle(p(from), 1, { kind: 'echo', digest });
    }
    stream.freeze();
    for (const from of others) stream.handle(p(from), 1, shardOf(from));
    const settled = stream.settle({ last: 1, digests: new Map() });
    expect(settled.filter(({ kind }) => kind === 'output')).toMatchObject([
      { output: { instance: 1, payload: PAYLOAD } },
    ]);
  });

  test('that come while it stands still are all kept, of the longest payload too, whatever else comes', () => {
    const { stream, p, word } = streamOf(n, 3);
    const longest = batch(batchBytesMax(LIMITS));
    const { digest, shardOf } = word(longest, 1);
    for (let from = 0; from < n; from += 1) {
      if (from === 3) continue;
      stream.handle(p(from), 1, { kind: 'ready', digest });
      stream.handle(p(from), 1, { kind: 'echo', digest });
    }
    stream.retry();
    stream.freeze();
    stream.handle(p(1), 1, { kind: 'payload', payload: new Uint8Array(longest.length) });
    const other = word(batch(longest.length - 1), 1);
    stream.handle(p(2), 1, other.shardOf(2));
    for (let from = 4; from < n; from += 1) expect(stream.handle(p(from), 1, shardOf(from))).toBe(NOTHING);
    stream.handle(p(0), 1, shardOf(3));
    stream.handle(p(2), 1, shardOf(2));
    const settled = stream.settle({ last: 1, digests: new Map() });
    expect(settled.filter(({ kind }) => kind === 'output')).toMatchObject([
      { output: { instance: 1, payload: longest } },
    ]);
  });
});
