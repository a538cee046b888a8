import { describe, expect, test } from 'vitest';
import {
  approveCluster,
  type ClusterDefinition,
  initCluster,
  nextCluster,
  parseClusterDefinition,
  requireSuccessor,
  serializeClusterDefinition,
  signCluster,
} from '../../src/node/cluster/index.ts';
import { generateIdentity, type Identity, makeCard } from '../../src/node/identity/index.ts';
import { errorOf } from '../node/kit.ts';

interface Setting {
  readonly identities: readonly Identity[];
  readonly before: ClusterDefinition;
  readonly next: ClusterDefinition;
}

/** n members, and a signed definition that follows theirs. */
function setting(n: number): Setting {
  const identities = Array.from({ length: n }, (_, i) => generateIdentity(`p${i}`));
  const cards = identities.map((identity, i) => makeCard(identity, [`127.0.0.1:${9 + i}`]));
  const before = initCluster(cards, { name: 'test' });
  let next = nextCluster(before, { addresses: new Map([['p0', ['127.0.0.1:99']]]) });
  for (const identity of identities) next = signCluster(next, identity);
  return { identities, before, next };
}

function approvedBy({ identities, before, next }: Setting, count: number): ClusterDefinition {
  return identities.slice(0, count).reduce((file, who) => approveCluster(before, file, who), next);
}

describe.each([1, 4, 5, 6, 7, 8, 9])('n = %i', (n) => {
  test('so many have to approve that two such sets share a correct one, and so few that the correct ones can', async () => {
    const here = setting(n);
    const { f, quorums } = here.before.committee;
    expect(2 * quorums.approve - n).toBeGreaterThan(f);
    expect(quorums.approve).toBeLessThanOrEqual(n - f);
    const error = await errorOf(() => requireSuccessor(here.before, approvedBy(here, quorums.approve - 1)));
    expect(error.message).toContain(`approved by ${quorums.approve - 1} of the ${quorums.approve} members`);
    requireSuccessor(here.before, approvedBy(here, quorums.approve));
  });
});

describe('what may follow', () => {
  const here = setting(4);
  const good = approvedBy(here, 4);
  const altered = (changes: object): ClusterDefinition => {
    const file = { ...JSON.parse(serializeClusterDefinition(here.next)), ...changes, signatures: {} };
    let cluster = parseClusterDefinition(JSON.stringify(file), 'cluster');
    for (const identity of here.identities) cluster = signCluster(cluster, identity);
    return cluster;
  };

  test('a file keeps its approvals, and they are not part of the digest', () => {
    const read = parseClusterDefinition(serializeClusterDefinition(good), 'cluster');
    expect([...read.approvals.keys()]).toEqual(['p0', 'p1', 'p2', 'p3']);
    expect(read.shortDigest).toBe(here.next.shortDigest);
    requireSuccessor(here.before, read);
  });

  test.each([
    ['another epoch', { epoch: 3 }, 'skips epochs'],
    ['another name', { name: 'other' }, 'has another name'],
    ['other limits', { limits: { payloadBytes: 7 } }, 'changes limits'],
    ['another form', { broadcast: 'classic' }, 'changes limits or broadcast'],
    ['another predecessor', { previous: '00'.repeat(32) }, 'does not follow'],
    ['no predecessor', { previous: undefined }, 'follows no other'],
  ])('%s is refused', async (_, changes, words) => {
    const error = await errorOf(() => requireSuccessor(here.before, altered(changes)));
    expect(error).toMatchObject({ code: 'ERR_CLUSTER_MISMATCH' });
    expect(error.message).toContain(words);
  });

  test('a missing signature of a new member, and an approval by a wrong key', async () => {
    const unsigned = await errorOf(() => requireSuccessor(here.before, good.unsigned()));
    expect(unsigned).toMatchObject({ code: 'ERR_CLUSTER_UNSIGNED' });
    const theirs = good.approvals.get('p1') ?? new Uint8Array(64);
    let forged = here.next;
    for (const name of ['p0', 'p1', 'p2']) forged = forged.withApproval(name, theirs);
    const error = await errorOf(() => requireSuccessor(here.before, forged));
    expect(error.message).toContain(
      'approved by 1 of the 3 members it takes; missing: p3; not valid: p0, p2',
    );
  });

  test('only a member of the epoch before can approve', async () => {
    const stranger = await errorOf(() => approveCluster(here.before, here.next, generateIdentity('p0')));
    expect(stranger).toMatchObject({ code: 'ERR_NOT_A_MEMBER' });
  });
});
