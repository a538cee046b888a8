import { assert } from '../base/index.ts';
import { type Decoded, Reader, refuse, Writer } from '../codec/index.ts';
import { asDigest, copyDigest, DIGEST_BYTES, type Digest, SHAMIR_BYTES } from '../crypto/index.ts';
import type { DealtShare, Purse } from './dealt.ts';

const PURSE_VERSION = 1;
/** Most coins in one purse: 2^20. */
const COINS_MAX = 0x10_0000;

/**
 * A purse as bytes, all big-endian: version (u8), n (u16), f (u16), self (u16), coins (u32), and for each coin its name (32),
 * the share (32) and n commitments (32 each). Holds secrets: keep it as a key is kept.
 */
export function encodePurse({ n, f, self, coins }: Purse): Uint8Array {
  const writer = new Writer(64 + coins.length * (DIGEST_BYTES * (n + 1) + SHAMIR_BYTES));
  writer.u8(PURSE_VERSION).u16(n).u16(f).u16(self).u32(coins.length);
  for (const { name, share, commitments } of coins) {
    writer.raw(name).raw(share);
    for (const commitment of commitments) writer.raw(commitment);
  }
  return writer.take();
}

/** The purse in these bytes, all of them. Copies. */
export function decodePurse(bytes: Uint8Array): Decoded<Purse> {
  const reader = new Reader(bytes);
  if (reader.u8() !== PURSE_VERSION) return refuse(reader.error ?? 'unknown-version');
  const [n, f, self, count] = [reader.u16(), reader.u16(), reader.u16(), reader.u32()];
  if (reader.error !== undefined) return refuse(reader.error);
  if (count > COINS_MAX || self >= n || n < 3 * f + 1) return refuse('out-of-range');
  if (reader.remaining !== count * (DIGEST_BYTES * (n + 1) + SHAMIR_BYTES))
    return refuse(
      reader.remaining < count * (DIGEST_BYTES * (n + 1) + SHAMIR_BYTES) ? 'truncated' : 'trailing-bytes',
    );
  const coins: DealtShare[] = [];
  for (let i = 0; i < count; i += 1) {
    const name = digestFrom(reader);
    const share = new Uint8Array(reader.view(SHAMIR_BYTES));
    const commitments = Array.from({ length: n }, () => digestFrom(reader));
    coins.push({ name, share, commitments });
  }
  return { ok: true, value: { n, f, self, coins } };
}

function digestFrom(reader: Reader): Digest {
  const digest = asDigest(reader.view(DIGEST_BYTES));
  assert(digest !== undefined, 'the length was checked before');
  return copyDigest(digest);
}
