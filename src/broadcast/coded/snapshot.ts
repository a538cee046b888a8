import type { Digest } from '../../crypto/index.ts';
import type { Bracha } from '../bracha.ts';
import type { BrachaSnapshot } from '../snapshot.ts';
import type { CodedOptions } from './options.ts';
import type { Shards } from './shards.ts';

/** As `BrachaSnapshot`, with what the coded form adds. */
export interface CodedSnapshot {
  readonly votes: BrachaSnapshot;
  /** By member: the code word that its shard is of. */
  readonly shards: readonly (Digest | undefined)[];
  readonly announced: Digest | undefined;
  readonly closed: boolean;
  readonly delivered: boolean;
}

/** The snapshot of an instance. Shares nothing but the digests, which nobody writes to. */
export function snapshotOfCoded(
  { committee }: CodedOptions,
  votes: Bracha,
  shards: Shards,
  own: Omit<CodedSnapshot, 'votes' | 'shards'>,
): CodedSnapshot {
  return {
    votes: votes.snapshot(),
    shards: committee.ids.map((id) => shards.get(id)?.digest),
    ...own,
  };
}
