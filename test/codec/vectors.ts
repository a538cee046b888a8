import { fromHex, toHex } from '../../src/base/index.ts';
import {
  encodeBatch,
  FRAME_HEADER_BYTES,
  FramePacker,
  type MemberMessage,
  type VoteKind,
} from '../../src/codec/index.ts';
import { Committee, LIMITS_DEFAULT } from '../../src/committee/index.ts';
import { asDigest, type Digest } from '../../src/crypto/index.ts';

/** The cluster that the vectors are about. */
export const BOUNDS = {
  committee: new Committee(4, 1),
  limits: { ...LIMITS_DEFAULT, payloadBytes: 64, messagesPerInstance: 5 },
  epoch: 0x0a0b0c0d,
};

const p = (id: number) => BOUNDS.committee.member(id);

/** Bytes from a hexadecimal text that is one. */
export function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined) throw new Error(`not hexadecimal: ${text}`);
  return bytes;
}

/** A digest that counts up from `from`. */
export function digest(from: number): Digest {
  const made = asDigest(Uint8Array.from({ length: 32 }, (_, i) => (from + i) & 0xff));
  if (made === undefined) throw new Error('32 bytes are a digest');
  return made;
}

const text = (ascii: string): Uint8Array => new TextEncoder().encode(ascii);
const LARGE = Number.MAX_SAFE_INTEGER;

export interface Vector {
  readonly name: string;
  readonly messages: readonly MemberMessage[];
}

function one(
  name: string,
  sender: number,
  instance: number,
  body: Extract<MemberMessage, { kind: 'instance' }>['body'],
): Vector {
  return { name, messages: [{ kind: 'instance', sender: p(sender), instance, body }] };
}

const hello = encodeBatch([text('hello')]);

function past(
  name: string,
  sender: number,
  instance: number,
  body: Extract<MemberMessage, { kind: 'history' }>['body'],
): Vector {
  return { name, messages: [{ kind: 'history', sender: p(sender), instance, body }] };
}

function vote(sender: number, instance: number, kind: VoteKind, of: Digest): MemberMessage {
  return { kind: 'instance', sender: p(sender), instance, body: { kind, digest: of } };
}

/** One of every kind and edge, and some together. */
export const VECTORS: readonly Vector[] = [
  past('horizon', 1, 7, { kind: 'horizon' }),
  past('ask', 2, LARGE, { kind: 'ask' }),
  past('count', 3, 8, { kind: 'count', messages: 0 }),
  past('count of very many', 0, LARGE, { kind: 'count', messages: LARGE - 1 }),
  one('initial', 0, 1, { kind: 'initial', payload: hello }),
  one('initial with a signature', 3, 2, {
    kind: 'initial',
    payload: encodeBatch(
      [text('hello')],
      Uint8Array.from({ length: 64 }, (_, i) => 0x80 + i),
    ),
  }),
  one('initial without payload', 1, 1, { kind: 'initial', payload: new Uint8Array() }),
  one('initial of full length', 1, 1, {
    kind: 'initial',
    payload: encodeBatch([new Uint8Array(64).fill(0x2e)]),
  }),
  one('echo', 2, 0x0102_0304_0506, { kind: 'echo', digest: digest(0) }),
  one('ready', 3, LARGE, { kind: 'ready', digest: digest(0xe0) }),
  one('done', 0, 1, { kind: 'done', digest: digest(0x40) }),
  one('pull', 0, 1, { kind: 'pull', digest: digest(0x40) }),
  one('payload', 0, 1, { kind: 'payload', payload: hello }),
  one('dispersal', 3, 7, { kind: 'dispersal', digest: digest(0x20), length: 134 }),
  one('shard', 3, 7, {
    kind: 'shard',
    digest: digest(0x20),
    length: 5,
    proof: Uint8Array.from({ length: 64 }, (_, i) => i),
    shard: Uint8Array.of(0xa1, 0xa2, 0xa3),
  }),
  {
    name: 'a run of votes',
    messages: [7, 8, 9].map((instance) => vote(1, instance, 'echo', digest(instance))),
  },
  {
    name: 'runs side by side, and votes that are in none',
    messages: [
      vote(0, LARGE - 1, 'echo', digest(1)),
      vote(0, LARGE, 'echo', digest(2)),
      vote(0, 1, 'echo', digest(3)),
      vote(0, 2, 'ready', digest(3)),
      vote(0, 3, 'ready', digest(4)),
      vote(1, 4, 'ready', digest(5)),
      vote(1, 6, 'ready', digest(6)),
      vote(1, 7, 'done', digest(7)),
      vote(1, 7, 'done', digest(8)),
    ],
  },
  { name: 'status', messages: [{ kind: 'status', bases: [1, 2, 0x1_0000_0000, LARGE], resync: false }] },
  {
    name: 'status that asks to send again',
    messages: [{ kind: 'status', bases: [1, 1, 1, 1], resync: true }],
  },
  {
    name: 'several messages in one frame',
    messages: [
      { kind: 'status', bases: [4, 3, 2, 1], resync: false },
      { kind: 'instance', sender: p(0), instance: 4, body: { kind: 'initial', payload: hello } },
      { kind: 'instance', sender: p(0), instance: 4, body: { kind: 'echo', digest: digest(1) } },
      { kind: 'instance', sender: p(2), instance: 9, body: { kind: 'ready', digest: digest(2) } },
      { kind: 'instance', sender: p(2), instance: 9, body: { kind: 'ready', digest: digest(2) } },
    ],
  },
];

/** These messages as one frame. */
export function frameOf(messages: readonly MemberMessage[]): Uint8Array {
  const packer = new FramePacker(BOUNDS.epoch);
  for (const message of messages) packer.add(message);
  return packer.take();
}

/** The body of a frame. */
export function bodyOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(FRAME_HEADER_BYTES);
}

/** A message as JSON shows it: bytes in hexadecimal. */
export function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shown(each)]));
}
