import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '../../src/base/index.ts';

const platformDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
const platformEncoder = new TextEncoder();

test.each([
  ['nothing', ''],
  ['one, two, three and four bytes a character', 'aé€😀'],
  ['the edges of each length', '\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}'],
  ['a byte order mark', '\ufefftext'],
  ['more than one chunk', 'é😀'.repeat(5_000)],
])('%s comes back as it was', (_, text) => {
  expect(encodeUtf8(text)).toEqual(platformEncoder.encode(text));
  expect(decodeUtf8(encodeUtf8(text))).toBe(text);
});

test.each([
  ['a high surrogate at the end', 'a\ud83d'],
  ['a high surrogate before another character', '\ud83dx'],
  ['a low surrogate first', '\ude00x'],
  ['a pair the wrong way round', '\ude00\ud83d'],
])('%s is replaced', (_, text) => {
  expect(encodeUtf8(text)).toEqual(platformEncoder.encode(text));
  expect(decodeUtf8(encodeUtf8(text))).toContain('\ufffd');
});

test.each([
  ['a continuation byte alone', [0x80]],
  ['overlong forms', [0xc0, 0xaf, 0xe0, 0x80, 0xaf, 0xf0, 0x80, 0x80, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['beyond the last character', [0xf4, 0x90, 0x80, 0x80]],
  ['a character cut off', [0xf0, 0x9f, 0x98]],
  ['a character cut off by another', [0xe2, 0x82, 0x41]],
  ['bytes that never occur', [0xfe, 0xff, 0xf5]],
])('%s decodes as on the platform', (_, bytes) => {
  expect(decodeUtf8(Uint8Array.from(bytes))).toBe(platformDecoder.decode(Uint8Array.from(bytes)));
});

test('any code units encode as on the platform', () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
  const near = fc.array(fc.constantFrom(0x61, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.oneof(units, near), (codes) => {
      const text = String.fromCharCode(...codes);
      expect(encodeUtf8(text)).toEqual(platformEncoder.encode(text));
    }),
    { numRuns: 2_000 },
  );
});

test('any bytes decode as on the platform', () => {
  const leads = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef];
  const near = fc.array(fc.constantFrom(...leads, 0xf0, 0xf1, 0xf4, 0xf5, 0xff), { maxLength: 10 });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), near), (bytes) => {
      const given = Uint8Array.from(bytes);
      expect(decodeUtf8(given)).toBe(platformDecoder.decode(given));
    }),
    { numRuns: 5_000 },
  );
});
