import { randomBytes } from 'node:crypto';
import type { ClusterDefinition } from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';
import type { CoinShare } from './share.ts';

/** A cluster with a coin, and what each member gets of it: by NodeId. */
export interface CoinDeal {
  /** Unsigned: the public keys are part of what its members sign. */
  readonly definition: ClusterDefinition;
  /** Each to be given to that member alone, and forgotten: who has f+1 of them knows every coin beforehand. */
  readonly shares: readonly CoinShare[];
}

/**
 * Deals a common coin to the members of a cluster. Whoever deals is trusted: it knows every coin of this definition.
 * @throws QuorumcastError ERR_USAGE for a cluster that has one, that somebody signed, or that follows another while it runs.
 */
export async function dealCoin(cluster: ClusterDefinition): Promise<CoinDeal> {
  if (cluster.coinKeys !== undefined)
    throw new QuorumcastError('ERR_USAGE', `cluster "${cluster.name}" has a common coin already`, {
      hint: 'its shares were dealt with it; for another dealing make the definition anew, or the next epoch',
    });
  if (cluster.previous !== undefined)
    throw new QuorumcastError(
      'ERR_USAGE',
      'this definition follows another while the cluster runs, and has no coin',
      {
        hint: 'members could not be given their shares in time: for a coin change the cluster with a pause, from cluster init on',
      },
    );
  const signers = [...new Set([...cluster.signatures.keys(), ...cluster.approvals.keys()])];
  if (signers.length > 0)
    throw new QuorumcastError(
      'ERR_USAGE',
      `${signers.join(', ')} signed this definition, which a coin changes`,
      {
        hint: 'deal first, then let all members sign: start from the file that `quorumcast cluster init` made',
      },
    );
  const { blsDeal } = await import('../../bls/index.ts');
  const { n, quorums } = cluster.committee;
  const { secrets, keys } = blsDeal(n, quorums.coin, (bytes) => new Uint8Array(randomBytes(bytes)));
  const definition = cluster.withCoin(keys);
  const shares = definition.members.map(({ id, name }) => ({
    name,
    cluster: definition.digest,
    secret: secrets[id] ?? new Uint8Array(0),
  }));
  return { definition, shares };
}
