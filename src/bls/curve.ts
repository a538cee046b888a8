import { bls12_381 } from '@noble/curves/bls12-381.js';

const { Point: Signature } = bls12_381.G1;
const { Point: Key } = bls12_381.G2;
const { Fr } = bls12_381.fields;
const signatures = bls12_381.shortSignatures;
/** Separates these hashes from all others to the same curve. [RFC 9380, section 3.1] */
const DOMAIN = 'QUORUMCAST-COIN-V1-BLS12381G1_XMD:SHA-256_SSWU_RO_';

/** Bytes of a signature or a share of one: a compressed point of G1. */
export const BLS_SIGNATURE_BYTES = 48;
/** Bytes of a public key: a compressed point of G2. */
export const BLS_KEY_BYTES = 96;
/** Bytes of a secret: a scalar, big-endian. */
export const BLS_SECRET_BYTES = 32;
/** Random bytes for one scalar: so many that the remainder is uniform up to 2^-129. */
const WIDE_BYTES = 48;

/** A share of a signature that was decoded and checked, but not verified. */
export type BlsShare = SignaturePoint;
type SignaturePoint = InstanceType<typeof Signature>;
type KeyPoint = InstanceType<typeof Key>;

/** The point that stands for a message. Costs milliseconds: keep it. */
export type BlsMessage = SignaturePoint;
/** A public key that was decoded and checked. */
export type BlsKey = KeyPoint;

/** Hashes a message to the curve. */
export function blsMessage(bytes: Uint8Array): BlsMessage {
  return signatures.hash(bytes, DOMAIN);
}

/** The share of the signature that belongs to `secret`: always the same 48 bytes. */
export function blsSign(message: BlsMessage, secret: Uint8Array): Uint8Array {
  return message.multiply(scalar(secret)).toBytes();
}

/**
 * The share in these bytes, of which they are the only encoding; undefined if they are none. A point outside the
 * prime-order group would satisfy the equation too, and would change what shares combine to.
 */
export function blsShare(bytes: Uint8Array): BlsShare | undefined {
  if (bytes.length !== BLS_SIGNATURE_BYTES) return undefined;
  try {
    const point = Signature.fromBytes(bytes);
    return point.is0() || !point.isTorsionFree() ? undefined : point;
  } catch {
    return undefined;
  }
}

/** Whether this is the signature of this key over the message. */
export function blsVerify(message: BlsMessage, key: BlsKey, signature: BlsShare): boolean {
  return signatures.verify(signature, message, key);
}

/**
 * The signature of the group from shares of distinct members, as many as the polynomial has coefficients.
 * [Boldyreva 2003; Lagrange interpolation at 0] It is right if each of them is.
 */
export function blsCombine(
  shares: readonly { readonly member: number; readonly share: BlsShare }[],
): BlsShare {
  const weights = weightsOf(shares.map(({ member }) => member));
  // Shares and members are public: nothing is given away by how long it takes.
  return shares.reduce(
    (sum, { share }, at) => sum.add(share.multiplyUnsafe(weights[at] ?? Fr.ZERO)),
    Signature.ZERO,
  );
}

/** The key of the group, to which combined signatures belong, from the keys of the first `threshold` members. */
export function blsGroupKey(keys: readonly BlsKey[], threshold: number): BlsKey {
  const first = keys.slice(0, threshold);
  const weights = weightsOf(first.map((_, member) => member));
  return first.reduce((sum, key, at) => sum.add(key.multiplyUnsafe(weights[at] ?? Fr.ZERO)), Key.ZERO);
}

/** What the points of these members have to be multiplied with to give the one at 0. */
function weightsOf(members: readonly number[]): readonly bigint[] {
  return members.map((member) => {
    const x = BigInt(member + 1);
    return members.reduce((weight, other) => {
      const y = BigInt(other + 1);
      return other === member ? weight : Fr.mul(weight, Fr.div(y, Fr.sub(y, x)));
    }, Fr.ONE);
  });
}

/** The public key in these bytes; undefined if they are none, or that of the secret 0. */
export function blsKey(bytes: Uint8Array): BlsKey | undefined {
  if (bytes.length !== BLS_KEY_BYTES) return undefined;
  try {
    const point = Key.fromBytes(bytes);
    return point.is0() || !point.isTorsionFree() ? undefined : point;
  } catch {
    return undefined;
  }
}

/** Whether `secret` is the one that belongs to `key`. */
export function blsOwns(key: BlsKey, secret: Uint8Array): boolean {
  if (secret.length !== BLS_SECRET_BYTES) return false;
  const value = scalar(secret);
  return value !== 0n && Key.BASE.multiply(value).equals(key);
}

/** What a dealer hands out: the secret of each member, and the public keys of all. */
export interface BlsDeal {
  /** By member, 32 bytes each: to be given to that member alone, and forgotten. */
  readonly secrets: readonly Uint8Array[];
  /** By member, 96 bytes each: public. */
  readonly keys: readonly Uint8Array[];
}

/**
 * Shares a random secret among n members so that any `threshold` of them can sign, and fewer learn nothing. [Shamir 1979]
 * `random` gives that many bytes which nobody can guess. Whoever deals knows every coin: the dealer is trusted.
 */
export function blsDeal(n: number, threshold: number, random: (bytes: number) => Uint8Array): BlsDeal {
  const coefficients = Array.from({ length: threshold }, () => wideScalar(random(WIDE_BYTES)));
  const secrets = Array.from({ length: n }, (_, member) => {
    const x = BigInt(member + 1);
    return coefficients.reduceRight((sum, coefficient) => Fr.add(Fr.mul(sum, x), coefficient), Fr.ZERO);
  });
  return {
    secrets: secrets.map((secret) => Fr.toBytes(secret)),
    keys: secrets.map((secret) => Key.BASE.multiply(secret).toBytes()),
  };
}

function scalar(bytes: Uint8Array): bigint {
  return wideScalar(bytes);
}

function wideScalar(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return Fr.create(value);
}
