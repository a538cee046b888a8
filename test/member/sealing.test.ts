import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesEqual } from '../../src/base/index.ts';
import {
  BATCH_OVERHEAD_BYTES,
  batchBytesMax,
  batchedBytes,
  countBatch,
  decodeBatch,
  encodeBatch,
  encodeEnd,
  GROUP_MAX,
  groupPlaceOf,
  sealOf,
  signatureOf,
  unsignedBatch,
} from '../../src/codec/index.ts';
import { LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256, type Sign, type Verify } from '../../src/crypto/index.ts';
import { equivocationProof, proves } from '../../src/member/index.ts';
import { batchSigner } from '../../src/member/proof.ts';
import { type Batch, type Draft, sealed } from '../../src/member/sealing.ts';

const hasher = new PayloadHasher(portableSha256, new Uint8Array(32).fill(9));
const SELF = 2;

/** Stands for Ed25519: the hash of a statement twice, under a secret of each member. */
function signatureBy(member: number, statement: Uint8Array): Uint8Array {
  const half = portableSha256(Uint8Array.of(0x5e, member), statement);
  return Uint8Array.of(...half, ...half);
}

const verify: Verify = (member, statement, signature) =>
  bytesEqual(signature, signatureBy(member, statement));

function signing(): { readonly signer: NonNullable<ReturnType<typeof batchSigner>>; calls: number } {
  const counted = { calls: 0 };
  const sign: Sign = (statement) => {
    counted.calls += 1;
    return signatureBy(SELF, statement);
  };
  const signer = batchSigner({ self: SELF as never, hasher, sign });
  if (signer === undefined) throw new Error('with a key there is a signer');
  return Object.assign(counted, { signer });
}

function drafts(sizes: readonly (readonly number[])[]): Draft[] {
  let firstSeq = 1;
  return sizes.map((lengths, i) => {
    const draft = {
      instance: 5 + i,
      content: lengths.map((length) => new Uint8Array(length).fill(i)),
      firstSeq,
    };
    firstSeq += lengths.length;
    return draft;
  });
}

/** What convicts the signer of `batch`: another one of the same instance, signed alone. */
function conviction({ instance, payload }: Batch): ReturnType<typeof equivocationProof> {
  const other = encodeBatch([Uint8Array.of(1, 2, 3)]);
  signing().signer.one(instance, other);
  return equivocationProof(hasher, verify, { sender: SELF, instance }, [payload, other]);
}

describe('batches of one turn', () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [GROUP_MAX, 1],
    [GROUP_MAX + 1, 2],
    [2 * GROUP_MAX, 2],
  ])('%i short ones take %i signatures', (count, calls) => {
    const counted = signing();
    const batches = sealed(drafts(Array.from({ length: count }, () => [32])), counted.signer, LIMITS_DEFAULT);
    expect(counted.calls).toBe(calls);
    expect(batches.map(({ instance }) => instance)).toEqual(batches.map((_, i) => 5 + i));
    for (const batch of [batches[0], batches.at(-1)]) {
      if (batch === undefined) throw new Error('there are batches');
      expect(conviction(batch)).toBeDefined();
    }
  });

  test('long ones, and the END, are signed alone', () => {
    const counted = signing();
    const end: Draft = {
      instance: 9,
      content: { payload: encodeEnd(new Uint8Array(32)), count: 0 },
      firstSeq: 5,
    };
    const batches = sealed([...drafts([[1], [2], [20_000], [3]]), end], counted.signer, LIMITS_DEFAULT);
    expect(counted.calls).toBe(4);
    expect(batches.map(({ payload }) => groupPlaceOf(sealOf(payload))?.count)).toEqual([
      2,
      2,
      undefined,
      undefined,
      undefined,
    ]);
    for (const batch of batches) expect(conviction(batch)).toBeDefined();
  });

  test('whatever they are, they are good batches, each in its place, and each convicts', () => {
    const limits = { ...LIMITS_DEFAULT, payloadBytes: 1_000 };
    const lists = fc.array(fc.array(fc.integer({ min: 0, max: 240 }), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(lists, fc.boolean(), (sizes, signs) => {
        const list = drafts(sizes);
        const batches = sealed(list, signs ? signing().signer : undefined, limits);
        expect(batches.length).toBe(list.length);
        for (const [i, batch] of batches.entries()) {
          const { content, instance, firstSeq } = list[i] ?? {};
          expect(batch).toMatchObject({ instance, firstSeq });
          expect(decodeBatch(batch.payload, limits)).toEqual({ ok: true, value: content });
          expect(countBatch(batch.payload, limits)).toBe(batch.count);
          expect(batch.payload.length).toBeLessThanOrEqual(batchBytesMax(limits));
          if (signs) expect(conviction(batch)).toBeDefined();
          else expect(signatureOf(batch.payload)).toEqual(new Uint8Array(64));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('one that has just room for a signature is signed alone', () => {
    const limits = { ...LIMITS_DEFAULT, payloadBytes: 500 };
    const full = batchBytesMax(limits) - BATCH_OVERHEAD_BYTES - batchedBytes(new Uint8Array());
    const batches = sealed(drafts([[full], [full]]), signing().signer, limits);
    expect(batches.map(({ payload }) => payload.length)).toEqual([570, 570]);
  });
});

describe('a batch in a group', () => {
  const [first, second, third] = sealed(drafts([[3], [4], [5]]), signing().signer, LIMITS_DEFAULT);
  if (first === undefined || second === undefined || third === undefined) throw new Error('three');
  const about = { sender: SELF, instance: second.instance };

  function changed(change: (bytes: Uint8Array) => void): Uint8Array {
    const bytes = second?.payload.slice() ?? new Uint8Array();
    change(bytes);
    return bytes;
  }

  test('proves nothing with any bit of its seal or content changed', () => {
    const other = encodeBatch([Uint8Array.of(1, 2, 3)]);
    signing().signer.one(second.instance, other);
    const { length } = second.payload;
    for (let at = 0; at < length; at += 1) {
      for (const bit of [1, 0x80]) {
        const bent = changed((bytes) => {
          bytes[at] = (bytes[at] ?? 0) ^ bit;
        });
        expect(equivocationProof(hasher, verify, about, [bent, other]), `byte ${at}`).toBe(undefined);
      }
    }
  });

  test('proves nothing about another instance, sender or cluster', () => {
    const proof = conviction(second);
    if (proof === undefined) throw new Error('a proof');
    expect(proves(hasher, verify, proof)).toBe(true);
    expect(proves(hasher, verify, { ...proof, instance: proof.instance + 1 })).toBe(false);
    expect(proves(hasher, verify, { ...proof, sender: 1 })).toBe(false);
    const elsewhere = new PayloadHasher(portableSha256, new Uint8Array(32).fill(8));
    expect(proves(elsewhere, verify, proof)).toBe(false);
  });

  test('is not proven different by the group that it is in', () => {
    const alone = encodeBatch([new Uint8Array(4).fill(1)]);
    signing().signer.one(second.instance, alone);
    expect(unsignedBatch(alone)).toEqual(unsignedBatch(second.payload));
    expect(equivocationProof(hasher, verify, about, [second.payload, alone])).toBe(undefined);
  });

  test('is no batch with a seal of another length', () => {
    const { payload } = second;
    const at = unsignedBatch(payload).length;
    const without = (from: number, until: number): Uint8Array =>
      Uint8Array.of(...payload.subarray(0, from), ...payload.subarray(until));
    expect(decodeBatch(payload, LIMITS_DEFAULT).ok).toBe(true);
    for (const bad of [
      without(at + 4, at + 36),
      without(at, at + 1),
      payload.subarray(0, payload.length - 1),
      Uint8Array.of(...payload, 0),
      // Number 3 of 3; 1 of 1; 1 of 5, which would have a longer proof; more than a group may have.
      changed((bytes) => bytes.set([0, 3, 0, 3], at)),
      changed((bytes) => bytes.set([0, 0, 0, 1], at)),
      changed((bytes) => bytes.set([0, 0, 0, 5], at)),
      changed((bytes) => bytes.set([0, 0, 0, 33], at)),
    ]) {
      expect(decodeBatch(bad, LIMITS_DEFAULT).ok).toBe(false);
      expect(countBatch(bad, LIMITS_DEFAULT)).toBe(undefined);
    }
  });
});
