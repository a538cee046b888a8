import { FRAME_KIND } from '../codec/index.ts';
import type { Claims } from './claims.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import type { Driver } from './driver.ts';
import type { Lasting } from './epochs/lasting.ts';
import type { Herald } from './herald.ts';
import type { LinksOptions, Refusal } from './link/index.ts';

/** What links tell a node. */
export type LinkCallbacks = Pick<
  LinksOptions,
  'admit' | 'onUp' | 'onDown' | 'onFrame' | 'onRefused' | 'onDrain'
>;

/** Brings what links tell to the parts of a node. */
export function linkCallbacks(node: {
  readonly claims: Claims;
  readonly cluster: ClusterDefinition;
  readonly driver: Driver;
  readonly herald: Herald;
  readonly lasting: Lasting | undefined;
  /** Some link came or went. */
  readonly review: () => void;
  readonly refused: (refusal: Refusal) => void;
}): LinkCallbacks {
  const { claims, cluster, driver, herald, lasting, review, refused } = node;
  return {
    admit: (peer, logId, position) => claims.admit(peer, logId, position),
    onUp: (peer) => {
      driver.linkUp(peer);
      herald.connected({ peer, name: cluster.member(peer).name });
      lasting?.onUp(peer);
      review();
    },
    onDown: (peer, reason, detail) => {
      driver.linkDown(peer);
      herald.disconnected({ peer, name: cluster.member(peer).name }, reason, detail);
      review();
    },
    onFrame: (peer, body, kind) => {
      if (kind === FRAME_KIND.epoch) lasting?.onFile(peer, body);
      else driver.frame(peer, body, kind);
    },
    onDrain: (peer) => driver.linkDrained(peer),
    onRefused: refused,
  };
}
