import type { PayloadHasher, Sha256 } from '../../crypto/index.ts';
import { RememberingHasher, rememberingSha256 } from './hashing.ts';
import { standIn } from './stand-in.ts';

/** The cluster digest of every simulated cluster: 32 bytes of no meaning. */
const CLUSTER = new Uint8Array(32).fill(0x51);

/** What names payloads in a simulated cluster, and signs for its members. */
export interface Cryptography {
  readonly hasher: PayloadHasher;
  readonly signatures: ReturnType<typeof standIn>;
}

const made = new WeakMap<Sha256, Cryptography>();

/** That of every world with this hash function, one after another: what was hashed in one needs no hashing in the next. */
export function cryptographyOf(sha256: Sha256): Cryptography {
  const known = made.get(sha256);
  if (known !== undefined) return known;
  const remembering = rememberingSha256(sha256);
  const fresh = { hasher: new RememberingHasher(remembering, CLUSTER), signatures: standIn(remembering) };
  made.set(sha256, fresh);
  return fresh;
}
