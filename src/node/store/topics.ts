import type { Decision } from '../../agreement/index.ts';
import { assert, bytesEqual } from '../../base/index.ts';
import { type Reader, TOPIC_BYTES_MAX, type Writer } from '../../codec/index.ts';
import { type AgreementMemory, SETTLED_TOPICS_MAX } from '../../member/index.ts';
import type { StoreRecord } from './store.ts';

type Stated = Extract<StoreRecord, { kind: 'stated' }>;
type Settled = Extract<StoreRecord, { kind: 'settled' }>;

/** What this member stated in agreements under way, and what came of the last ones that are settled. */
export class Topics {
  /** By topic, then by all of a statement but its last byte, which is the value. */
  readonly #open = new Map<string, Map<string, Uint8Array>>();
  readonly #settled = new Map<string, Decision>();

  /** False if it is known already. @throws AssertionError, unchanged, if it contradicts what was stated before. */
  state({ topic, statement }: Stated): boolean {
    assert(!this.#settled.has(topic), `store: a statement about "${topic}", which is settled`);
    const stated = this.#open.get(topic) ?? new Map<string, Uint8Array>();
    const about = String.fromCharCode(...statement.subarray(0, -1));
    const earlier = stated.get(about);
    assert(earlier === undefined || bytesEqual(earlier, statement), `store: two statements about "${topic}"`);
    if (earlier !== undefined) return false;
    this.#open.set(topic, stated.set(about, new Uint8Array(statement)));
    return true;
  }

  /** False if it is known already. @throws AssertionError if it was settled otherwise. */
  settle({ topic, decision }: Settled): boolean {
    const earlier = this.#settled.get(topic);
    assert(
      earlier === undefined || earlier.value === decision.value,
      `store: "${topic}" is settled otherwise`,
    );
    if (earlier !== undefined) return false;
    this.#open.delete(topic);
    this.#settled.set(topic, decision);
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > SETTLED_TOPICS_MAX && oldest !== undefined) this.#settled.delete(oldest);
    return true;
  }

  /** Copies of the lists; the statements themselves are not to be written to. */
  memory(): AgreementMemory {
    return {
      open: [...this.#open].map(([topic, stated]) => ({ topic, stated: [...stated.values()] })),
      settled: [...this.#settled].map(([topic, decision]) => ({ topic, decision })),
    };
  }

  /** Begins with what a log had come to whose older part was dropped. */
  begin({ open, settled }: AgreementMemory): void {
    for (const { topic, stated } of open)
      for (const statement of stated) this.state({ kind: 'stated', topic, statement });
    for (const { topic, decision } of settled) this.settle({ kind: 'settled', topic, decision });
  }
}

/** Writes what `readTopics` reads; nothing if there is nothing to tell, unless something `follows`. */
export function writeTopics(writer: Writer, { open, settled }: AgreementMemory, follows = false): void {
  if (open.length + settled.length === 0 && !follows) return;
  writer.u32(open.length);
  for (const { topic, stated } of open) {
    writeText(writer, topic);
    writer.u32(stated.length);
    for (const statement of stated) writer.u8(statement.length).raw(statement);
  }
  writer.u32(settled.length);
  for (const { topic, decision } of settled) {
    writeText(writer, topic);
    writer.u8(decision.value).u32(decision.round);
  }
}

/** What `writeTopics` wrote. Copies. Sets the reader's error if it is not that. */
export function readTopics(reader: Reader): AgreementMemory {
  if (reader.remaining === 0) return { open: [], settled: [] };
  const open: { topic: string; stated: Uint8Array[] }[] = [];
  const settled: { topic: string; decision: Decision }[] = [];
  for (let left = reader.u32(); left > 0 && reader.error === undefined; left -= 1) {
    const topic = readText(reader);
    const stated: Uint8Array[] = [];
    for (let more = reader.u32(); more > 0 && reader.error === undefined; more -= 1)
      stated.push(new Uint8Array(reader.view(reader.u8())));
    open.push({ topic, stated });
  }
  for (let left = reader.u32(); left > 0 && reader.error === undefined; left -= 1) {
    const topic = readText(reader);
    const value = reader.u8();
    settled.push({ topic, decision: { value: value === 0 ? 0 : 1, round: reader.u32() } });
    if (value > 1) reader.fail('out-of-range');
  }
  return { open, settled };
}

function writeText(writer: Writer, text: string): void {
  const bytes = Buffer.from(text);
  assert(bytes.length <= TOPIC_BYTES_MAX, 'store: a topic is short');
  writer.u8(bytes.length).raw(bytes);
}

function readText(reader: Reader): string {
  return Buffer.from(reader.view(reader.u8())).toString();
}
