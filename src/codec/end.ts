import { bytesEqual } from '../base/index.ts';
import type { Limits } from '../committee/index.ts';
import { copyDigest, DIGEST_BYTES, type Digest, SIGNATURE_BYTES } from '../crypto/index.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

/** The last instance of a sender: no messages, and the digest of the cluster definition that follows. */
const COUNT_BYTES = 2;
const SUCCESSOR_BYTES = 32;
const CLAIMS_AT = COUNT_BYTES + SUCCESSOR_BYTES;

/** Bytes of an END that gives nobody up. */
export const END_BYTES = CLAIMS_AT + SIGNATURE_BYTES;

/** What a member knows of one instance of a stream that is given up. */
export interface OpenClaim {
  readonly instance: number;
  /** What it said ECHO for, and READY; undefined where it said none. */
  readonly echo: Digest | undefined;
  readonly ready: Digest | undefined;
}

/** How far a member has come in one stream that is given up: docs/protocols/epochs.md. */
export interface StreamClaim {
  /** Its member number. */
  readonly sender: number;
  /** The lowest instance that it has not delivered. */
  readonly base: number;
  /** What it delivered in the instances just below, the last one before `base`; `limits.window` of them at most. */
  readonly delivered: readonly Digest[];
  /** Instances from `base` on in which it said something, in order, less than `limits.window` above it. */
  readonly open: readonly OpenClaim[];
}

const ECHO = 1;
const READY = 2;
/** Both, of the same digest, which stands once. */
const ALIKE = 4;

/** Bytes of a claim beside the digests and the instances: sender, base, two counts. */
const CLAIM_BYTES = 2 + 8 + 4 + 4;
const OPEN_BYTES = 4 + 1;

/** The longest END that gives up so many members, under these limits. */
export function endBytesMax(givenUp: number, { window }: Limits): number {
  if (givenUp === 0) return END_BYTES;
  return END_BYTES + 2 + givenUp * (CLAIM_BYTES + window * (DIGEST_BYTES + OPEN_BYTES + 2 * DIGEST_BYTES));
}

/**
 * The last instance of a sender in an epoch: no messages (count 0), the digest of the cluster definition that it is ready to
 * go over to (32 bytes), and, if that gives members up, how far it has come in their streams, in the order of their
 * numbers. The sender's signature stands where it does in every batch.
 */
export function encodeEnd(successor: Uint8Array, claims: readonly StreamClaim[] = []): Uint8Array {
  const writer = new Writer(END_BYTES).u16(0).raw(successor.subarray(0, SUCCESSOR_BYTES));
  if (claims.length > 0) writer.u16(claims.length);
  for (const claim of claims) writeClaim(writer, claim);
  return writer.raw(UNSIGNED).take();
}

function writeClaim(writer: Writer, { sender, base, delivered, open }: StreamClaim): void {
  writer.u16(sender).u64(base).u32(delivered.length);
  for (const digest of delivered) writer.raw(digest);
  writer.u32(open.length);
  for (const { instance, echo, ready } of open) {
    const alike = echo !== undefined && ready !== undefined && bytesEqual(echo, ready);
    const said = (echo === undefined ? 0 : ECHO) + (ready === undefined ? 0 : READY);
    writer.u32(instance - base).u8(alike ? said + ALIKE : said);
    if (echo !== undefined) writer.raw(echo);
    if (ready !== undefined && !alike) writer.raw(ready);
  }
}

/** Which definition an END names: a copy; undefined if this is none. */
export function successorOf(payload: Uint8Array): Uint8Array | undefined {
  return isEnd(payload) ? payload.slice(COUNT_BYTES, CLAIMS_AT) : undefined;
}

/** Whether this is exactly one encoding of an END; with `limits`, within those. */
export function isEnd(payload: Uint8Array, limits?: Limits): boolean {
  if (payload.length < END_BYTES || payload[0] !== 0 || payload[1] !== 0) return false;
  if (payload.length === END_BYTES) return true;
  return readClaims(payload, limits?.window ?? Number.POSITIVE_INFINITY, undefined);
}

/** The claims of an END, in the order of the senders: none if it gives nobody up, or is no END within `limits`. Copies. */
export function claimsOf(payload: Uint8Array, { window }: Limits): readonly StreamClaim[] {
  const claims: StreamClaim[] = [];
  if (payload.length <= END_BYTES || payload[0] !== 0 || payload[1] !== 0) return [];
  return readClaims(payload, window, claims) ? claims : [];
}

/** Reads all claims; `into`: where they go, as far as they are good. False if anything is wrong. Costs no memory without it. */
function readClaims(payload: Uint8Array, window: number, into: StreamClaim[] | undefined): boolean {
  const reader = new Reader(payload, CLAIMS_AT, payload.length - SIGNATURE_BYTES);
  const count = reader.u16();
  let last = -1;
  for (let i = 0; i < count && reader.error === undefined; i += 1) {
    const sender = reader.u16();
    if (sender <= last) reader.fail('not-canonical');
    last = sender;
    const base = reader.u64();
    const behind = reader.u32();
    // A claimed count costs its sender the bytes.
    if (behind > Math.min(window, base - 1) || behind * DIGEST_BYTES > reader.remaining)
      reader.fail('out-of-range');
    const deliveredAt = reader.at;
    reader.skip(behind * DIGEST_BYTES);
    const open = readOpen(reader, base, window, into === undefined ? undefined : []);
    if (into === undefined || open === undefined || reader.error !== undefined) continue;
    const delivered = Array.from({ length: behind }, (_, k) =>
      copyDigest(payload, deliveredAt + k * DIGEST_BYTES),
    );
    into.push({ sender, base, delivered, open });
  }
  if (count === 0) reader.fail('not-canonical');
  return reader.end() === undefined;
}

function readOpen(
  reader: Reader,
  base: number,
  window: number,
  into: OpenClaim[] | undefined,
): OpenClaim[] | undefined {
  const count = reader.u32();
  if (count * (OPEN_BYTES + DIGEST_BYTES) > reader.remaining) reader.fail('truncated');
  let last = -1;
  for (let i = 0; i < count && reader.error === undefined; i += 1) {
    const offset = reader.u32();
    const said = reader.u8();
    const known = said === ECHO || said === READY || said === ECHO + READY || said === ECHO + READY + ALIKE;
    if (offset <= last || offset >= window || !known || !Number.isSafeInteger(base + offset))
      reader.fail('out-of-range');
    last = offset;
    const at = reader.at;
    const both = said === ECHO + READY;
    reader.skip(both ? 2 * DIGEST_BYTES : DIGEST_BYTES);
    if (into === undefined || reader.error !== undefined) continue;
    const first = copyDigest(reader.bytes, at);
    const echo = said === READY ? undefined : first;
    const ready = said === ECHO ? undefined : both ? copyDigest(reader.bytes, at + DIGEST_BYTES) : first;
    into.push({ instance: base + offset, echo, ready });
  }
  return into;
}

const UNSIGNED = new Uint8Array(SIGNATURE_BYTES);
