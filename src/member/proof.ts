import { bytesEqual, copyBytes } from '../base/index.ts';
import {
  type GroupPlace,
  groupPlaceOf,
  groupSealBytes,
  sealOf,
  signatureOf,
  unsignedBatch,
  writeGroupSeal,
} from '../codec/index.ts';
import { type Digest, merkleTree, type PayloadHasher, provenRoot, type Verify } from '../crypto/index.ts';
import type { MemberOptions } from './options.ts';

/** One of two statements of a sender about one instance. */
export interface SignedBatch {
  /** The digest, as a payload of the instance, of the batch without its seal. */
  readonly batch: Digest;
  /** 64 bytes over `PayloadHasher.statement`, or over `groupStatement` of the tree that it is in. */
  readonly signature: Uint8Array;
  /** Where it stands in that tree. */
  readonly group?: GroupPlace;
}

/**
 * That a sender signed two batches for one instance: anybody who has the cluster definition can check it, and nobody
 * but the owner of the key can make one.
 */
export interface EquivocationProof {
  /** Member number of the sender. */
  readonly sender: number;
  readonly instance: number;
  readonly statements: readonly [SignedBatch, SignedBatch];
}

/** A proof out of two payloads of one instance; undefined unless they differ and both bear a good signature. */
export function equivocationProof(
  hasher: PayloadHasher,
  verify: Verify,
  about: { readonly sender: number; readonly instance: number },
  payloads: readonly [Uint8Array, Uint8Array],
): EquivocationProof | undefined {
  const { sender, instance } = about;
  const signed = (payload: Uint8Array): SignedBatch => {
    const group = groupPlaceOf(sealOf(payload));
    return {
      batch: hasher.digest(sender, instance, unsignedBatch(payload)),
      signature: copyBytes(signatureOf(payload)),
      ...(group && { group: { ...group, proof: copyBytes(group.proof) } }),
    };
  };
  const proof = { sender, instance, statements: [signed(payloads[0]), signed(payloads[1])] } as const;
  return proves(hasher, verify, proof) ? proof : undefined;
}

/** Whether this is a proof: two different batches, each signed by the sender for this instance of this cluster. */
export function proves(hasher: PayloadHasher, verify: Verify, proof: EquivocationProof): boolean {
  const { sender, instance, statements } = proof;
  const [first, second] = statements;
  if (bytesEqual(first.batch, second.batch)) return false;
  return statements.every(({ batch, signature, group }) => {
    const statement = hasher.statement(sender, instance, batch);
    if (group === undefined) return verify(sender, statement, signature);
    const { index, count, proof: hashes } = group;
    const root = provenRoot(hasher.sha256, statement, index, count, hashes);
    return root !== undefined && verify(sender, hasher.groupStatement(sender, root), signature);
  });
}

/** Signs this member's own batches. */
export interface BatchSigner {
  /** Writes the own signature into a batch that is signed alone. */
  one(instance: number, batch: Uint8Array): void;
  /** Fills in the seals, `groupSealBytes` long, of 2 to `GROUP_MAX` batches of consecutive instances from `first` on. */
  group(first: number, batches: readonly Uint8Array[]): void;
}

/** The signer of a member; undefined for one that does not sign. */
export function batchSigner({
  self,
  hasher,
  sign,
}: Pick<MemberOptions, 'self' | 'hasher' | 'sign'>): BatchSigner | undefined {
  if (sign === undefined) return undefined;
  const statement = (instance: number, batch: Uint8Array, unsigned: number): Uint8Array =>
    hasher.statement(self, instance, hasher.beginningDigest(self, instance, batch, unsigned));
  return {
    one: (instance, batch) =>
      signatureOf(batch).set(sign(statement(instance, batch, unsignedBatch(batch).length))),
    group: (first, batches) => {
      const count = batches.length;
      const sealBytes = groupSealBytes(count);
      const statements = batches.map((batch, index) =>
        statement(first + index, batch, batch.length - sealBytes),
      );
      const { root, proof } = merkleTree(hasher.sha256, statements);
      const signature = sign(hasher.groupStatement(self, root));
      for (const [index, batch] of batches.entries()) {
        const seal = batch.subarray(batch.length - sealBytes);
        writeGroupSeal(seal, { index, count, proof: proof(index) }, signature);
      }
    },
  };
}
