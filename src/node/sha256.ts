import { createHash, hash } from 'node:crypto';
import type { Sha256, Sha256Begin } from '../crypto/index.ts';

/** Up to here copying into one buffer for a one-shot hash is cheaper than a streaming hash object. */
const ONE_SHOT_BYTES_MAX = 16_384;
/** Where the parts of a one-shot hash are put together: nothing of it outlives the call. */
const scratch = Buffer.allocUnsafeSlow(ONE_SHOT_BYTES_MAX);
/** Its beginnings, by length: a view costs a fifth of a short hash. */
const beginnings: Buffer[] = [];
const BEGINNINGS = 1_024;

/** SHA-256 by Node's own crypto. */
export const nativeSha256: Sha256 = (...parts) => {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > ONE_SHOT_BYTES_MAX) {
    const streaming = createHash('sha256');
    for (const part of parts) streaming.update(part);
    return bytesOf(streaming.digest('binary'));
  }
  let at = 0;
  for (const part of parts) {
    scratch.set(part, at);
    at += part.length;
  }
  return bytesOf(hash('sha256', beginning(length), 'binary'));
};

/** The same, to go on from: for what is long. */
export const nativeSha256Begin: Sha256Begin = (...parts) => {
  const streaming = createHash('sha256');
  for (const part of parts) streaming.update(part);
  const further = streaming.copy();
  return {
    digest: bytesOf(streaming.digest('binary')),
    more: (...rest) => {
      for (const part of rest) further.update(part);
      return bytesOf(further.digest('binary'));
    },
  };
};

function beginning(length: number): Buffer {
  const known = beginnings[length];
  if (known !== undefined) return known;
  const view = scratch.subarray(0, length);
  if (length < BEGINNINGS) beginnings[length] = view;
  return view;
}

/** The name of an application message for people and APIs: SHA-256, hexadecimal. */
export function messageDigest(payload: Uint8Array): string {
  return hash('sha256', payload, 'hex');
}

/** Node hands bytes out in a buffer outside the heap, which costs more than the hash itself; a string does not. */
function bytesOf(latin1: string): Uint8Array {
  const bytes = new Uint8Array(latin1.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = latin1.charCodeAt(i);
  return bytes;
}
