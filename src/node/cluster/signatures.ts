import { bytesEqual } from '../../base/index.ts';
import { QuorumcastError } from '../errors.ts';
import { type Identity, verifyBytes } from '../identity/index.ts';
import type { ClusterDefinition, ClusterMember } from './definition.ts';

/** Who stands behind a cluster definition, by name, in the order of the members. */
export interface SignatureReport {
  readonly signed: readonly string[];
  readonly missing: readonly string[];
  /** A signature is there and is not by that member's key over this digest. */
  readonly invalid: readonly string[];
}

const DOMAIN = Buffer.from('quorumcast/cluster-signature/1\0');

/**
 * The same cluster, signed by this member too.
 * @throws QuorumcastError ERR_NOT_A_MEMBER if the cluster does not name this identity with this key.
 */
export function signCluster(definition: ClusterDefinition, identity: Identity): ClusterDefinition {
  const member = requireMember(definition, identity);
  return definition.withSignature(member.name, identity.sign(signedBytes(definition)));
}

/** The member that this identity is. @throws QuorumcastError ERR_NOT_A_MEMBER saying what differs. */
export function requireMember(definition: ClusterDefinition, identity: Identity): ClusterMember {
  const byName = definition.memberNamed(identity.name);
  if (byName !== undefined && bytesEqual(byName.publicKey, identity.publicKey)) return byName;
  throw notAMember(definition, identity);
}

/** Says in what the definition and an identity that is not in it differ. */
export function notAMember(definition: ClusterDefinition, identity: Identity): QuorumcastError {
  const byName = definition.memberNamed(identity.name);
  const byKey = definition.memberWithKey(identity.publicKey);
  let message = `"${identity.name}" is no member of cluster "${definition.name}"`;
  if (byName !== undefined) message = `cluster "${definition.name}" names another key for "${identity.name}"`;
  else if (byKey !== undefined) {
    message = `cluster "${definition.name}" calls the owner of this key "${byKey.name}", not "${identity.name}"`;
  }
  return new QuorumcastError('ERR_NOT_A_MEMBER', message, {
    hint: 'use the key file whose card went into this cluster; `quorumcast cluster show` lists the members',
  });
}

/** Judges every signature of a cluster definition. */
export function verifySignatures(definition: ClusterDefinition): SignatureReport {
  const message = signedBytes(definition);
  const signed: string[] = [];
  const missing: string[] = [];
  const invalid: string[] = [];
  for (const { name, publicKey } of definition.members) {
    const signature = definition.signatures.get(name);
    if (signature === undefined) missing.push(name);
    else if (verifyBytes(publicKey, message, signature)) signed.push(name);
    else invalid.push(name);
  }
  return { signed, missing, invalid };
}

/** A node runs only what all members signed. @throws QuorumcastError ERR_CLUSTER_UNSIGNED saying who did not. */
export function requireSignatures(definition: ClusterDefinition): void {
  const { signed, missing, invalid } = verifySignatures(definition);
  if (missing.length === 0 && invalid.length === 0) return;
  const parts = [`cluster "${definition.name}" is signed ${signed.length}/${definition.members.length}`];
  if (missing.length > 0) parts.push(`missing: ${missing.join(', ')}`);
  if (invalid.length > 0) parts.push(`not valid: ${invalid.join(', ')}`);
  throw new QuorumcastError('ERR_CLUSTER_UNSIGNED', parts.join('; '), {
    hint:
      invalid.length > 0
        ? 'the file was changed after it was signed, or signed with another key: sign it again'
        : 'each of them runs `quorumcast cluster sign cluster.json --key NAME.key` on the same file',
  });
}

function signedBytes(definition: ClusterDefinition): Uint8Array {
  return Buffer.concat([DOMAIN, definition.digest]);
}
