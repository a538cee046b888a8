import type { Coin, CoinScope } from '../../coin/index.ts';
import type { Committee, NodeId } from '../../committee/index.ts';

/** What one binary agreement needs to know. */
export interface BinaryAgreementOptions {
  readonly committee: Committee;
  readonly self: NodeId;
  /** A common one. */
  readonly coin: Coin;
  /** Names the agreement for its coins: no other of the same cluster and epoch has this name. */
  readonly scope: CoinScope;
}
