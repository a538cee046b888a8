import { assert } from '../../base/index.ts';
import { LOG_ID_BYTES, Reader, Writer } from '../../codec/index.ts';
import { DIGEST_BYTES } from '../../crypto/index.ts';
import { crc32 } from './crc32.ts';

/**
 * The versions of the file format that this code writes and reads. `docs/storage.md` is its specification. The first
 * segment of a log has version 1. The others have version 2: a summary of what came before follows the header.
 */
export const FORMAT_VERSIONS = { plain: 1, summarised: 2 } as const;

/** Bytes before a segment's first record. */
export const HEADER_BYTES = 96;

/** Bytes of a link of the chain: the front half of a SHA-256. */
export const CHAIN_BYTES = 16;

/** As PNG's: "qclog", then bytes that text conversion would change. */
const MAGIC = Uint8Array.of(0x71, 0x63, 0x6c, 0x6f, 0x67, 0x0d, 0x0a, 0x1a);

/** What every segment of one log says about the log. */
export interface LogIdentity {
  /** 16 random bytes, told to peers. */
  readonly logId: Uint8Array;
  /** The 32-byte cluster digest. */
  readonly cluster: Uint8Array;
  readonly self: number;
  /** How many members the cluster has. */
  readonly members: number;
  /** Starts every record. Random, not 0, never told to anybody: no payload can hold something like a record. */
  readonly mark: number;
}

/** The first `HEADER_BYTES` of a segment. */
export interface SegmentHeader extends LogIdentity {
  /** The sequence number of the segment's first record. */
  readonly firstSequence: number;
  /** The chain as it was at the end of the segment before; zeros in the first. */
  readonly chain: Uint8Array;
  /** Whether a summary of what came before stands between the header and the first record. */
  readonly summarised: boolean;
}

/** The header's bytes; a new array. */
export function encodeHeader(header: SegmentHeader): Uint8Array {
  assert(header.logId.length === LOG_ID_BYTES && header.cluster.length === DIGEST_BYTES, 'header: lengths');
  const bytes = new Writer(HEADER_BYTES)
    .raw(MAGIC)
    .u16(header.summarised ? FORMAT_VERSIONS.summarised : FORMAT_VERSIONS.plain)
    .u16(header.self)
    .u16(header.members)
    .u16(0)
    .raw(header.logId)
    .raw(header.cluster)
    .u64(header.firstSequence)
    .raw(header.chain)
    .u32(header.mark)
    .u32(0)
    .take();
  assert(bytes.length === HEADER_BYTES, 'header: length');
  new DataView(bytes.buffer).setUint32(HEADER_BYTES - 4, crc32(bytes, 0, HEADER_BYTES - 4));
  return bytes;
}

/** The header at the front of `bytes`: copies. Damaged, or of a version this code does not know: says which. */
export function decodeHeader(bytes: Uint8Array): SegmentHeader | { readonly version: number } | 'damaged' {
  if (bytes.length < HEADER_BYTES) return 'damaged';
  const reader = new Reader(bytes.subarray(0, HEADER_BYTES));
  const magic = reader.view(MAGIC.length);
  if (MAGIC.some((byte, index) => byte !== magic[index])) return 'damaged';
  const version = reader.u16();
  const summarised = version === FORMAT_VERSIONS.summarised;
  if (!summarised && version !== FORMAT_VERSIONS.plain) return { version };
  const self = reader.u16();
  const members = reader.u16();
  const reserved = reader.u16();
  const logId = new Uint8Array(reader.view(LOG_ID_BYTES));
  const cluster = new Uint8Array(reader.view(DIGEST_BYTES));
  const firstSequence = reader.u64();
  const chain = new Uint8Array(reader.view(CHAIN_BYTES));
  const mark = reader.u32();
  if (reader.u32() !== crc32(bytes, 0, HEADER_BYTES - 4)) return 'damaged';
  if (reader.end() !== undefined || reserved !== 0 || mark === 0 || firstSequence < 1) return 'damaged';
  return { logId, cluster, self, members, firstSequence, chain, mark, summarised };
}
