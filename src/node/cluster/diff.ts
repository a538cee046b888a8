import type { ClusterDefinition, ClusterMember } from './definition.ts';
import { shortDigest } from './short-digest.ts';

/**
 * Where two cluster definitions differ, one sentence each: "members.initech.publicKey differs". Empty if their
 * digests are equal. Signatures are not compared.
 */
export function diffClusters(a: ClusterDefinition, b: ClusterDefinition): readonly string[] {
  const found: string[] = [];
  const compare = (field: string, left: string | number, right: string | number): void => {
    if (left !== right) found.push(`${field} differs: ${left} and ${right}`);
  };
  compare('name', a.name, b.name);
  compare('epoch', a.epoch, b.epoch);
  const previous = (of: ClusterDefinition): string =>
    of.previous === undefined ? 'none' : shortDigest(of.previous);
  compare('previous', previous(a), previous(b));
  const givenUp = (of: ClusterDefinition): string => of.givenUp.join(', ') || 'nobody';
  compare('givenUp', givenUp(a), givenUp(b));
  compare('faulty', a.committee.f, b.committee.f);
  compare('broadcast', a.form, b.form);
  const coin = (of: ClusterDefinition): string => (of.coinKeys === undefined ? 'none' : 'dealt');
  compare('coin', coin(a), coin(b));
  if (a.coinKeys?.map(String).join() !== b.coinKeys?.map(String).join() && coin(a) === coin(b))
    found.push('coin differs: each was dealt by itself');
  for (const key of Object.keys(a.limits) as (keyof typeof a.limits)[]) {
    compare(`limits.${key}`, a.limits[key], b.limits[key]);
  }
  for (const member of a.members) {
    const other = b.memberNamed(member.name);
    if (other === undefined) found.push(`members.${member.name} is only in the first`);
    else found.push(...diffMembers(member, other));
  }
  for (const { name } of b.members) {
    if (a.memberNamed(name) === undefined) found.push(`members.${name} is only in the second`);
  }
  return found;
}

function diffMembers(a: ClusterMember, b: ClusterMember): string[] {
  const found: string[] = [];
  if (!Buffer.from(a.publicKey).equals(b.publicKey)) found.push(`members.${a.name}.publicKey differs`);
  if (a.addresses.join() !== b.addresses.join()) {
    found.push(
      `members.${a.name}.addresses differs: ${a.addresses.join(', ')} and ${b.addresses.join(', ')}`,
    );
  }
  if (a.id !== b.id) found.push(`members.${a.name} has place ${a.id} and ${b.id}`);
  return found;
}
