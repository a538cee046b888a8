import { assert, type Bit, bytesEqual } from '../../base/index.ts';
import {
  type AgreementForm,
  agreementForm,
  agreementFormNumber,
  type Reader,
  TOPIC_BYTES_MAX,
  VALUE_BYTES_MAX,
  type Writer,
} from '../../codec/index.ts';
import {
  type AgreementMemory,
  aboutBytes,
  keyOf,
  SETTLED_TOPICS_MAX,
  type Subject,
  sameValue,
  type TopicDecision,
  type TopicValue,
} from '../../member/index.ts';
import type { StoreRecord } from './store.ts';

type Stated = Extract<StoreRecord, { kind: 'stated' }>;
type Settled = Extract<StoreRecord, { kind: 'settled' }>;

/** What this member stated in agreements under way, and what came of the last ones that are settled. */
export class Topics {
  /** By agreement, then by what a statement is about. */
  readonly #open = new Map<string, Subject & { readonly stated: Map<string, Uint8Array> }>();
  readonly #settled = new Map<string, Subject & { readonly decision: TopicDecision }>();

  /** False if it is known already. @throws AssertionError, unchanged, if it contradicts what was stated before. */
  state({ topic, form, statement }: Stated): boolean {
    const key = keyOf({ topic, form });
    assert(!this.#settled.has(key), `store: a statement about "${topic}", which is settled`);
    const entry = this.#open.get(key) ?? { topic, form, stated: new Map<string, Uint8Array>() };
    const about = Buffer.from(statement.subarray(0, aboutBytes(form, statement))).toString('latin1');
    const earlier = entry.stated.get(about);
    assert(earlier === undefined || bytesEqual(earlier, statement), `store: two statements about "${topic}"`);
    if (earlier !== undefined) return false;
    entry.stated.set(about, new Uint8Array(statement));
    this.#open.set(key, entry);
    return true;
  }

  /** False if it is known already. @throws AssertionError if it was settled otherwise. */
  settle({ topic, form, decision }: Settled): boolean {
    const key = keyOf({ topic, form });
    const earlier = this.#settled.get(key)?.decision;
    assert(
      earlier === undefined || sameValue(earlier.value, decision.value),
      `store: "${topic}" is settled otherwise`,
    );
    if (earlier !== undefined) return false;
    this.#open.delete(key);
    this.#settled.set(key, { topic, form, decision });
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > SETTLED_TOPICS_MAX && oldest !== undefined) this.#settled.delete(oldest);
    return true;
  }

  /** Copies of the lists; the statements themselves are not to be written to. */
  memory(): AgreementMemory {
    return {
      open: [...this.#open.values()].map(({ topic, form, stated }) => ({
        ...{ topic, form },
        stated: [...stated.values()],
      })),
      settled: [...this.#settled.values()],
    };
  }

  /** Begins with what a log had come to whose older part was dropped. */
  begin({ open, settled }: AgreementMemory): void {
    for (const { topic, form, stated } of open)
      for (const statement of stated) this.state({ kind: 'stated', topic, form, statement });
    for (const each of settled) this.settle({ ...each, kind: 'settled' });
  }
}

/** Writes what `readTopics` reads; nothing if there is nothing to tell, unless something `follows`. */
export function writeTopics(writer: Writer, { open, settled }: AgreementMemory, follows = false): void {
  if (open.length + settled.length === 0 && !follows) return;
  writer.u32(open.length);
  for (const { topic, form, stated } of open) {
    writeSubject(writer, topic, form);
    writer.u32(stated.length);
    for (const statement of stated) writer.u16(statement.length).raw(statement);
  }
  writer.u32(settled.length);
  for (const { topic, form, decision } of settled) {
    writeSubject(writer, topic, form);
    const value = valueBytes(decision.value);
    writer.u32(decision.round).u16(value.length).raw(value);
  }
}

/** What `writeTopics` wrote. Copies. Sets the reader's error if it is not that. */
export function readTopics(reader: Reader): AgreementMemory {
  if (reader.remaining === 0) return { open: [], settled: [] };
  const open: AgreementMemory['open'][number][] = [];
  const settled: AgreementMemory['settled'][number][] = [];
  for (let left = reader.u32(); left > 0 && reader.error === undefined; left -= 1) {
    const subject = readSubject(reader);
    const stated: Uint8Array[] = [];
    for (let more = reader.u32(); more > 0 && reader.error === undefined; more -= 1)
      stated.push(new Uint8Array(reader.view(reader.u16())));
    open.push({ ...subject, stated });
  }
  for (let left = reader.u32(); left > 0 && reader.error === undefined; left -= 1) {
    const subject = readSubject(reader);
    const round = reader.u32();
    const value = topicValue(subject.form, reader.view(reader.u16()));
    if (value === undefined) reader.fail('out-of-range');
    settled.push({ ...subject, decision: { value: value ?? 0, round } });
  }
  return { open, settled };
}

/** What was decided as it stands in the log: a bit is one byte. */
export function valueBytes(value: TopicValue): Uint8Array {
  return typeof value === 'number' ? Uint8Array.of(value) : value;
}

/** What `valueBytes` wrote of a topic of this form; undefined if it is nothing that was. A copy. */
export function topicValue(form: AgreementForm, bytes: Uint8Array): TopicValue | undefined {
  if (form === 'value' || form === 'common-value')
    return bytes.length < 1 || bytes.length > VALUE_BYTES_MAX ? undefined : new Uint8Array(bytes);
  const [bit] = bytes;
  if (bytes.length !== 1 || bit === undefined || bit > 1) return undefined;
  const value: Bit = bit === 0 ? 0 : 1;
  return value;
}

function writeSubject(writer: Writer, topic: string, form: AgreementForm): void {
  const bytes = Buffer.from(topic);
  assert(bytes.length <= TOPIC_BYTES_MAX, 'store: a topic is short');
  writer.u8(agreementFormNumber(form)).u8(bytes.length).raw(bytes);
}

function readSubject(reader: Reader): Subject {
  const form = agreementForm(reader.u8());
  if (form === undefined) reader.fail('out-of-range');
  return { form: form ?? 'bit', topic: Buffer.from(reader.view(reader.u8())).toString() };
}
