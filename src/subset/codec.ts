import { assert } from '../base/index.ts';
import {
  type Decoded,
  type InstanceMessage,
  Reader,
  refuse,
  VALUE_BYTES_MAX,
  Writer,
} from '../codec/index.ts';
import type { Committee, NodeId } from '../committee/index.ts';
import { asDigest, DIGEST_BYTES } from '../crypto/index.ts';
import type { ValueMessage } from './message.ts';

/** What members say about a value over Bracha's broadcast, as it stands on the wire and in the log. */
export type ValueWireMessage<A> = Exclude<ValueMessage<InstanceMessage, A>, { readonly kind: 'done' }>;

/** The agreements inside: their messages as bytes. */
export interface AgreementCodec<A> {
  readonly encode: (message: A) => Uint8Array;
  readonly decode: (bytes: Uint8Array, committee: Committee) => Decoded<A>;
  /** How many of its first bytes say what the message is about; what else stands in it may be said once only. */
  readonly aboutBytes: (encoded: Uint8Array) => number;
}

/** The first byte. `kept` stands in the log alone. */
const TAG = {
  initial: 1,
  echo: 2,
  ready: 3,
  pull: 4,
  payload: 5,
  agreement: 6,
  decided: 7,
  kept: 8,
} as const;
/** Tag and proposer. */
const HEAD_BYTES = 3;
/** The longest agreement inside. */
const INNER_BYTES_MAX = 128;

/** One message: a new array. `docs/wire.md` */
export function encodeValueMessage<A>(message: ValueWireMessage<A>, codec: AgreementCodec<A>): Uint8Array {
  switch (message.kind) {
    case 'decided':
      return tagged(TAG.decided, message.value);
    case 'kept':
      return tagged(TAG.kept, message.payload);
    case 'agreement':
      return about(TAG.agreement, message.proposer, codec.encode(message.body));
    case 'broadcast': {
      const { body, proposer } = message;
      assert(body.kind !== 'done', 'the broadcast of a proposal says no DONE');
      return about(TAG[body.kind], proposer, 'payload' in body ? body.payload : body.digest);
    }
  }
}

function tagged(tag: number, bytes: Uint8Array): Uint8Array {
  return new Writer(1 + bytes.length).u8(tag).raw(bytes).takeWhole();
}

function about(tag: number, proposer: NodeId, bytes: Uint8Array): Uint8Array {
  return new Writer(HEAD_BYTES + bytes.length).u8(tag).u16(proposer).raw(bytes).takeWhole();
}

/** The message in these bytes, all of them. Copies. */
export function decodeValueMessage<A>(
  bytes: Uint8Array,
  committee: Committee,
  codec: AgreementCodec<A>,
): Decoded<ValueWireMessage<A>> {
  const reader = new Reader(bytes);
  const tag = reader.u8();
  if (tag === TAG.decided || tag === TAG.kept) {
    const payload = valueFrom(reader);
    if (payload === undefined) return refuse('out-of-range');
    return {
      ok: true,
      value: tag === TAG.kept ? { kind: 'kept', payload } : { kind: 'decided', value: payload },
    };
  }
  const proposer = committee.node(reader.u16());
  if (reader.error !== undefined) return refuse(reader.error);
  if (proposer === undefined) return refuse('out-of-range');
  if (tag === TAG.agreement) {
    if (reader.remaining > INNER_BYTES_MAX) return refuse('too-large');
    const decoded = codec.decode(reader.copy(reader.remaining), committee);
    return decoded.ok ? { ok: true, value: { kind: 'agreement', proposer, body: decoded.value } } : decoded;
  }
  const body = bodyOf(tag, reader);
  return body === undefined
    ? refuse('out-of-range')
    : { ok: true, value: { kind: 'broadcast', proposer, body } };
}

/** How many of its first bytes say what a message of this member is about: of two that begin alike there, one is said. */
export function valueAboutBytes<A>(encoded: Uint8Array, codec: AgreementCodec<A>): number {
  const [tag] = encoded;
  if (tag === TAG.kept) return encoded.length;
  if (tag === TAG.decided) return 1;
  if (tag === TAG.agreement) return HEAD_BYTES + codec.aboutBytes(encoded.subarray(HEAD_BYTES));
  return HEAD_BYTES;
}

function bodyOf(tag: number, reader: Reader): InstanceMessage | undefined {
  if (tag === TAG.initial || tag === TAG.payload) {
    const payload = valueFrom(reader);
    return payload && { kind: tag === TAG.initial ? 'initial' : 'payload', payload };
  }
  const kind =
    tag === TAG.echo ? 'echo' : tag === TAG.ready ? 'ready' : tag === TAG.pull ? 'pull' : undefined;
  const digest = reader.remaining === DIGEST_BYTES ? asDigest(reader.copy(DIGEST_BYTES)) : undefined;
  return kind && digest && { kind, digest };
}

/** All that is left; undefined if it is no value: empty, or too long. */
function valueFrom(reader: Reader): Uint8Array | undefined {
  const { remaining } = reader;
  return remaining < 1 || remaining > VALUE_BYTES_MAX ? undefined : reader.copy(remaining);
}
