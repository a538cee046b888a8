import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { assert } from '../../base/index.ts';

/** Bytes of a raw Ed25519 public key, and of the seed that a secret key is made from (RFC 8032). */
export const KEY_BYTES = 32;
/** Bytes of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;

// RFC 8410: what stands before the 32 bytes in PKCS#8 and in SubjectPublicKeyInfo.
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** 32 bytes from the system's generator. */
export function randomSeed(): Uint8Array {
  return new Uint8Array(randomBytes(KEY_BYTES));
}

/** The secret key of a 32-byte seed. */
export function secretKeyOf(seed: Uint8Array): KeyObject {
  assert(seed.length === KEY_BYTES, 'an Ed25519 seed has 32 bytes');
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

/** The raw 32-byte public key of a public or secret key; undefined if it is no Ed25519 key. */
export function rawPublicKey(key: KeyObject): Uint8Array | undefined {
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length));
}

/** The DER of a raw public key as SubjectPublicKeyInfo. */
export function publicKeyDer(publicKey: Uint8Array): Uint8Array {
  return Buffer.concat([SPKI_PREFIX, publicKey]);
}

/** 64 bytes. */
export function signBytes(key: KeyObject, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, key));
}

/** Whether `signature` is of `message` by the owner of this raw public key. False for any malformed input. */
export function verifyBytes(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const key = createPublicKey({ key: Buffer.from(publicKeyDer(publicKey)), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
}
