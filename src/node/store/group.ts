import { createHash } from 'node:crypto';
import { CHAIN_BYTES } from './header.ts';
import {
  COMMIT_BYTES,
  HEAD_BYTES,
  LONG_PAYLOAD_BYTES,
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

/** A payload that is not in the file yet, as it was handed in. */
interface Kept {
  readonly row: number;
  /** Byte offset of its record in the group, and the record's length. */
  readonly offset: number;
  readonly length: number;
  readonly payload: Uint8Array;
}

/**
 * The records of one group commit, encoded as they will stand in the file: each byte is copied once, from where
 * the caller has it, and those of long payloads not at all. Sealed by a commit record, without which none of them counts.
 */
export class Group {
  readonly #mark: number;
  /** The sequence number of the group's first record. */
  readonly firstSequence: number;
  readonly #chunks: Chunk[] = [];
  /** What is complete of the group, in order: stretches of chunks, and payloads between them. */
  readonly #done: Uint8Array[] = [];
  readonly #borrowed = new Set<Uint8Array>();
  /** Where in the last chunk the stretch begins that is not complete. */
  #from = 0;
  readonly #kept = new Map<number, Kept>();
  #count = 0;
  #bytes = 0;
  #keptBytes = 0;

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
    return [...this.#done, ...this.#rest()];
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
    return this.#chunks.reduce((sum, { bytes }) => sum + bytes.length, this.#keptBytes);
  }

  /** A buffer to be used again, once nobody needs this group any more. */
  get spare(): Buffer | undefined {
    return this.#chunks.find(({ bytes }) => bytes.length === CHUNK_BYTES)?.bytes;
  }

  /** `row`: of a `keep`, its row in the payload table. */
  add(record: StoreRecord, row: number): void {
    const length = recordBytes(record);
    const offset = this.#bytes;
    const payload = record.kind === 'keep' ? record.payload : NONE;
    const borrowed = payload.length < LONG_PAYLOAD_BYTES ? NONE : payload;
    const copied = length - borrowed.length;
    const chunk = this.#claim(copied);
    const at = chunk.used - copied;
    writeBody(chunk, at + HEAD_BYTES, record, borrowed.length > 0);
    const head = { length, sequence: this.nextSequence, place: this.#count, kind: RECORD_KIND[record.kind] };
    writeHead(chunk, at, this.#mark, head, borrowed);
    this.#count += 1;
    if (borrowed.length > 0) this.#borrow(borrowed);
    if (record.kind === 'keep') this.#kept.set(row, { row, offset, length, payload });
    this.#keptBytes += payload.length;
  }

  /** A payload of this group. */
  payload(row: number): Uint8Array | undefined {
    return this.#kept.get(row)?.payload;
  }

  /** Adds the commit record; the chain that it carries. Nothing can be added afterwards. */
  seal(chain: Uint8Array): Uint8Array {
    const isLong = this.#borrowed.size > 0;
    const next = chainOn(chain, isLong ? this.parts.filter((part) => !this.#borrowed.has(part)) : this.parts);
    const chunk = this.#claim(COMMIT_BYTES);
    const at = chunk.used - COMMIT_BYTES;
    chunk.bytes.set(next, at + HEAD_BYTES);
    // It has the sequence number of the record to come and does not use it up.
    const head = { length: COMMIT_BYTES, sequence: this.nextSequence, place: this.#count };
    const kind = isLong ? RECORD_KIND.commitOverLong : RECORD_KIND.commit;
    writeHead(chunk, at, this.#mark, { ...head, kind });
    return next;
  }

  #borrow(payload: Uint8Array): void {
    this.#done.push(...this.#rest(), payload);
    this.#borrowed.add(payload);
    this.#from = this.#chunks.at(-1)?.used ?? 0;
    this.#bytes += payload.length;
  }

  #rest(): readonly Uint8Array[] {
    const chunk = this.#chunks.at(-1);
    return chunk === undefined || chunk.used === this.#from
      ? []
      : [chunk.bytes.subarray(this.#from, chunk.used)];
  }

  #claim(length: number): Chunk {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.bytes.length - chunk.used < length) {
      this.#done.push(...this.#rest());
      this.#from = 0;
      chunk = chunkOver(Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, length)));
      this.#chunks.push(chunk);
    }
    chunk.used += length;
    this.#bytes += length;
    return chunk;
  }
}

const NONE = new Uint8Array(0);

/**
 * The chain after a group: the front of SHA-256 over the chain before it and the group's records. Of a long payload its
 * digest is among them, and the checksum of its record: hashing a megabyte once more would find nothing else.
 */
export function chainOn(chain: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256').update(chain);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest().subarray(0, CHAIN_BYTES));
}

function chunkOver(bytes: Buffer): Chunk {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), used: 0 };
}
