import type { NodeId } from '../../committee/index.ts';
import { formatAddress } from '../address.ts';
import type { NodeOptions, NodeStatus, PeerView, QuorumcastNode } from '../api.ts';
import { monotonicMs } from '../clock.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';
import { memoryBoundBytes } from '../memory-bound.ts';
import { limitsOf } from '../options.ts';
import { retentionOf } from '../retention.ts';
import { clusterInfo, diskBoundOf, peerView } from '../status.ts';
import { VERSION } from '../version.ts';
import type { Lobby } from './lobby.ts';

/** What can be asked of a node before it has a log. */
export type Face = Pick<
  QuorumcastNode,
  'id' | 'name' | 'cluster' | 'state' | 'address' | 'peers' | 'evidence' | 'inspect' | 'status'
>;

/** What to do when nobody can say any more where the streams begin. */
export const JOIN_HINT =
  'start members that are away; if too few of them keep the beginning of the epoch, it takes a change with a pause: docs/operations.md';

/** A member that waits to learn where the streams of its first epoch begin: it has no log, and says nothing of the protocol. */
export class Joiner implements Face {
  readonly id: NodeId;
  readonly name: string;
  readonly cluster: Face['cluster'];
  readonly state = 'joining';
  readonly #definition: ClusterDefinition;
  readonly #lobby: Lobby;
  readonly #bounds: Pick<NodeStatus, 'storage' | 'memoryBoundBytes'>;
  readonly #sinceMs = monotonicMs();

  constructor(
    definition: ClusterDefinition,
    id: NodeId,
    lobby: Lobby,
    { limits, retention }: Pick<NodeOptions, 'limits' | 'retention'>,
  ) {
    this.#definition = definition;
    this.#lobby = lobby;
    this.id = id;
    this.name = definition.member(id).name;
    this.cluster = clusterInfo(definition);
    const boundBytes = diskBoundOf(definition, retentionOf(retention));
    this.#bounds = {
      storage: { durable: true, bytes: 0, position: 0, syncMs: 0, first: 1, boundBytes, earlierBytes: 0 },
      memoryBoundBytes: memoryBoundBytes(definition.committee, definition.limits, limitsOf(limits), true),
    };
  }

  get address(): string {
    return formatAddress(this.#lobby.address);
  }

  peers(): readonly PeerView[] {
    return this.#lobby.peers().map((view) => peerView(view, []));
  }

  evidence(): readonly never[] {
    return [];
  }

  inspect(): undefined {
    return undefined;
  }

  /** What it waits for, one sentence each. */
  reasons(): readonly string[] {
    const { epoch, committee } = this.#definition;
    const { answered, dropped } = this.#lobby;
    const need = committee.quorums.adopt;
    const who = answered.length === 0 ? 'none' : `${answered.length} (${answered.join(', ')})`;
    const reasons = [
      `joining: waits to learn from f+1 = ${need} members where the streams of epoch ${epoch} begin; heard of ${who}`,
    ];
    if (answered.length >= need)
      reasons.push('what they say differs: it takes further members to tell who is right');
    if (dropped.length > 0) {
      reasons.push(
        `${dropped.join(', ')} dropped what was delivered first in epoch ${epoch}, and cannot say`,
      );
    }
    // Members that may still answer, or have.
    const left = committee.n - 1 - dropped.length;
    if (left < need) {
      reasons.push(`only ${left} of the others can say: this member cannot join epoch ${epoch} any more`);
    }
    const away = this.peers().filter(({ connected }) => !connected);
    return [...reasons, ...away.map(({ name, reason }) => `${name} is away: ${reason}`)];
  }

  status(): NodeStatus {
    const { echo, deliver } = this.#definition.committee.quorums;
    const peers = this.peers();
    const missing = peers.filter(({ connected }) => !connected).map(({ name }) => name);
    const up = peers.length - missing.length;
    return {
      id: this.id,
      name: this.name,
      version: VERSION,
      state: this.state,
      reasons: this.reasons(),
      cluster: this.cluster,
      address: this.address,
      uptimeMs: monotonicMs() - this.#sinceMs,
      margin: 1 + up - Math.max(echo, deliver),
      peers: { up, total: peers.length, missing },
      delivered: 0,
      pending: { messages: 0, bytes: 0 },
      streams: [],
      stalled: 0,
      skipped: 0,
      evidence: 0,
      refusals: Object.fromEntries(this.#lobby.refusals),
      agreements: { underWay: 0, undecided: 0, decided: 0, dropped: 0 },
      consumers: { named: 0, lag: 0, lost: 0 },
      ...this.#bounds,
    };
  }

  /** Said to all who want more of this node than how it is. */
  refusal(): QuorumcastError {
    const [reason = ''] = this.reasons();
    return new QuorumcastError('ERR_CLOSED', `this member has not begun: ${reason}`, {
      hint: 'ask again later, or ask another member',
      retryable: true,
    });
  }
}
