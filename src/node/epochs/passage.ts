import { bytesEqual } from '../../base/index.ts';
import { rulesOf } from '../../broadcast/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { StreamStatus } from '../../member/index.ts';
import { type Cut, cutsOf } from '../../stream/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { RunningNode } from '../running-node.ts';
import type { EpochMemberView, EpochsView } from './api.ts';
import { reasonsOf } from './reasons.ts';
import type { Volume } from './shelf.ts';

/** What a passage looks at of a node. */
export interface Traveller extends Pick<RunningNode, 'id' | 'peers'> {
  readonly member: Pick<RunningNode['member'], 'streams' | 'basesOf'>;
  readonly store: Pick<RunningNode['store'], 'entry' | 'payload'>;
}

/**
 * Which of these passages a node is at the end of; undefined if of none. Each gives up more members than the one before: the last
 * one is in force, and a node that has ended for it goes by an earlier one only where somebody correct has gone before.
 */
export function dueOf(passages: readonly Passage[], node: Traveller): Passage | undefined {
  const last = passages.at(-1);
  if (last === undefined) return undefined;
  // Who went over before the last one was accepted never ends for it: it comes to nothing, and all go where that one went.
  const earlier = passages.find(
    (passage) => passage !== last && passage.drained(node) && passage.hasBegunFor(last),
  );
  return earlier ?? (last.over(node) ? last : undefined);
}

/** The way from one epoch to the next, as far as it is behind this node. */
export class Passage {
  readonly cluster: ClusterDefinition;
  readonly next: Volume;
  readonly since: string;
  /** Members that the change does without. */
  readonly givenUp: readonly NodeId[];
  /** All others. */
  readonly remaining: readonly NodeId[];
  /** Names of members that were met on the threshold of the next epoch: they have delivered all of this one. */
  readonly met = new Set<string>();
  /** Names of members that have begun the next epoch. */
  readonly begun = new Set<string>();
  /** Where the streams of those that are given up are cut, once it is known. */
  #cuts: ReadonlyMap<NodeId, Cut> | undefined;

  constructor(cluster: ClusterDefinition, next: Volume) {
    this.cluster = cluster;
    this.next = next;
    this.since = next.since;
    this.givenUp = next.cluster.givenUp.flatMap((name) => cluster.memberNamed(name)?.id ?? []);
    this.remaining = cluster.committee.ids.filter((id) => !this.givenUp.includes(id));
  }

  /** Somebody was met on the links of the next epoch, or heard there. Who is given up may join it under the same name. */
  note(present: Iterable<string>, begun: Iterable<string>): void {
    for (const name of present) this.met.add(name);
    for (const name of begun) if (this.#takesPart(name)) this.begun.add(name);
  }

  #takesPart(name: string): boolean {
    const id = this.cluster.memberNamed(name)?.id;
    return id !== undefined && this.remaining.includes(id);
  }

  /** Works out the cuts once the ENDs of all that take part are delivered here; they are returned once. */
  async cut(node: Traveller): Promise<ReadonlyMap<NodeId, Cut> | undefined> {
    if (this.#cuts !== undefined || this.givenUp.length === 0) return undefined;
    const streams = node.member.streams();
    const { committee, form, limits } = this.cluster;
    const ends: Uint8Array[] = [];
    for (const id of this.remaining) {
      const at = this.#endOf(streams[id]);
      if (at === undefined) return undefined;
      const digest = node.store.entry(id, at)?.digest;
      // What was delivered in this turn is in the store after the next.
      const end = digest && (await node.store.payload(digest));
      if (end === undefined) return undefined;
      ends.push(end);
    }
    this.#cuts = cutsOf(committee, rulesOf(committee, form), limits, this.givenUp, ends);
    return this.#cuts;
  }

  /** The instance of the END that this passage goes by; of a change that does without nobody, of the first END. */
  #endOf(stream: StreamStatus | undefined): number | undefined {
    if (stream === undefined || stream.ends.length === 0) return undefined;
    const first = stream.base - stream.ends.length;
    const at = stream.ends.findIndex((end) => bytesEqual(end, this.next.cluster.digest));
    if (at >= 0) return first + at;
    return this.givenUp.length === 0 ? first : undefined;
  }

  /** By sender: the instance that a member goes on at who has delivered all of it; undefined while it is not known. */
  #goals(streams: readonly StreamStatus[]): readonly number[] | undefined {
    const goals = streams.map((stream) => {
      if (!this.givenUp.includes(stream.sender)) {
        const end = this.#endOf(stream);
        return end && end + 1;
      }
      const cut = this.#cuts?.get(stream.sender);
      const { base, ends } = stream;
      // Behind an END there are no messages, and who breaks a stream off there gives up what comes next: nobody needs it.
      return cut && (ends.length === 0 ? cut.last + 1 : Math.min(base - ends.length, cut.last) + 1);
    });
    return goals.every((goal) => goal !== undefined) ? goals : undefined;
  }

  /** Whether this node has delivered all of the epoch, and enough members are ready for the same next one. */
  drained(node: Traveller): boolean {
    const streams = node.member.streams();
    const goals = this.#goals(streams);
    if (goals === undefined || !streams.every(({ base }, sender) => base >= (goals[sender] ?? base)))
      return false;
    return this.#agreeing(streams) >= this.cluster.committee.quorums.approve;
  }

  /**
   * Whether nobody correct needs this node in the epoch any more: all have delivered all of it. One that has begun the next
   * one knew that of all others; f+1 that have, hold a correct one, and fewer do where some of the f are given up.
   */
  over(node: Traveller): boolean {
    if (!this.drained(node)) return false;
    if (this.hasBegunFor(this)) return true;
    return this.members(node).every(({ drained, givenUp }) => drained || givenUp);
  }

  /** Whether a correct member has begun the next epoch by this passage, for all that `later` tells who is not. */
  hasBegunFor(later: Passage): boolean {
    const begun = later.remaining.filter((id) => this.begun.has(this.cluster.member(id).name));
    return begun.length >= this.cluster.committee.quorums.adopt - later.givenUp.length;
  }

  view(node: Traveller, trouble: readonly string[]): NonNullable<EpochsView['next']> {
    const { epoch, shortDigest: digest, givenUp } = this.next.cluster;
    const members = this.members(node);
    const agreeing = this.#agreeing(node.member.streams());
    const reasons = reasonsOf(this.cluster, this.next.cluster, members, agreeing, node.peers());
    return { epoch, digest, since: this.since, givenUp, members, reasons: [...trouble, ...reasons] };
  }

  #agreeing(streams: readonly StreamStatus[]): number {
    const { digest } = this.next.cluster;
    return streams.filter(({ ends }) => ends.some((end) => bytesEqual(end, digest))).length;
  }

  members(node: Traveller): EpochMemberView[] {
    const streams = node.member.streams();
    const goals = this.#goals(streams);
    return this.cluster.members.map(({ id, name }) => {
      const bases = node.member.basesOf(id);
      const told = goals?.every((goal, sender) => (bases[sender] ?? 0) >= goal) === true;
      const ended = this.#endOf(streams[id]) !== undefined;
      const drained =
        id === node.id ? this.drained(node) : told || this.met.has(name) || this.begun.has(name);
      const givenUp = this.givenUp.includes(id);
      return { name, ended, drained: drained && !givenUp, givenUp };
    });
  }
}
