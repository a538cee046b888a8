import { copyBytes } from '../base/index.ts';
import { FRAME_KIND, versionOf } from './frame.ts';
import { type Decoded, Reader, refuse } from './reader.ts';
import { Writer } from './writer.ts';

/** Bytes of a log identity. */
export const LOG_ID_BYTES = 16;

/** Longest text that explains a refusal, bytes. */
export const REJECT_DETAIL_BYTES_MAX = 256;

/** Longest frame, without its length field, that is read before a link is up. */
export const HANDSHAKE_FRAME_BYTES_MAX = 1024;

/** Why a member refuses or ends a link and says so. The place in the list is the code on the wire; 0 is none. */
export const REJECT_REASONS = [
  'no-certificate',
  'resumed-session',
  'not-a-member',
  'wrong-member',
  'own-identity',
  'wrong-direction',
  'wrong-cluster',
  'wrong-epoch',
  'wrong-version',
  'state-lost',
  'state-rolled-back',
  'bad-hello',
  'bad-frame',
  'timeout',
  'too-many-connections',
  'queue-overflow',
  'replaced',
  'shutting-down',
] as const;

/** One of `REJECT_REASONS`. */
export type RejectReason = (typeof REJECT_REASONS)[number];

/** The first frame in either direction: who speaks, of which cluster, with which memory. */
export interface Hello {
  readonly kind: 'hello';
  /** Lowest and highest wire version spoken, 1 to 255. */
  readonly versionMin: number;
  readonly versionMax: number;
  /** 32 bytes. */
  readonly clusterDigest: Uint8Array;
  readonly epoch: number;
  /** The speaker's place in the committee, 16 bits. It must own the key of the channel. */
  readonly member: number;
  /** 16 random bytes made with the speaker's log. */
  readonly logId: Uint8Array;
  /** Sequence number of the last durable record of that log. */
  readonly position: number;
}

/** What two members say to each other about the link itself. */
export type HandshakeMessage =
  | Hello
  /** "Your hello is good": from here on the link is up. */
  | { readonly kind: 'accept' }
  /** "I close this link." `detail`: printable ASCII for people, at most 256 bytes. */
  | { readonly kind: 'reject'; readonly reason: RejectReason; readonly detail: string }
  /** "Answer with this nonce." `position` as in the hello, renewed. */
  | { readonly kind: 'ping'; readonly nonce: number; readonly position: number }
  | { readonly kind: 'pong'; readonly nonce: number };

/** "QC": what is no hello of this protocol is known by its first two bytes. */
const MAGIC = 0x5143;
const DIGEST_BYTES = 32;

/** A complete frame, in an array of its own. A value out of its field's range is our own mistake. */
export function encodeHandshake(message: HandshakeMessage): Uint8Array {
  const writer = new Writer(128).u32(0).u8(versionOf(FRAME_KIND[message.kind])).u8(FRAME_KIND[message.kind]);
  writeBody(writer, message);
  return writer.patchU32(0, writer.length - 4).take();
}

function writeBody(writer: Writer, message: HandshakeMessage): void {
  switch (message.kind) {
    case 'hello':
      writer.u16(MAGIC).u8(message.versionMin).u8(message.versionMax).raw(message.clusterDigest);
      writer.u32(message.epoch).u16(message.member).raw(message.logId).u64(message.position);
      return;
    case 'accept':
      return;
    case 'reject': {
      const detail = asciiBytes(message.detail);
      writer
        .u8(REJECT_REASONS.indexOf(message.reason) + 1)
        .u16(detail.length)
        .raw(detail);
      return;
    }
    case 'ping':
      writer.u32(message.nonce).u64(message.position);
      return;
    case 'pong':
      writer.u32(message.nonce);
  }
}

/**
 * The message in the body of a frame of this kind; `unknown-kind` for kinds that are not of the handshake.
 * Copies what it keeps. Every accepted body encodes to itself.
 */
export function decodeHandshake(kind: number, body: Uint8Array): Decoded<HandshakeMessage> {
  const reader = new Reader(body);
  const message = readBody(kind, reader);
  if (message === undefined) return refuse('unknown-kind');
  const error = reader.end();
  return error === undefined ? { ok: true, value: message } : refuse(error);
}

function readBody(kind: number, reader: Reader): HandshakeMessage | undefined {
  switch (kind) {
    case FRAME_KIND.hello:
      return readHello(reader);
    case FRAME_KIND.accept:
      return { kind: 'accept' };
    case FRAME_KIND.reject:
      return readReject(reader);
    case FRAME_KIND.ping:
      return { kind: 'ping', nonce: reader.u32(), position: reader.u64() };
    case FRAME_KIND.pong:
      return { kind: 'pong', nonce: reader.u32() };
    default:
      return undefined;
  }
}

function readHello(reader: Reader): Hello {
  if (reader.u16() !== MAGIC) reader.fail('out-of-range');
  const versionMin = reader.u8();
  const versionMax = reader.u8();
  if (versionMin < 1 || versionMax < versionMin) reader.fail('out-of-range');
  return {
    kind: 'hello',
    versionMin,
    versionMax,
    clusterDigest: copyBytes(reader.view(DIGEST_BYTES)),
    epoch: reader.u32(),
    member: reader.u16(),
    logId: copyBytes(reader.view(LOG_ID_BYTES)),
    position: reader.u64(),
  };
}

function readReject(reader: Reader): HandshakeMessage {
  const reason = REJECT_REASONS[reader.u8() - 1];
  const length = reader.u16();
  if (length > REJECT_DETAIL_BYTES_MAX) reader.fail('too-large');
  const bytes = reader.view(length);
  // Printable only: the text ends up in logs and on terminals.
  if (reason === undefined || !bytes.every(isPrintable)) reader.fail('out-of-range');
  return { kind: 'reject', reason: reason ?? 'bad-frame', detail: String.fromCharCode(...bytes) };
}

/** Cut to what fits, with what is not printable ASCII shown as "?". */
function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text.slice(0, REJECT_DETAIL_BYTES_MAX), (char) => {
    const code = char.charCodeAt(0);
    return isPrintable(code) ? code : 0x3f;
  });
}

function isPrintable(code: number): boolean {
  return code >= 0x20 && code <= 0x7e;
}
