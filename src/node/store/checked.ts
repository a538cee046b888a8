import { UsageError } from '../../base/index.ts';
import { asDigest, type Digest } from '../../crypto/index.ts';
import { NAME_BYTES_MAX } from './store.ts';

/** @throws UsageError for a key or consumer name that cannot be stored. */
export function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > NAME_BYTES_MAX) {
    throw new UsageError(`a key or consumer name has 1 to ${NAME_BYTES_MAX} bytes, not ${bytes}`);
  }
  // A lone surrogate has no UTF-8: what is read back would be another name.
  if (/\p{Surrogate}/u.test(name)) throw new UsageError('a key or consumer name is well-formed text');
}

/** Digests in records may be views of network buffers, of whose class `slice` makes no copy. */
export function copied(digest: Digest): Digest {
  return asDigest(new Uint8Array(digest)) ?? digest;
}
