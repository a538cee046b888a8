import { decodeMessages, encodeFrame, FRAME_KIND, frameBytesMax } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Address } from '../address.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import type { Identity } from '../identity/index.ts';
import { Links, type LinkTimes, type PeerView, type Refusal } from '../link/index.ts';

/** What a lobby needs. */
export interface LobbyOptions {
  readonly cluster: ClusterDefinition;
  readonly identity: Identity;
  readonly listen: Address;
  readonly logId: Uint8Array;
  readonly times?: Partial<LinkTimes> | undefined;
  readonly addressOverrides?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Something was heard. */
  readonly onNews: () => void;
  readonly onRefused: (refusal: Refusal) => void;
}

/**
 * Links of an epoch that has not begun here: this member says nothing in it yet. Whoever is here has delivered all of the
 * epoch before, or had no part in it; whoever speaks has begun the new one, and knows where its streams begin.
 */
export class Lobby {
  readonly #options: LobbyOptions;
  #links: Links | undefined;
  /** Members that were here. */
  readonly present = new Set<string>();
  /** Members that have begun the epoch. */
  readonly begun = new Set<string>();
  /** By sender, by who said so: how many messages there were before its first instance. */
  readonly #counts: Map<NodeId, number>[];
  /** Members that keep no more of the beginning of some stream. */
  readonly #dropped = new Set<NodeId>();

  private constructor(options: LobbyOptions) {
    this.#options = options;
    this.#counts = options.cluster.members.map(() => new Map());
  }

  /** @throws QuorumcastError ERR_ADDRESS_IN_USE, ERR_LISTEN */
  static async open(options: LobbyOptions): Promise<Lobby> {
    const lobby = new Lobby(options);
    const { cluster, identity, listen, logId, times, addressOverrides } = options;
    lobby.#links = await Links.open({
      ...{ cluster, identity, listen },
      claim: () => ({ logId, position: 0 }),
      admit: () => 'ok',
      onUp: (peer) => lobby.#onUp(peer),
      onDown: () => undefined,
      onFrame: (peer, body, kind) => lobby.#onFrame(peer, body, kind),
      onRefused: options.onRefused,
      limits: { frameBytesMax: frameBytesMax(cluster.limits) },
      ...(times === undefined ? {} : { times }),
      ...(addressOverrides === undefined ? {} : { addressOverrides }),
    });
    return lobby;
  }

  /** Names of members that have said of every stream where it begins. */
  get answered(): readonly string[] {
    const { members } = this.#options.cluster;
    return members.filter(({ id }) => this.#counts.every((counts) => counts.has(id))).map(({ name }) => name);
  }

  /** Names of members that cannot say it of some stream any more. */
  get dropped(): readonly string[] {
    return [...this.#dropped].map((id) => this.#options.cluster.member(id).name);
  }

  get address(): Address {
    return this.#links?.address ?? this.#options.listen;
  }

  get refusals(): Links['refusals'] {
    return this.#links?.refusals ?? new Map();
  }

  /** Every other member. */
  peers(): readonly PeerView[] {
    return this.#links?.peers() ?? [];
  }

  /** By sender, the number of its first message: what f+1 members say alike, a correct one among them; or undefined. */
  starts(): readonly number[] | undefined {
    const { adopt } = this.#options.cluster.committee.quorums;
    const starts = this.#counts.map((counts) => {
      const said = [...counts.values()];
      return said.find((messages) => said.filter((other) => other === messages).length >= adopt);
    });
    return starts.every((messages) => messages !== undefined)
      ? starts.map((messages) => messages + 1)
      : undefined;
  }

  /** Asks all who are here where streams begin. */
  ask(): void {
    for (const { id, name } of this.#options.cluster.members) if (this.present.has(name)) this.#ask(id);
  }

  close(): Promise<void> {
    return this.#links?.close() ?? Promise.resolve();
  }

  #ask(peer: NodeId): void {
    const { cluster } = this.#options;
    for (const { id: sender } of cluster.members) {
      const body = { kind: 'ask' } as const;
      this.#links?.send(peer, encodeFrame(cluster.epoch, { kind: 'history', sender, instance: 1, body }));
    }
  }

  #onUp(peer: NodeId): void {
    this.present.add(this.#options.cluster.member(peer).name);
    this.#options.onNews();
  }

  #onFrame(peer: NodeId, body: Uint8Array, kind: number): void {
    if (kind !== FRAME_KIND.messages) return;
    const { cluster } = this.#options;
    const { committee, limits, epoch } = cluster;
    const decoded = decodeMessages(body, { committee, limits, epoch });
    if (!decoded.ok) return;
    // Who only asks may be one that joins, as this one.
    const speaks = decoded.value.some((message) => message.kind !== 'history' || message.body.kind !== 'ask');
    if (speaks) this.begun.add(cluster.member(peer).name);
    for (const message of decoded.value) {
      if (message.kind !== 'history') continue;
      const counts = this.#counts[message.sender];
      if (message.body.kind === 'horizon' && message.instance > 1 && counts?.has(peer) === false) {
        this.#dropped.add(peer);
      }
      if (message.body.kind !== 'count' || message.instance !== 1) continue;
      // First answers count.
      if (counts !== undefined && !counts.has(peer)) counts.set(peer, message.body.messages);
    }
    this.#options.onNews();
  }
}
