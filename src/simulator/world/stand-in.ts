import { bytesEqual, concatBytes } from '../../base/index.ts';
import type { Sha256, Sign, Verify } from '../../crypto/index.ts';

/** Known to the world alone: a mind is handed signatures of its own members and nothing to make others with. */
const SECRET = new Uint8Array(32).fill(0xa5);

/**
 * Signatures for simulations: as long as real ones, as deterministic, and a hundred times faster. Whoever has the secret
 * can forge them, and nobody in a simulation has.
 */
export function standIn(sha256: Sha256): {
  readonly sign: (member: number) => Sign;
  readonly verify: Verify;
} {
  const half = (member: number, statement: Uint8Array): Uint8Array =>
    sha256(SECRET, Uint8Array.of(member >> 8, member & 0xff), statement);
  const sign = (member: number, statement: Uint8Array): Uint8Array => {
    const tag = half(member, statement);
    return concatBytes(tag, tag);
  };
  return {
    sign: (member) => (statement) => sign(member, statement),
    verify: (member, statement, signature) => bytesEqual(sign(member, statement), signature),
  };
}
