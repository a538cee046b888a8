import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Bracha87WireMessage, decodeBracha87, encodeBracha87 } from '../../src/agreement/index.ts';
import { bytesEqual, Prng, toHex } from '../../src/base/index.ts';
import {
  AGREEMENT_FORMS,
  type AgreementWord,
  decodeAgreementFrame,
  encodeAgreementFrames,
  FRAME_HEADER_BYTES,
  FRAME_KIND,
  WIRE_VERSION,
} from '../../src/codec/index.ts';
import { asDigest } from '../../src/crypto/index.ts';
import { decodeValueMessage, encodeValueMessage, type ValueWireMessage } from '../../src/subset/index.ts';
import { BOUNDS, hex } from './vectors.ts';

// The vectors of docs/wire.md for agreements. `REWRITE=1` writes down what is encoded now.

const url = new URL('../golden/agreement.json', import.meta.url);
const { committee, epoch } = BOUNDS;
const p = (id: number) => committee.member(id);

const MESSAGES: readonly Bracha87WireMessage[] = [
  { kind: 'step', phase: 1, step: 1, sender: p(0), body: { kind: 'initial', value: 1 } },
  { kind: 'step', phase: 2, step: 2, sender: p(3), body: { kind: 'echo', value: 0 } },
  { kind: 'step', phase: 0x1234, step: 3, sender: p(2), body: { kind: 'ready', value: 3 } },
  { kind: 'decide', value: 0 },
  { kind: 'decide', value: 1 },
  { kind: 'again', phase: 7 },
];

const bytesOf = encodeBracha87;

const digest = asDigest(new Uint8Array(32).fill(0xd1));
if (digest === undefined) throw new Error('32 bytes are a digest');
const payload = Uint8Array.of(0x68, 0x69);
const LOCAL = { encode: encodeBracha87, decode: decodeBracha87, aboutBytes: () => 0 };
const valueBytesOf = (message: ValueWireMessage<Bracha87WireMessage>) => encodeValueMessage(message, LOCAL);
const VALUE_MESSAGES: readonly ValueWireMessage<Bracha87WireMessage>[] = [
  { kind: 'broadcast', proposer: p(0), body: { kind: 'initial', payload } },
  { kind: 'broadcast', proposer: p(1), body: { kind: 'echo', digest } },
  { kind: 'broadcast', proposer: p(2), body: { kind: 'ready', digest } },
  { kind: 'broadcast', proposer: p(3), body: { kind: 'pull', digest } },
  { kind: 'broadcast', proposer: p(0), body: { kind: 'payload', payload } },
  { kind: 'agreement', proposer: p(3), body: { kind: 'decide', value: 1 } },
  { kind: 'decided', value: payload },
  { kind: 'kept', payload },
];
const VALUES_REFUSED = [
  '',
  '09',
  '0100',
  '010000',
  '01000468',
  '02000068',
  '06000004',
  '07',
  `07${'00'.repeat(1_025)}`,
];

const SYNC = Uint8Array.of(0);
const FRAMES: readonly (readonly [name: string, words: readonly AgreementWord[]])[] = [
  ['one message', [{ topic: 'deploy 7', form: 'bit', body: bytesOf({ kind: 'decide', value: 1 }) }]],
  [
    'several about one topic',
    MESSAGES.map((message) => ({ topic: 'x', form: 'bit', body: bytesOf(message) })),
  ],
  ['several topics, one of them twice', ['ä', 'b', 'ä'].map((topic) => ({ topic, form: 'bit', body: SYNC }))],
  ['one topic in every form', AGREEMENT_FORMS.map((form) => ({ topic: 'x', form, body: SYNC }))],
  [
    'about a value',
    VALUE_MESSAGES.map((message) => ({ topic: 'x', form: 'value', body: valueBytesOf(message) })),
  ],
];

/** Epoch and one topic "x" of the form bit. */
const HEAD = '0a0b0c0d0001017801';
const REFUSED: readonly (readonly [name: string, error: string, body: string])[] = [
  ['nothing at all', 'truncated', ''],
  ['another epoch', 'out-of-range', '0a0b0c0e00010178010001000100'],
  ['no topics', 'out-of-range', '0a0b0c0d0000'],
  ['a topic without text', 'out-of-range', '0a0b0c0d000100010001000100'],
  ['a topic that is no text', 'not-canonical', '0a0b0c0d000101ff010001000100'],
  ['a topic over the limit', 'out-of-range', `0a0b0c0d000181${'61'.repeat(129)}010001000100`],
  ['a form that there is not', 'unknown-kind', '0a0b0c0d00010178050001000100'],
  ['a topic without messages', 'out-of-range', `${HEAD}0000`],
  ['a topic after itself', 'not-canonical', '0a0b0c0d000201780100010001000178010001000100'],
  ['a message without bytes', 'out-of-range', `${HEAD}00010000`],
  ['a message over the limit', 'out-of-range', `${HEAD}00010409${'00'.repeat(1033)}`],
  ['more messages than a frame may hold', 'out-of-range', `${HEAD}1001${'000100'.repeat(4097)}`],
  ['half a message', 'truncated', `${HEAD}0001000200`],
  ['a byte too many', 'trailing-bytes', `${HEAD}000100010000`],
];

const shown = (words: readonly AgreementWord[]) =>
  words.map(({ topic, form, body }) => ({ topic, form, body: toHex(body) }));

function written() {
  return {
    wireVersion: WIRE_VERSION,
    kind: FRAME_KIND.agreement,
    members: committee.n,
    epoch,
    values: VALUE_MESSAGES.map((message) => ({ kind: message.kind, bytes: toHex(valueBytesOf(message)) })),
    messages: MESSAGES.map((message) => ({ message, bytes: toHex(bytesOf(message)) })),
    frames: FRAMES.map(([name, words]) => ({
      name,
      words: shown(words),
      frame: toHex(encodeAgreementFrames(epoch, words)),
    })),
    refusedBodies: REFUSED.map(([name, error, body]) => ({ name, error, body })),
  };
}

if (process.env['REWRITE'] !== undefined) writeFileSync(url, `${JSON.stringify(written(), null, 2)}\n`);

const golden: ReturnType<typeof written> = JSON.parse(readFileSync(url, 'utf8'));

test('what is written today is what was written before', () => {
  expect(JSON.parse(JSON.stringify(written()))).toEqual(golden);
});

describe('what was written before is read today', () => {
  test.each(golden.frames)('$name', ({ frame, words }) => {
    const bytes = hex(frame);
    const decoded = decodeAgreementFrame(bytes.subarray(FRAME_HEADER_BYTES), epoch);
    expect(decoded.ok && shown(decoded.value)).toEqual(words);
    expect([bytes[4], bytes[5]]).toEqual([golden.wireVersion, golden.kind]);
    expect(new DataView(bytes.buffer).getUint32(0)).toBe(bytes.length - 4);
  });

  test.each(golden.messages)('$bytes', ({ message, bytes }) => {
    expect(decodeBracha87(hex(bytes), committee)).toEqual({ ok: true, value: message });
  });
});

test.each(VALUE_MESSAGES)('what is said about a value is read: $kind', (message) => {
  expect(decodeValueMessage(valueBytesOf(message), committee, LOCAL)).toEqual({ ok: true, value: message });
});

test.each(VALUES_REFUSED)('%j is said by nobody about a value', (bytes) => {
  expect(decodeValueMessage(hex(bytes), committee, LOCAL).ok).toBe(false);
});

test.each(golden.refusedBodies)('$name is refused: $error', ({ body, error }) => {
  expect(decodeAgreementFrame(hex(body), epoch)).toEqual({ ok: false, error });
});

/** The words of all frames in these bytes. */
function wordsOf(frames: Uint8Array): AgreementWord[] {
  const words: AgreementWord[] = [];
  for (let at = 0; at < frames.length; ) {
    const length = new DataView(frames.buffer, frames.byteOffset + at).getUint32(0);
    const decoded = decodeAgreementFrame(frames.subarray(at + FRAME_HEADER_BYTES, at + 4 + length), epoch);
    if (!decoded.ok) throw new Error(decoded.error);
    words.push(...decoded.value);
    at += 4 + length;
  }
  return words;
}

test('however many words there are, they arrive in their order, in frames that are accepted', () => {
  const prng = new Prng(1);
  for (const count of [0, 1, 4_095, 4_096, 4_097, 20_000]) {
    const words = Array.from({ length: count }, () => ({
      topic: prng.pick(['a', 'ab', 'ä'.repeat(64)]),
      form: prng.pick(AGREEMENT_FORMS),
      body: new Uint8Array(1 + prng.below(7)).fill(prng.below(256)),
    }));
    expect(wordsOf(encodeAgreementFrames(epoch, words))).toEqual(words);
  }
});

test('bytes that are almost right are refused, or are what encodes to them', () => {
  const prng = new Prng(2);
  const corpus = FRAMES.map(([, words]) => encodeAgreementFrames(epoch, words).subarray(FRAME_HEADER_BYTES));
  let accepted = 0;
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = prng.pick(corpus).slice();
    for (let changes = 1 + prng.below(3); changes > 0; changes -= 1)
      bytes[prng.below(bytes.length)] = prng.pick([0, 1, 2, 3, 7, 0x61, 0x7f, 0x80, 0xff]);
    const cut = prng.chance(1, 4) ? bytes.subarray(0, prng.below(bytes.length)) : bytes;
    const decoded = decodeAgreementFrame(cut, epoch);
    if (!decoded.ok) continue;
    accepted += 1;
    const again = encodeAgreementFrames(epoch, decoded.value).subarray(FRAME_HEADER_BYTES);
    if (!bytesEqual(again, cut)) expect.fail(`${toHex(cut)} encodes to ${toHex(again)}`);
  }
  expect(accepted).toBeGreaterThan(1_000);
});
