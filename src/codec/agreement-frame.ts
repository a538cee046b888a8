import { assert, bytesEqual, decodeUtf8, encodeUtf8 } from '../base/index.ts';
import { FRAME_KIND, WIRE_VERSION } from './frame.ts';
import { type Decoded, Reader, refuse } from './reader.ts';
import { Writer } from './writer.ts';

/** Longest topic of an agreement, bytes of UTF-8. */
export const TOPIC_BYTES_MAX = 128;
/** Longest value that members agree on, bytes. */
export const VALUE_BYTES_MAX = 1_024;
/** Longest message about a topic, bytes: a value and what goes before it. */
export const AGREEMENT_BODY_BYTES_MAX = VALUE_BYTES_MAX + 8;
/** Most messages in one frame. */
export const AGREEMENT_WORDS_MAX = 4_096;
/** Frames are filled up to this many bytes. */
const FRAME_BYTES_TARGET = 16_384;

/**
 * What is agreed on, and whose coins it takes: a bit or a value, with coins of one's own or with a common one. Their numbers on
 * the wire and in the log are their places here, from 1 on.
 */
export const AGREEMENT_FORMS = ['bit', 'value', 'common-bit', 'common-value'] as const;

/** One of `AGREEMENT_FORMS`. Two forms of one topic are two agreements. */
export type AgreementForm = (typeof AGREEMENT_FORMS)[number];

/** The form of this number; undefined if there is none. */
export function agreementForm(number: number): AgreementForm | undefined {
  return AGREEMENT_FORMS[number - 1];
}

/** The number of a form: 1 to 4. */
export function agreementFormNumber(form: AgreementForm): number {
  return AGREEMENT_FORMS.indexOf(form) + 1;
}

/** What a member says about one agreement. */
export interface AgreementWord {
  /** What it is about: well-formed text, 1 to `TOPIC_BYTES_MAX` bytes of UTF-8. */
  readonly topic: string;
  readonly form: AgreementForm;
  /** What only the state machine reads: 1 to `AGREEMENT_BODY_BYTES_MAX` bytes. */
  readonly body: Uint8Array;
}

/** Whole frames of kind `agreement` that hold these words in their order; empty if there are none. `docs/wire.md` */
export function encodeAgreementFrames(epoch: number, words: readonly AgreementWord[]): Uint8Array {
  const writer = new Writer();
  let at = 0;
  while (at < words.length) at = writeFrame(writer, epoch, words, at);
  return writer.take();
}

/** Writes one frame, from word `first` on, and returns the first word that is not in it. */
function writeFrame(writer: Writer, epoch: number, words: readonly AgreementWord[], first: number): number {
  const start = writer.length;
  let at = first;
  writer.u32(0).u8(WIRE_VERSION).u8(FRAME_KIND.agreement).u32(epoch).u16(0);
  const full = (): boolean =>
    writer.length - start >= FRAME_BYTES_TARGET || at - first >= AGREEMENT_WORDS_MAX;
  let topics = 0;
  while (at < words.length && !full()) {
    const { topic, form } = words[at] ?? NO_WORD;
    const name = encodeUtf8(topic);
    assert(name.length >= 1 && name.length <= TOPIC_BYTES_MAX, 'a topic has 1 to 128 bytes');
    writer.u8(name.length).raw(name).u8(agreementFormNumber(form)).u16(0);
    const countAt = writer.length - 2;
    let count = 0;
    const isNext = (word: AgreementWord): boolean => word.topic === topic && word.form === form;
    for (; isNext(words[at] ?? NO_WORD) && (count === 0 || !full()); at += 1, count += 1) {
      const { body } = words[at] ?? NO_WORD;
      assert(
        body.length >= 1 && body.length <= AGREEMENT_BODY_BYTES_MAX,
        'a message is not empty, and short',
      );
      writer.u16(body.length).raw(body);
    }
    writer.patchU16(countAt, count);
    topics += 1;
  }
  writer.patchU16(start + TOPICS_AT, topics).patchU32(start, writer.length - start - 4);
  return at;
}

/** The words in the body of a frame of kind `agreement`. All or nothing. The bodies are views into `bytes`. */
export function decodeAgreementFrame(bytes: Uint8Array, epoch: number): Decoded<readonly AgreementWord[]> {
  const reader = new Reader(bytes);
  const found = reader.u32();
  const topics = reader.u16();
  if (reader.error !== undefined) return refuse(reader.error);
  if (found !== epoch || topics === 0) return refuse('out-of-range');
  const words: AgreementWord[] = [];
  let before = NO_WORD;
  for (let i = 0; i < topics; i += 1) {
    const length = reader.u8();
    if (length === 0 || length > TOPIC_BYTES_MAX) reader.fail('out-of-range');
    const name = reader.view(length);
    const topic = decodeUtf8(name);
    if (!bytesEqual(encodeUtf8(topic), name)) reader.fail('not-canonical');
    const form = agreementForm(reader.u8());
    if (form === undefined) reader.fail('unknown-kind');
    const count = reader.u16();
    if (count === 0 || words.length + count > AGREEMENT_WORDS_MAX) reader.fail('out-of-range');
    // Two groups of one agreement in a row would be a second way to write one.
    if (topic === before.topic && form === before.form) reader.fail('not-canonical');
    if (reader.error !== undefined || form === undefined) return refuse(reader.error ?? 'unknown-kind');
    before = { topic, form, body: NO_BYTES };
    for (let k = 0; k < count; k += 1) {
      const bodyLength = reader.u16();
      if (bodyLength === 0 || bodyLength > AGREEMENT_BODY_BYTES_MAX) reader.fail('out-of-range');
      const body = reader.view(bodyLength);
      if (reader.error !== undefined) return refuse(reader.error);
      words.push({ topic, form, body });
    }
  }
  const error = reader.end();
  return error === undefined ? { ok: true, value: words } : refuse(error);
}

/** In a frame: where the number of its topics stands. */
const TOPICS_AT = 10;
const NO_BYTES = new Uint8Array(0);
/** Stands before the first word and after the last: no topic is empty. */
const NO_WORD: AgreementWord = { topic: '', form: 'bit', body: NO_BYTES };
