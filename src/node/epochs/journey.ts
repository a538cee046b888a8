import { toHex } from '../../base/index.ts';
import { FRAME_HEADER_BYTES, FRAME_KIND, frameBytesMax, WIRE_VERSION, Writer } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { CloseReport, Evidence, Logger, NodeOptions } from '../api.ts';
import {
  type ClusterDefinition,
  parseClusterDefinition,
  requireClusterBytes,
  requireSuccessor,
  serializeClusterDefinition,
} from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';
import { Herald } from '../herald.ts';
import type { Identity } from '../identity/index.ts';
import { listenAddress, loggerOf, type NodeInternals, startNode } from '../node.ts';
import { limitsOf } from '../options.ts';
import type { RunningNode } from '../running-node.ts';
import type { EpochsView } from './api.ts';
import { type Chapter, Chronicle } from './chronicle.ts';
import { same } from './epoch-node.ts';
import type { Joiner } from './joiner.ts';
import type { Keys } from './keys.ts';
import type { Lasting } from './lasting.ts';
import { Lobby } from './lobby.ts';
import type { Misdeeds } from './misdeeds.ts';
import { Passage } from './passage.ts';
import { seedAfter } from './seed.ts';
import type { Shelf, Volume } from './shelf.ts';

/** Between two looks at how far the change is. */
const LOOK_MS = 50;
/** So long a node that has delivered all waits for the others on its old links, or after something failed. */
const TURN_MS = 2_000;
/** Then so long on those of the next epoch: as others may pause between two attempts to connect. */
const LOBBY_MS = 6_000;

/** What a journey starts with. */
export interface JourneyOptions {
  readonly options: NodeOptions;
  readonly internals: NodeInternals;
  readonly keys: Keys;
  /** Undefined without a data directory. */
  readonly shelf: Shelf | undefined;
  readonly past: readonly Chapter[];
  readonly misdeeds: Misdeeds;
  /** Told which epoch is about to begin here, or goes on after all. */
  readonly onEpoch?: ((cluster: ClusterDefinition) => void) | undefined;
}

/** Takes a node from epoch to epoch. */
export class Journey {
  readonly closed: Promise<CloseReport>;
  readonly pendingBytesMax: number;
  /** Told when calls may pass that had to wait, or never will. */
  onTurn: () => void = () => undefined;
  /** Stands for the node until its first epoch has begun, where it has to wait for that. */
  joiner: Joiner | undefined;
  readonly herald: Herald;
  readonly #options: JourneyOptions;
  readonly #logger: Logger | undefined;
  readonly #lasting: Lasting;
  /** Peers whose file was judged: one of each, for it costs two signatures a member. */
  readonly #judged = new Set<NodeId>();
  /** Files that came before this node was ready to judge them, one of each peer. */
  readonly #early = new Map<NodeId, Uint8Array>();
  #ready = false;
  #chronicle: Chronicle | undefined;
  #cluster: ClusterDefinition;
  #current: RunningNode | undefined;
  #passage: Passage | undefined;
  /** What was accepted last: one successor an epoch. */
  #accepted: ClusterDefinition | undefined;
  #lobby: Lobby | undefined;
  #turnedMs = 0;
  #drained = false;
  #looking: Promise<void> | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #trouble: string | undefined;
  #closing = false;
  #resolveClosed: (report: CloseReport) => void = () => undefined;

  constructor(options: JourneyOptions, cluster: ClusterDefinition) {
    this.#options = options;
    this.#cluster = cluster;
    this.#logger = loggerOf(options.options);
    this.pendingBytesMax = limitsOf(options.options.limits).pendingBytes;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.herald = new Herald(this.#logger);
    this.#lasting = {
      herald: this.herald,
      consumers: undefined,
      reading: (store, now) => {
        if (this.#chronicle === undefined) this.#chronicle = new Chronicle(options.past, store, now);
        else this.#chronicle.turn(store, now);
        return this.#chronicle;
      },
      onUp: (peer) => this.#tell(peer),
      onFile: (peer, body) => this.#onFile(peer, body),
    };
  }

  get current(): RunningNode {
    if (this.#current !== undefined) return this.#current;
    throw this.joiner?.refusal() ?? new QuorumcastError('ERR_CLOSED', 'this node has not started yet');
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** Whether broadcasts have to wait; an error if they would wait for good. */
  get barred(): QuorumcastError | boolean {
    if (this.#passage === undefined) return false;
    if (this.#passage.next.cluster.memberNamed(this.current.name) !== undefined) return true;
    const { epoch } = this.#passage.next.cluster;
    return new QuorumcastError(
      'ERR_CLOSED',
      `this member leaves with epoch ${epoch}: it takes no new broadcasts`,
      {
        hint: 'broadcast through a member of the next epoch',
      },
    );
  }

  /** What was seen in epochs that are over. */
  get misdeeds(): { readonly list: readonly Evidence[]; readonly total: number } {
    const { misdeeds } = this.#options;
    return { list: misdeeds.list(this.#cluster), total: misdeeds.total };
  }

  view(): EpochsView {
    const { epoch, shortDigest: digest } = this.#cluster;
    const trouble = this.#trouble === undefined ? [] : [this.#trouble];
    return { epoch, digest, next: this.#passage?.view(this.current, trouble) };
  }

  /** Begins to work in an epoch: `log` says where a new log begins. */
  async begin(cluster: ClusterDefinition, dir: string | false, log?: NodeInternals['log']): Promise<void> {
    const { options, internals, keys, onEpoch } = this.#options;
    const identity = await keys.of(cluster);
    if (identity === undefined) throw keys.missing(cluster);
    const first = this.#current === undefined;
    const { linkTimes, addressOverrides, disk } = internals;
    const kept = {
      ...(linkTimes && { linkTimes }),
      ...(addressOverrides && { addressOverrides }),
      ...(disk && { disk }),
    };
    // A dealt coin belongs to one epoch. In those that follow members toss for themselves until they start with another.
    const { coin, ...rest } = options;
    onEpoch?.(cluster);
    const node = await startNode(
      { ...rest, cluster, identity, dataDir: dir, ...(first && coin !== undefined ? { coin } : {}) },
      // Whoever stands in a member's place does so in the epoch that it was made for.
      { ...(first ? internals : kept), lasting: this.#lasting, ...(log && { log }) },
    ).catch((error: unknown) => {
      onEpoch?.(this.#cluster);
      throw error;
    });
    this.#cluster = cluster;
    this.#current = node;
    this.joiner = undefined;
    this.#lasting.consumers?.advance(cluster);
    void node.closed.then((report) => this.#onClosed(report));
  }

  /**
   * Goes over to `next`. `handed`: by this node's operator, not by a peer.
   * @throws QuorumcastError ERR_CLUSTER_MISMATCH, ERR_CLUSTER_UNSIGNED, ERR_NOT_A_MEMBER, ERR_USAGE
   */
  async accept(next: ClusterDefinition, handed: boolean): Promise<void> {
    const { shelf, keys } = this.#options;
    if (shelf === undefined) {
      throw new QuorumcastError('ERR_USAGE', 'a node without a data directory stays in its epoch', {
        hint: 'start it with the next definition once the others have gone over',
      });
    }
    const hasKey = !handed || (await keys.of(next)) !== undefined;
    if (same(next, this.#cluster)) return;
    if (this.#accepted !== undefined && same(next, this.#accepted)) return;
    if (this.#accepted !== undefined) {
      const { shortDigest } = this.#accepted;
      throw new QuorumcastError(
        'ERR_CLUSTER_MISMATCH',
        `this node is going over to ${shortDigest} already, not to ${next.shortDigest}: a member ends an epoch once`,
        { hint: 'hand all members the same file; `quorumcast cluster diff` says where the two differ' },
      );
    }
    requireSuccessor(this.#cluster, next);
    const leaves = next.memberNamed(this.current.name) === undefined;
    if (!leaves && !hasKey) throw keys.missing(next);
    this.#accepted = next;
    try {
      this.go(await shelf.add(next));
    } catch (error) {
      this.#accepted = undefined;
      throw error;
    }
  }

  /** The epoch that this node is in is noted: from here on it may go over to another. */
  ready(): void {
    this.#ready = true;
    const early = [...this.#early];
    this.#early.clear();
    for (const [peer, body] of early) this.#onFile(peer, body);
  }

  /** On the way from here on, also after a restart. */
  go(volume: Volume): void {
    if (this.#closing) return;
    const { cluster } = volume;
    this.#accepted = cluster;
    this.#passage = new Passage(this.#cluster, volume, volume.since);
    this.#drained = false;
    this.#logger?.info('epoch.ending', { next: cluster.epoch, digest: cluster.shortDigest });
    this.current.end(cluster.digest);
    for (const { id } of this.#cluster.members) this.#tell(id);
    this.#ticker ??= setInterval(() => this.#look(), LOOK_MS);
  }

  async close(options?: { readonly timeoutMs?: number }): Promise<CloseReport> {
    this.#closing = true;
    clearInterval(this.#ticker);
    // Otherwise at once: who closes a node sees it closed.
    if (this.#looking !== undefined) await this.#looking;
    if (this.#lobby !== undefined) await this.#lobby.close();
    if (this.#current === undefined) {
      const nothing = { error: undefined, abandoned: 0, clean: true };
      this.#resolveClosed(nothing);
      return nothing;
    }
    const report = await this.current.close(options);
    await this.closed;
    return report;
  }

  #onClosed(report: CloseReport): void {
    clearInterval(this.#ticker);
    this.#closing = true;
    void this.#chronicle?.close().then(() => this.#resolveClosed(report));
    this.onTurn();
  }

  /** Sends a peer the file that this node goes by. */
  #tell(peer: NodeId): void {
    if (this.#passage === undefined || this.#lobby !== undefined || peer === this.current.id) return;
    const body = new TextEncoder().encode(serializeClusterDefinition(this.#passage.next.cluster));
    // Longer than any frame may be: each member's operator hands it over.
    if (body.length + FRAME_HEADER_BYTES > frameBytesMax(this.#cluster.limits)) return;
    const frame = new Writer(body.length + FRAME_HEADER_BYTES)
      .u32(body.length + 2)
      .u8(WIRE_VERSION)
      .u8(FRAME_KIND.epoch)
      .raw(body);
    this.current.send(peer, frame.take());
  }

  #onFile(peer: NodeId, body: Uint8Array): void {
    if (!this.#ready) {
      this.#early.set(peer, body);
      return;
    }
    if (this.#accepted !== undefined || this.#options.shelf === undefined || this.#judged.has(peer)) return;
    this.#judged.add(peer);
    const { name } = this.#cluster.member(peer);
    const refuse = (error: unknown): void => {
      if (!(error instanceof QuorumcastError)) throw error;
      this.#logger?.warn('epoch.refused', { peer: name, code: error.code, message: error.message });
    };
    try {
      requireClusterBytes(body.length);
      const next = parseClusterDefinition(new TextDecoder().decode(body), `the definition that ${name} sent`);
      this.accept(next, false).catch(refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #look(): void {
    this.#looking ??= this.#step()
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (message !== this.#trouble) this.#logger?.error('epoch.trouble', { message, cause: error });
        this.#trouble = message;
        this.#turnedMs = performance.now();
      })
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #step(): Promise<void> {
    const passage = this.#passage;
    const node = this.current;
    if (passage === undefined || this.#closing) return;
    const waited = performance.now() - this.#turnedMs;
    if (this.#trouble !== undefined && waited < TURN_MS) return;
    for (const name of this.#lobby?.present ?? []) passage.met.add(name);
    for (const name of this.#lobby?.begun ?? []) {
      if (passage.cluster.memberNamed(name) !== undefined) passage.begun.add(name);
    }
    if (!passage.drained(node)) return;
    if (!this.#drained) {
      // The others are told now: it is from here on that they are waited for.
      this.#drained = true;
      this.#turnedMs = performance.now();
      this.#logger?.info('epoch.drained', { next: passage.next.cluster.epoch });
      return;
    }
    const { cluster } = passage.next;
    // Who leaves stays for those who may still need it, until it is stopped.
    if (cluster.memberNamed(node.name) === undefined) return;
    const identity = await this.#options.keys.of(cluster);
    if (identity === undefined) throw this.#options.keys.missing(cluster);
    if (passage.over(node)) await this.#turn(passage);
    else if (waited >= (this.#lobby === undefined ? TURN_MS : LOBBY_MS)) await this.#knock(passage, identity);
  }

  /** Those who have gone over already are met on the links of the next epoch only, the others on the old ones: in turns. */
  async #knock({ next }: Passage, identity: Identity): Promise<void> {
    this.#turnedMs = performance.now();
    const lobby = this.#lobby;
    if (lobby !== undefined) {
      await lobby.close();
      this.#lobby = undefined;
      await this.current.relink();
      return;
    }
    await this.current.unlink();
    this.#lobby = await this.openLobby(next, identity, () => undefined);
  }

  openLobby(
    { cluster, identity: { logId } }: Volume,
    identity: Identity,
    onNews: () => void,
  ): Promise<Lobby> {
    const { options, internals } = this.#options;
    const self = cluster.memberNamed(identity.name)?.id ?? cluster.committee.member(0);
    return Lobby.open({
      ...{ cluster, identity, logId, onNews },
      listen: listenAddress(options.listen, cluster, self),
      times: internals.linkTimes,
      addressOverrides: internals.addressOverrides,
      onRefused: ({ peer, reason, byPeer, detail }) => {
        const name = peer === undefined ? undefined : cluster.member(peer).name;
        this.#logger?.warn('peer.refused', { peer: name, reason, byPeer, detail });
      },
    });
  }

  /** All of the epoch is delivered, here and by everybody correct: the next one begins. */
  async #turn({ next }: Passage): Promise<void> {
    const { cluster, dir, identity } = next;
    const node = this.current;
    const self = cluster.memberNamed(node.name)?.id;
    if (self === undefined) return;
    await this.#lobby?.close();
    this.#lobby = undefined;
    await node.retire(self);
    if (this.#closing) return;
    const seed = seedAfter(node, this.#cluster, cluster, self);
    await this.begin(cluster, dir, { identity, seed });
    this.#options.misdeeds.add(node.evidence());
    this.#passage = undefined;
    this.#accepted = undefined;
    this.#judged.clear();
    this.#trouble = undefined;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.#logger?.info('epoch.begun', {
      epoch: cluster.epoch,
      digest: cluster.shortDigest,
      log: toHex(identity.logId),
    });
    this.onTurn();
  }
}
