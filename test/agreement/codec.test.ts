import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, Prng, toHex } from '../../src/base/index.ts';
import { type AgreementMessage, decodeAgreement, encodeAgreement } from '../../src/codec/index.ts';
import { arbitraryMessage } from './subject.ts';

test.each<[AgreementMessage, string]>([
  [{ kind: 'bval', round: 1, value: 1 }, '000000000101'],
  [{ kind: 'aux', round: 2, value: 0 }, '010000000200'],
  [{ kind: 'conf', round: 258, values: 3 }, '020000010203'],
  [{ kind: 'share', round: 1, share: Uint8Array.of(0xab, 0xcd) }, '0300000001abcd'],
  [{ kind: 'decide', round: 0, value: 1 }, '040000000001'],
  [{ kind: 'again', round: 7 }, '0500000007'],
])('%o stands on the wire as %s', (message, hex) => {
  expect(toHex(encodeAgreement(message))).toBe(hex);
  expect(decodeAgreement(fromHex(hex) ?? new Uint8Array(0))).toEqual({ ok: true, value: message });
});

test('every message survives, and no bytes are read in two ways', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const message = arbitraryMessage(new Prng(seed));
      expect(decodeAgreement(encodeAgreement(message))).toEqual({ ok: true, value: message });
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const decoded = decodeAgreement(bytes);
      if (decoded.ok) expect(toHex(encodeAgreement(decoded.value))).toBe(toHex(bytes));
    }),
  );
});

test.each([
  ['', 'truncated'],
  ['00000001', 'truncated'],
  ['0000000001', 'truncated'],
  ['00000000010100', 'trailing-bytes'],
  ['000000000102', 'out-of-range'],
  ['000000000001', 'out-of-range'],
  ['020000000100', 'out-of-range'],
  ['020000000104', 'out-of-range'],
  ['0600000001', 'unknown-kind'],
  [`0300000001${'00'.repeat(97)}`, 'too-large'],
])('%s is refused: %s', (hex, error) => {
  expect(decodeAgreement(fromHex(hex) ?? new Uint8Array(0))).toEqual({ ok: false, error });
});
