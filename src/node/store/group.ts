import { createHash } from 'node:crypto';
import { CHAIN_BYTES } from './header.ts';
import {
  COMMIT_BYTES,
  HEAD_BYTES,
  RECORD_KIND,
  recordBytes,
  type Target,
  writeBody,
  writeHead,
} from './record.ts';
import type { StoreRecord } from './store.ts';

const CHUNK_BYTES = 262_144;

interface Chunk extends Target {
  used: number;
}

/** A payload that is not in the file yet. */
interface Kept {
  readonly row: number;
  /** Byte offset of its record in the group, and the record's length. */
  readonly offset: number;
  readonly length: number;
  readonly payload: Uint8Array;
}

/**
 * The records of one group commit, encoded as they will stand in the file: each byte is copied once, from where
 * the caller has it. Sealed by a commit record, without which none of them counts.
 */
export class Group {
  readonly #mark: number;
  /** The sequence number of the group's first record. */
  readonly firstSequence: number;
  readonly #chunks: Chunk[] = [];
  readonly #kept = new Map<number, Kept>();
  #count = 0;
  #bytes = 0;

  /** `spare`: a buffer of an earlier group to be used again. */
  constructor(mark: number, firstSequence: number, spare?: Buffer) {
    this.#mark = mark;
    this.firstSequence = firstSequence;
    if (spare !== undefined) this.#chunks.push(chunkOver(spare));
  }

  get count(): number {
    return this.#count;
  }

  /** The sequence number that the record after the group's last will have. */
  get nextSequence(): number {
    return this.firstSequence + this.#count;
  }

  /** Bytes so far; after `seal`, of everything. */
  get bytes(): number {
    return this.#bytes;
  }

  get parts(): Uint8Array[] {
    return this.#chunks.map(({ bytes, used }) => bytes.subarray(0, used));
  }

  get kept(): Iterable<Kept> {
    return this.#kept.values();
  }

  /** Whether it holds payloads. */
  get keeps(): boolean {
    return this.#kept.size > 0;
  }

  /** Bytes of memory that it takes. */
  get bytesHeld(): number {
    return this.#chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** A buffer to be used again, once nobody needs this group any more. */
  get spare(): Buffer | undefined {
    return this.#chunks.find(({ bytes }) => bytes.length === CHUNK_BYTES)?.bytes;
  }

  /** `row`: of a `keep`, its row in the payload table. */
  add(record: StoreRecord, row: number): void {
    const length = recordBytes(record);
    const offset = this.#bytes;
    const chunk = this.#claim(length);
    const at = chunk.used - length;
    writeBody(chunk, at + HEAD_BYTES, record);
    const head = { length, sequence: this.nextSequence, place: this.#count, kind: RECORD_KIND[record.kind] };
    writeHead(chunk, at, this.#mark, head);
    this.#count += 1;
    if (record.kind === 'keep') {
      const payload = chunk.bytes.subarray(at + length - record.payload.length, at + length);
      this.#kept.set(row, { row, offset, length, payload });
    }
  }

  /** A copy of a payload of this group. */
  payload(row: number): Uint8Array | undefined {
    const kept = this.#kept.get(row);
    return kept && new Uint8Array(kept.payload);
  }

  /** Adds the commit record; the chain that it carries. Nothing can be added afterwards. */
  seal(chain: Uint8Array): Uint8Array {
    const next = chainOn(chain, this.parts);
    const chunk = this.#claim(COMMIT_BYTES);
    const at = chunk.used - COMMIT_BYTES;
    chunk.bytes.set(next, at + HEAD_BYTES);
    // It has the sequence number of the record to come and does not use it up.
    const head = { length: COMMIT_BYTES, sequence: this.nextSequence, place: this.#count };
    writeHead(chunk, at, this.#mark, { ...head, kind: RECORD_KIND.commit });
    return next;
  }

  #claim(length: number): Chunk {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.bytes.length - chunk.used < length) {
      chunk = chunkOver(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length)));
      this.#chunks.push(chunk);
    }
    chunk.used += length;
    this.#bytes += length;
    return chunk;
  }
}

/** The chain after a group: the front of SHA-256 over the chain before it and the group's records. */
export function chainOn(chain: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256').update(chain);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest().subarray(0, CHAIN_BYTES));
}

function chunkOver(bytes: Buffer): Chunk {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), used: 0 };
}
