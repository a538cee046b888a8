import { assert, encodeUtf8 } from '../base/index.ts';
import type { Digest, Sha256 } from '../crypto/index.ts';
import { asDigest } from '../crypto/index.ts';

/** Where tosses belong: no two agreements share one. */
export interface CoinScope {
  /** Of the definition, 32 bytes. */
  readonly cluster: Digest;
  readonly epoch: number;
  /** Names the agreement among all of this cluster and epoch: at most 255 bytes. */
  readonly instance: Uint8Array;
}

/** A toss of one agreement. A name used twice is a coin that everybody knows the second time. */
export interface CoinId extends CoinScope {
  /** From 1 on. */
  readonly round: number;
}

/** Longest name of an instance, bytes. */
export const INSTANCE_BYTES_MAX = 255;

const DOMAIN = encodeUtf8('quorumcast/coin/1\0');

/**
 * The name of a toss as a digest: SHA-256 over the domain tag, cluster (32 bytes), epoch (u64), round (u32), the length
 * of the instance's name (u8) and that name. Every field stands at a fixed place, so no two ids read alike.
 */
export function coinName(sha256: Sha256, { cluster, epoch, instance, round }: CoinId): Digest {
  assert(instance.length <= INSTANCE_BYTES_MAX, 'the name of an instance has at most 255 bytes');
  assert(Number.isSafeInteger(epoch) && epoch >= 0, 'an epoch is an integer >= 0');
  assert(Number.isInteger(round) && round >= 0 && round <= 0xffff_ffff, 'a round fits 32 bits');
  const fields = new Uint8Array(13);
  const view = new DataView(fields.buffer);
  view.setUint32(0, Math.floor(epoch / 0x1_0000_0000));
  view.setUint32(4, epoch >>> 0);
  view.setUint32(8, round);
  fields[12] = instance.length;
  const digest = asDigest(sha256(DOMAIN, cluster, fields, instance));
  assert(digest !== undefined, 'SHA-256 has 32 bytes');
  return digest;
}
