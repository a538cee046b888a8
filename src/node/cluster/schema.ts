import * as v from 'valibot';
import { LIMITS_DEFAULT, MEMBERS_MAX } from '../../committee/index.ts';
import {
  addressesField,
  digestField,
  fileKind,
  keyField,
  nameField,
  signatureField,
} from '../identity/index.ts';

const MEBIBYTE = 1_048_576;

/** `docs/limits.md` turns these into memory. */
const limitsSchema = v.object({
  payloadBytes: v.optional(integer(1, 64 * MEBIBYTE), LIMITS_DEFAULT.payloadBytes),
  window: v.optional(integer(4, 65_536), LIMITS_DEFAULT.window),
  bytesPerSender: v.optional(integer(1, 1024 * MEBIBYTE), LIMITS_DEFAULT.bytesPerSender),
  messagesPerInstance: v.optional(integer(1, 65_535), LIMITS_DEFAULT.messagesPerInstance),
});

/** A public key of the coin in hexadecimal: a compressed point of G2 on BLS12-381. Whether it is one, the node finds out. */
const coinKeyField = v.pipe(v.string(), v.regex(/^[0-9a-f]{192}$/, 'must be 192 digits of lower-case hex'));

/** A common coin that was dealt: `docs/protocols/coins.md`. */
const coinSchema = v.object({
  kind: v.picklist(['bls12-381']),
  keys: v.pipe(v.array(coinKeyField), v.maxLength(MEMBERS_MAX, `must hold at most ${MEMBERS_MAX} keys`)),
});

/** The form of `cluster.json`; `docs/cluster.md` describes it. */
export const clusterSchema = v.object({
  ...fileKind('cluster'),
  name: nameField,
  epoch: integer(1, 0xffff_ffff),
  /** Of a definition that follows another: the digest of that one. */
  previous: v.optional(digestField),
  /** Of a definition that follows another: members of that one that are gone, and take no part in the change. */
  givenUp: v.optional(
    v.pipe(
      v.array(nameField),
      v.minLength(1, 'must name at least one member, or be left out'),
      v.maxLength(MEMBERS_MAX, `must name at most ${MEMBERS_MAX} members`),
    ),
  ),
  faulty: integer(0, MEMBERS_MAX),
  broadcast: v.optional(v.picklist(['early', 'classic']), 'early'),
  limits: v.optional(limitsSchema, {}),
  /** If one was dealt: the public key of each member's share, in their order. */
  coin: v.optional(coinSchema),
  members: v.pipe(
    v.array(v.object({ name: nameField, publicKey: keyField, addresses: addressesField })),
    v.minLength(1, 'must name at least one member'),
    v.maxLength(MEMBERS_MAX, `must name at most ${MEMBERS_MAX} members`),
  ),
  signatures: v.optional(v.record(v.string(), signatureField), {}),
  /** By members of the epoch before, under the names that they have there. */
  approvals: v.optional(v.record(v.string(), signatureField), {}),
});

/** A cluster file that fits the form. */
export type ClusterFile = v.InferOutput<typeof clusterSchema>;

function integer(min: number, max: number) {
  return v.pipe(
    v.number(),
    v.check(
      (value) => Number.isSafeInteger(value) && value >= min && value <= max,
      `must be an integer from ${min} to ${max}`,
    ),
  );
}
