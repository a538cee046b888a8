import { toHex } from '../../base/index.ts';
import type { MemberMessage } from '../../codec/index.ts';
import type { Digest, PayloadHasher } from '../../crypto/index.ts';
import type { MessageLabel } from '../event.ts';

/** What a trace says of a message. */
export function labelOf(message: MemberMessage, hasher: PayloadHasher): MessageLabel {
  if (message.kind === 'status') return { kind: 'status' };
  const { sender, instance, body } = message;
  const digest = 'digest' in body ? body.digest : hasher.digest(sender, instance, body.payload);
  return { kind: body.kind, sender, instance, digest: toHex(digest.subarray(0, 4)) };
}

const hexCache = new WeakMap<Digest, string>();

/** A digest in hexadecimal. Remembered: digests are few and told often. */
export function hexOf(digest: Digest): string {
  const known = hexCache.get(digest);
  if (known !== undefined) return known;
  const hex = toHex(digest);
  hexCache.set(digest, hex);
  return hex;
}
