import { UsageError } from '../../base/index.ts';
import type { Coin } from '../../coin/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';
import { nativeSha256 } from '../sha256.ts';
import { loadCoinShare, requireShareOf } from './share.ts';

/**
 * The common coin of a cluster as this member has it; undefined if none was dealt. From a file alone: a coin that anybody could
 * foresee has no way into a node.
 * @throws QuorumcastError ERR_CONFIG for a share without a coin or the other way round, ERR_IDENTITY for a wrong share,
 *   ERR_CLUSTER_INVALID for keys that are none.
 */
export async function openCoin(
  cluster: ClusterDefinition,
  self: NodeId,
  path: string | undefined,
): Promise<Coin | undefined> {
  const { coinKeys: keys, committee } = cluster;
  if (keys === undefined) {
    if (path === undefined) return undefined;
    throw new QuorumcastError(
      'ERR_CONFIG',
      `a share of a coin is named, and cluster "${cluster.name}" has no coin`,
      {
        hint: 'leave `coin` out, or take the definition that `quorumcast cluster deal` wrote',
      },
    );
  }
  const { name } = cluster.member(self);
  if (path === undefined)
    throw new QuorumcastError(
      'ERR_CONFIG',
      `cluster "${cluster.name}" has a common coin, and no share of it is named`,
      {
        hint: `use --coin ${name}.coin, QUORUMCAST_COIN, or "coin" in quorumcast.json`,
      },
    );
  const share = await loadCoinShare(path);
  requireShareOf(cluster, name, share);
  const { BlsCoin } = await import('../../bls/index.ts');
  try {
    return new BlsCoin({ committee, self, sha256: nativeSha256, secret: share.secret, keys });
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new QuorumcastError('ERR_CLUSTER_INVALID', `${path}: ${cause.message}`, {
      hint: 'deal the coin again with `quorumcast cluster deal`, and sign what it writes',
      cause,
    });
  }
}
