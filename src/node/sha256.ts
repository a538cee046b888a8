import { createHash, hash } from 'node:crypto';
import type { Sha256 } from '../crypto/index.ts';

/** Up to here copying into one buffer for a one-shot hash is cheaper than a streaming hash object. */
const ONE_SHOT_BYTES_MAX = 16_384;

/** SHA-256 by Node's own crypto. */
export const nativeSha256: Sha256 = (...parts) => {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > ONE_SHOT_BYTES_MAX) {
    const streaming = createHash('sha256');
    for (const part of parts) streaming.update(part);
    return bytesOf(streaming.digest());
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return bytesOf(hash('sha256', whole, 'buffer'));
};

/** The name of an application message for people and APIs: SHA-256, hexadecimal. */
export function messageDigest(payload: Uint8Array): string {
  return hash('sha256', payload, 'hex');
}

function bytesOf(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
