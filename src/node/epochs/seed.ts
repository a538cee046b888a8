import type { NodeId } from '../../committee/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { RunningNode } from '../running-node.ts';
import type { FileStoreOptions } from '../store/index.ts';

type Seed = NonNullable<FileStoreOptions['seed']>;

/** Where the log of an epoch begins whose streams begin with these message numbers. */
export function seedOf(starts: readonly number[], self: NodeId): Seed {
  return {
    atMs: Date.now(),
    deliveredCount: 0,
    own: { nextInstance: 1, nextSeq: starts[self] ?? 1 },
    streams: starts.map((nextSeq) => ({ base: 1, nextSeq })),
    peers: [],
    cursors: [],
    keys: [],
    gaps: [],
    open: [],
    agreements: { open: [], settled: [] },
  };
}

/** The same for a node that was in the epoch before: deliveries and messages are numbered on, by the name of the sender. */
export function seedAfter(
  { member, store }: RunningNode,
  before: ClusterDefinition,
  next: ClusterDefinition,
  self: NodeId,
): Seed {
  const streams = member.streams();
  const starts = next.members.map(({ name }) => {
    const earlier = before.memberNamed(name);
    return (earlier && streams[earlier.id]?.nextSeq) ?? 1;
  });
  return {
    ...seedOf(starts, self),
    deliveredCount: store.deliveredCount,
    cursors: [...store.consumers()].map(([consumer, number]) => ({ consumer, number })),
  };
}
