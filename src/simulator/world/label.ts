import { bytesEqual } from '../../base/index.ts';
import { codingOf } from '../../broadcast/index.ts';
import type { MemberMessage } from '../../codec/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';
import { type Digest, ErasureCode, type PayloadHasher } from '../../crypto/index.ts';
import { hexOf } from '../digest-hex.ts';
import type { Durable } from '../disk.ts';
import type { MessageLabel, TraceEvent } from '../event.ts';

/** The kind of a message, as a trace names it. */
export function kindOf(message: MemberMessage): MessageLabel['kind'] {
  return message.kind === 'status' ? 'status' : message.body.kind;
}

/** What a trace says of a message. */
export function labelOf(message: MemberMessage, hasher: PayloadHasher): MessageLabel {
  if (message.kind === 'status') return { kind: 'status' };
  if (message.kind === 'history') {
    const { sender, instance, body } = message;
    return { kind: body.kind, sender, instance };
  }
  const { sender, instance, body } = message;
  const digest = 'digest' in body ? body.digest : hasher.digest(sender, instance, body.payload);
  return { kind: body.kind, sender, instance, digest: hexOf(digest).slice(0, 8) };
}

/** What a trace says of a durable effect; of a payload that is kept, nothing. */
export function durableEvent(
  t: number,
  node: NodeId,
  effect: Durable,
  hasher: PayloadHasher,
  committee: Committee,
): TraceEvent | undefined {
  if (effect.kind === 'keep') return undefined;
  const { sender, instance } = effect;
  if (effect.kind === 'said') {
    const digest = hexOf(effect.digest);
    return { e: 'say', t, node, statement: effect.statement, sender, instance, digest };
  }
  if (effect.kind === 'skip') return { e: 'skip', t, node, sender, instance, nextSeq: effect.nextSeq };
  const { firstSeq, count, payload } = effect;
  // Of the bytes that applications get, not of those that the member believes them to be.
  const plain = hasher.digest(sender, instance, payload);
  const coded = !bytesEqual(plain, effect.digest);
  const digest = hexOf(
    coded && payload.length > 0 ? codeWordOf(hasher, committee, sender, instance, payload) : plain,
  );
  const nothing = coded && payload.length === 0 ? ({ nothing: true } as const) : undefined;
  return { e: 'deliver', t, node, sender, instance, digest, firstSeq, count, ...nothing };
}

function codeWordOf(
  hasher: PayloadHasher,
  { n, quorums }: Committee,
  sender: NodeId,
  instance: number,
  payload: Uint8Array,
): Digest {
  return codingOf(hasher, new ErasureCode(quorums.dataShards, n), sender, instance).encode(payload).digest;
}
