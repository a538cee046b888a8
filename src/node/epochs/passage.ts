import { bytesEqual } from '../../base/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { RunningNode } from '../running-node.ts';
import type { EpochMemberView, EpochsView } from './api.ts';
import type { Volume } from './shelf.ts';

/** The way from one epoch to the next, as far as it is behind this node. */
export class Passage {
  readonly cluster: ClusterDefinition;
  readonly next: Volume;
  readonly since: string;
  /** Names of members that were met on the threshold of the next epoch: they have delivered all of this one. */
  readonly met = new Set<string>();
  /** Names of members that have begun the next epoch. */
  readonly begun = new Set<string>();

  constructor(cluster: ClusterDefinition, next: Volume, since: string) {
    this.cluster = cluster;
    this.next = next;
    this.since = since;
  }

  /** Whether this node has delivered all of the epoch, and enough members are ready for the same next one. */
  drained(node: RunningNode): boolean {
    const streams = node.member.streams();
    if (!streams.every(({ ended }) => ended !== undefined)) return false;
    return this.#agreeing(node) >= this.cluster.committee.quorums.approve;
  }

  /**
   * Whether nobody correct needs this node in the epoch any more: all have delivered all of it. One that has begun the next
   * one knew that of all others; f+1 that have, hold a correct one.
   */
  over(node: RunningNode): boolean {
    if (!this.drained(node)) return false;
    if (this.begun.size >= this.cluster.committee.quorums.adopt) return true;
    return this.#members(node).every(({ drained }) => drained);
  }

  view(node: RunningNode, trouble: readonly string[]): NonNullable<EpochsView['next']> {
    const { epoch, shortDigest: digest } = this.next.cluster;
    const members = this.#members(node);
    const up = new Map(node.peers().map((peer) => [peer.name, peer]));
    const where = (name: string): string => {
      const peer = up.get(name);
      if (peer === undefined) return 'this node';
      return peer.connected ? 'connected' : `away for ${Math.round(peer.sinceMs / 1_000)} s: ${peer.reason}`;
    };
    const missing = members.filter(({ ended }) => !ended);
    const late = members.filter(({ ended, drained }) => ended && !drained);
    const reasons = [
      ...missing.map(({ name }) => `the END of ${name} is missing (${where(name)})`),
      ...(missing.length === 0
        ? late.map(
            ({ name }) =>
              `${name} has not said that it delivered all of epoch ${this.cluster.epoch} (${where(name)})`,
          )
        : []),
    ];
    const agreeing = this.#agreeing(node);
    const need = this.cluster.committee.quorums.approve;
    if (missing.length === 0 && agreeing < need) {
      reasons.push(
        `only ${agreeing} members ended for this definition, it takes ${need}: others were handed another one`,
      );
    }
    return { epoch, digest, since: this.since, members, reasons: [...trouble, ...reasons] };
  }

  #agreeing(node: RunningNode): number {
    const { digest } = this.next.cluster;
    return node.member.streams().filter(({ ended }) => ended !== undefined && bytesEqual(ended, digest))
      .length;
  }

  #members(node: RunningNode): EpochMemberView[] {
    const streams = node.member.streams();
    return this.cluster.members.map(({ id, name }) => {
      const bases = node.member.basesOf(id);
      const told = streams.every(
        ({ base, ended }, sender) => ended !== undefined && (bases[sender] ?? 0) >= base,
      );
      const ended = streams[id]?.ended !== undefined;
      const drained =
        id === node.id ? this.drained(node) : told || this.met.has(name) || this.begun.has(name);
      return { name, ended, drained };
    });
  }
}
