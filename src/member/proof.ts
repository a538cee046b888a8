import { bytesEqual } from '../base/index.ts';
import { signatureOf, unsignedBatch } from '../codec/index.ts';
import type { Digest, PayloadHasher, Verify } from '../crypto/index.ts';
import type { MemberOptions } from './options.ts';

/** One of two statements of a sender about one instance. */
export interface SignedBatch {
  /** SHA-256 of the batch without its signature. */
  readonly batch: Digest;
  /** 64 bytes over `PayloadHasher.statement`. */
  readonly signature: Uint8Array;
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
  const signed = (payload: Uint8Array): SignedBatch => ({
    batch: hasher.hash(unsignedBatch(payload)),
    signature: signatureOf(payload).slice(),
  });
  const { sender, instance } = about;
  const proof = { sender, instance, statements: [signed(payloads[0]), signed(payloads[1])] } as const;
  return proves(hasher, verify, proof) ? proof : undefined;
}

/** Whether this is a proof: two different batches, each signed by the sender for this instance of this cluster. */
export function proves(hasher: PayloadHasher, verify: Verify, proof: EquivocationProof): boolean {
  const { sender, instance, statements } = proof;
  const [first, second] = statements;
  if (bytesEqual(first.batch, second.batch)) return false;
  return statements.every(({ batch, signature }) =>
    verify(sender, hasher.statement(sender, instance, batch), signature),
  );
}

/** Writes the own signature into a batch; undefined for a member that does not sign. */
export function batchSigner({
  self,
  hasher,
  sign,
}: Pick<MemberOptions, 'self' | 'hasher' | 'sign'>):
  | ((instance: number, batch: Uint8Array) => void)
  | undefined {
  if (sign === undefined) return undefined;
  return (instance, batch) => {
    const statement = hasher.statement(self, instance, hasher.hash(unsignedBatch(batch)));
    signatureOf(batch).set(sign(statement));
  };
}
