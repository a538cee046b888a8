import { assert } from '../base/index.ts';

/** The field: integers modulo 2^255 - 19. Shares are as hard to guess as digests, so that hashes of them tell nothing. */
const PRIME = 2n ** 255n - 19n;
/** Bytes of a share or a secret, big-endian. */
export const SHAMIR_BYTES = 32;
/** Random bytes for one element: so many that the remainder is uniform up to 2^-129. */
const WIDE_BYTES = 48;

/**
 * Shares a random secret among n members: any `threshold` of the shares give it, fewer tell nothing. [Shamir 1979]
 * By member, 32 bytes each. `random` gives that many bytes which nobody can guess.
 */
export function shamirDeal(
  n: number,
  threshold: number,
  random: (bytes: number) => Uint8Array,
): Uint8Array[] {
  const coefficients = Array.from({ length: threshold }, () => modulo(toInteger(random(WIDE_BYTES))));
  return Array.from({ length: n }, (_, member) => {
    const x = BigInt(member + 1);
    return toBytes(coefficients.reduceRight((sum, coefficient) => modulo(sum * x + coefficient), 0n));
  });
}

/** The secret that these shares of distinct members give, 32 bytes. [Lagrange interpolation at 0] */
export function shamirCombine(
  shares: readonly { readonly member: number; readonly share: Uint8Array }[],
): Uint8Array {
  let secret = 0n;
  for (const { member, share } of shares) {
    const x = BigInt(member + 1);
    let above = 1n;
    let below = 1n;
    for (const other of shares) {
      if (other.member === member) continue;
      const y = BigInt(other.member + 1);
      above = modulo(above * y);
      below = modulo(below * (y - x));
    }
    secret = modulo(secret + toInteger(share) * above * inverse(below));
  }
  return toBytes(secret);
}

function modulo(value: bigint): bigint {
  const rest = value % PRIME;
  return rest < 0n ? rest + PRIME : rest;
}

/** By Fermat: a^(p-2). */
function inverse(value: bigint): bigint {
  assert(value !== 0n, 'members are distinct');
  let result = 1n;
  let base = value;
  for (let exponent = PRIME - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = (result * base) % PRIME;
    base = (base * base) % PRIME;
  }
  return result;
}

function toInteger(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function toBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(SHAMIR_BYTES);
  let rest = value;
  for (let i = SHAMIR_BYTES - 1; i >= 0; i -= 1) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}
