import type { NodeId } from '../../committee/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { Consumers } from '../consumers.ts';
import type { Herald } from '../herald.ts';
import type { Store } from '../store/index.ts';

/** What of a node outlives an epoch: handed from each member at work to the next. */
export interface Lasting {
  herald: Herald | undefined;
  consumers: Consumers | undefined;
  /** What readers read: this epoch's store and those before it. */
  readonly reading: (store: Store, cluster: ClusterDefinition) => Store;
  /** A peer's link is up. */
  readonly onUp: (peer: NodeId) => void;
  /** A peer sent the file of a definition. */
  readonly onFile: (peer: NodeId, body: Uint8Array) => void;
}
