import type { ClusterDefinition } from '../cluster/index.ts';

/** One member on the way to the next epoch, as this node sees it. */
export interface EpochMemberView {
  readonly name: string;
  /** Whether its END is delivered here: nothing of it is missing in this epoch. */
  readonly ended: boolean;
  /** Whether it has delivered the whole epoch itself, as far as this node was told. */
  readonly drained: boolean;
  /** Whether the change does without it. */
  readonly givenUp: boolean;
}

/** The epoch in force, and the one that this node is going over to. */
export interface EpochsView {
  readonly epoch: number;
  /** Short form for people. */
  readonly digest: string;
  /** Undefined while no other epoch is due. */
  readonly next:
    | {
        readonly epoch: number;
        readonly digest: string;
        /** Since when this node is going over, wall clock, ISO 8601. */
        readonly since: string;
        /** Names of members that the change does without. */
        readonly givenUp: readonly string[];
        readonly members: readonly EpochMemberView[];
        /** What is waited for, one sentence each. */
        readonly reasons: readonly string[];
      }
    | undefined;
}

/** What a node does about epochs. */
export interface ChangingNode {
  /**
   * Hands over the definition of the next epoch, signed by all its members and approved by a quorum of the present ones. The
   * node tells its peers, ends its stream and goes over once all have. Resolves once that is under way, durably;
   * broadcasts wait meanwhile. The same definition again changes nothing; one that gives up more members takes the place of
   * one that the node is going over to.
   * @throws QuorumcastError ERR_CLUSTER_MISMATCH, ERR_CLUSTER_UNSIGNED, ERR_NOT_A_MEMBER, ERR_USAGE without a data directory
   */
  changeEpoch(next: ClusterDefinition): Promise<void>;
  epochs(): EpochsView;
}
