import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Committee, faultyMax, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { PayloadHasher, portableSha256, type Sha256, type Sha256Begin } from '../../src/crypto/index.ts';
import { Member } from '../../src/member/index.ts';
import { nativeSha256, nativeSha256Begin } from '../../src/node/sha256.ts';

const CLUSTER = new Uint8Array(32).fill(3);
const LONG = 16_384;
const SEAL = 64;

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/** A hasher, and how many bytes it has hashed. */
function counting(): { readonly hasher: PayloadHasher; bytes: number } {
  const counted = { bytes: 0 };
  const sha256: Sha256 = (...parts) => {
    counted.bytes += lengthOf(parts);
    return nativeSha256(...parts);
  };
  const begin: Sha256Begin = (...parts) => {
    const { digest, more } = nativeSha256Begin(...parts);
    counted.bytes += lengthOf(parts);
    return {
      digest,
      more: (...rest) => {
        counted.bytes += lengthOf(rest);
        return more(...rest);
      },
    };
  };
  return Object.assign(counted, { hasher: new PayloadHasher(sha256, CLUSTER, begin) });
}

/** Bytes beside the payload that every digest is over. */
const PLACE = 21 + 32 + 2 + 8;

describe('a batch that is hashed up to its seal', () => {
  const plain = new PayloadHasher(portableSha256, CLUSTER);

  test.each([LONG + SEAL, 100_000])('costs the seal alone from there on, at %i bytes', (length) => {
    const counted = counting();
    const { hasher } = counted;
    const payload = new Uint8Array(length).fill(7);
    const beginning = payload.subarray(0, -SEAL);
    expect(hasher.beginningDigest(1, 5, payload, beginning.length)).toEqual(plain.digest(1, 5, beginning));
    expect(counted.bytes).toBe(PLACE + beginning.length);
    // The seal is written in between.
    payload.fill(9, beginning.length);
    expect(hasher.digest(1, 5, payload)).toEqual(plain.digest(1, 5, payload));
    expect(counted.bytes).toBe(PLACE + length);
    // Once: whoever asks again has it hashed again.
    expect(hasher.digest(1, 5, payload)).toEqual(plain.digest(1, 5, payload));
    expect(counted.bytes).toBe(2 * (PLACE + length));
  });

  test('gives nothing to another place, nor to the same bytes elsewhere', () => {
    for (const [sender, instance] of [
      [1, 6],
      [2, 5],
    ] as const) {
      const { hasher } = counting();
      const payload = new Uint8Array(LONG + SEAL);
      hasher.beginningDigest(1, 5, payload, LONG);
      expect(hasher.digest(sender, instance, payload)).toEqual(plain.digest(sender, instance, payload));
    }
    const { hasher } = counting();
    const payload = new Uint8Array(LONG + SEAL);
    const view = payload.subarray(0);
    hasher.beginningDigest(1, 5, payload, LONG);
    view[0] = 1;
    expect(hasher.digest(1, 5, view)).toEqual(plain.digest(1, 5, view));
  });

  test('is hashed twice where nothing can go on, or if it is short', () => {
    const payload = new Uint8Array(LONG - 1 + SEAL).fill(1);
    for (const hasher of [plain, counting().hasher]) {
      const beginning = payload.subarray(0, LONG - 1);
      expect(hasher.beginningDigest(0, 1, payload, LONG - 1)).toEqual(plain.digest(0, 1, beginning));
      payload.fill(2, LONG - 1);
      expect(hasher.digest(0, 1, payload)).toEqual(plain.digest(0, 1, payload));
    }
  });
});

test.each([4, 5, 6])('a member of %i hashes long messages of its own once, however many at once', (n) => {
  const counted = counting();
  const committee = new Committee(n, faultyMax(n));
  const sign = (): Uint8Array => new Uint8Array(64).fill(1);
  const member = new Member({
    ...{ committee, self: committee.member(2), form: 'early', limits: LIMITS_DEFAULT },
    ...{ hasher: counted.hasher, sign },
  });
  const messages = [40_000, 50_000].map((length) => new Uint8Array(length).fill(n));
  const limits = { ...LIMITS_DEFAULT, payloadBytes: 50_000 };
  const lone = new Member({
    ...{ committee, self: committee.member(2), form: 'early', limits },
    ...{ hasher: counted.hasher, sign },
  });
  for (const [one, overhead] of [
    // Both in one batch: a count, two lengths and a signature. Then each in its own.
    [member, 2 + 2 * 4 + 64],
    [lone, 2 * (2 + 4 + 64)],
  ] as const) {
    counted.bytes = 0;
    for (const message of messages) one.submit(message);
    const said = one.flush().filter((effect) => effect.kind === 'said' && effect.statement === 'initial');
    expect(counted.bytes).toBe(90_000 + overhead + PLACE * said.length);
  }
});

test('a hash that goes on says what one over all of it says', () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 4 }), fc.array(bytes, { maxLength: 4 }), (parts, rest) => {
      const { digest, more } = nativeSha256Begin(...parts);
      expect(digest).toEqual(portableSha256(...parts));
      expect(more(...rest)).toEqual(portableSha256(...parts, ...rest));
    }),
  );
});
