import * as v from 'valibot';
import { fromHex, toHex } from '../../base/index.ts';
import { GROUP_MAX } from '../../codec/index.ts';
import { asDigest, PayloadHasher, type Verify } from '../../crypto/index.ts';
import { type EquivocationProof, proves } from '../../member/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import { fileKind, keyField, nameField, signatureField, verifyBytes } from '../identity/index.ts';
import { nativeSha256 } from '../sha256.ts';
import { parseStrictJson } from '../strict-json.ts';

const digestField = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'must be 64 digits of lower-case hex'));
const groupField = v.object({
  index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(GROUP_MAX - 1)),
  count: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(GROUP_MAX)),
  proof: v.pipe(
    v.string(),
    v.regex(/^([0-9a-f]{64}){1,5}$/, 'must be 1 to 5 hashes of 64 digits of lower-case hex'),
  ),
});
const statementField = v.object({
  batch: digestField,
  signature: signatureField,
  group: v.optional(groupField),
});
const safeInteger = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

/** `quorumcast evidence` files: `docs/evidence.md` tells each field. */
export const proofSchema = v.object({
  ...fileKind('evidence'),
  cluster: v.object({
    name: nameField,
    epoch: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    digest: digestField,
  }),
  accused: v.object({
    member: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
    name: nameField,
    publicKey: keyField,
  }),
  instance: safeInteger,
  statements: v.tuple([statementField, statementField]),
  seen: v.pipe(v.string(), v.isoTimestamp('must be an ISO 8601 time')),
  by: nameField,
});

/** That a member signed two different batches for one instance, in a form that anybody can check. Plain data. */
export type ProofDocument = v.InferOutput<typeof proofSchema>;

/** The document of a proof, by the member that holds it. */
export function proofDocument(
  proof: EquivocationProof,
  cluster: ClusterDefinition,
  { by, seen }: { readonly by: string; readonly seen: string },
): ProofDocument {
  const { name, publicKey } = cluster.member(cluster.committee.member(proof.sender));
  const [first, second] = proof.statements;
  const shown = ({ batch, signature, group }: typeof first): ProofDocument['statements'][0] => ({
    batch: toHex(batch),
    signature: toHex(signature),
    ...(group && { group: { ...group, proof: toHex(group.proof) } }),
  });
  return {
    quorumcast: 'evidence',
    version: 1,
    cluster: { name: cluster.name, epoch: cluster.epoch, digest: toHex(cluster.digest) },
    accused: { member: proof.sender, name, publicKey: toHex(publicKey) },
    instance: proof.instance,
    statements: [shown(first), shown(second)],
    seen,
    by,
  };
}

/** Reads an evidence file. @throws StrictJsonError ERR_USAGE */
export function parseProof(text: string, fileName: string): ProofDocument {
  return parseStrictJson(text, fileName, proofSchema, {
    code: 'ERR_USAGE',
    hint: 'evidence is made by `quorumcast evidence export`',
  });
}

/** What a document proves: nothing, if there is a `complaint`. */
export interface ProofVerdict {
  readonly proven: boolean;
  /** Why not, in a sentence; empty if it does. */
  readonly complaint: string;
}

/**
 * Checks a document with nothing but the definition of the cluster: the member of that number has that key, and it
 * signed both statements for the same instance.
 */
export function checkProof(document: ProofDocument, cluster: ClusterDefinition): ProofVerdict {
  const { accused, instance, statements } = document;
  if (document.cluster.digest !== toHex(cluster.digest))
    return no('it is about another cluster, or another epoch of it');
  const member = cluster.members[accused.member];
  if (member === undefined) return no(`the cluster has no member ${accused.member}`);
  if (toHex(member.publicKey) !== accused.publicKey || member.name !== accused.name)
    return no(
      `member ${accused.member} of the cluster is ${member.name}, with another key or name than it says`,
    );
  if (statements[0].batch === statements[1].batch) return no('both statements are about the same batch');
  const [first, second] = statements.map(({ batch, signature, group }) => {
    const digest = asDigest(bytesOf(batch));
    const place = group && { group: { ...group, proof: bytesOf(group.proof) } };
    return digest && { batch: digest, signature: bytesOf(signature), ...place };
  });
  if (first === undefined || second === undefined) return no('a statement is no digest');
  const hasher = new PayloadHasher(nativeSha256, cluster.digest);
  const proof = { sender: accused.member, instance, statements: [first, second] } as const;
  return proves(hasher, memberVerify(cluster), proof)
    ? { proven: true, complaint: '' }
    : no(`a signature is not that of ${member.name} for its instance ${instance}`);
}

/** Checks signatures by the keys of a cluster. */
export function memberVerify(cluster: ClusterDefinition): Verify {
  return (member, statement, signature) => {
    const key = cluster.members[member]?.publicKey;
    return key !== undefined && verifyBytes(key, statement, signature);
  };
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array(0);
}

function no(complaint: string): ProofVerdict {
  return { proven: false, complaint };
}
