import { toHex } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { CloseReport, Evidence, Logger, NodeOptions } from '../api.ts';
import { type ClusterDefinition, follows, requireSuccessor, supersedes } from '../cluster/index.ts';
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
import { dueOf, Passage } from './passage.ts';
import { fileFrame, Post } from './post.ts';
import { givenUpError, goingElsewhere } from './refusals.ts';
import { seedAfter } from './seed.ts';
import type { Shelf, Volume } from './shelf.ts';

/** Between two looks at how far the change is. */
const LOOK_MS = 50;
/** So long a node that has delivered all waits for the others on its old links, or after something failed. */
const TURN_MS = 2_000;
/** Then so long on those of the next epoch: as others may pause between two attempts to connect. */
const LOBBY_MS = 6_000;
/** So long on the old links if it has delivered all by a definition that another one took the place of. */
const OLD_MS = 10_000;

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
  readonly #post: Post;
  #chronicle: Chronicle | undefined;
  #cluster: ClusterDefinition;
  #current: RunningNode | undefined;
  /** Where this node may go from its epoch, the last one in force: each gives up more members than the one before. */
  #passages: Passage[] = [];
  /** What was accepted last. */
  #accepted: ClusterDefinition | undefined;
  #lobby: { readonly links: Lobby; readonly passage: Passage; untilMs: number } | undefined;
  #knocks = 0;
  #turnedMs = 0;
  readonly #drained = new Set<Passage>();
  /** One of them is being gone: no other any more. */
  #turning = false;
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
    this.#post = new Post({
      cluster: () => this.#cluster,
      accepted: () => this.#accepted,
      accept: options.shelf && ((next) => this.accept(next, false)),
      logger: this.#logger,
    });
    this.#lasting = {
      herald: this.herald,
      consumers: undefined,
      reading: (store, now) => {
        if (this.#chronicle === undefined) this.#chronicle = new Chronicle(options.past, store, now);
        else this.#chronicle.turn(store, now);
        return this.#chronicle;
      },
      onUp: (peer) => this.#tell(peer),
      onFile: (peer, body) => this.#post.take(peer, body),
    };
  }

  get current(): RunningNode {
    if (this.#current !== undefined) return this.#current;
    throw this.joiner?.refusal() ?? new QuorumcastError('ERR_CLOSED', 'this node has not started yet');
  }

  get closing(): boolean {
    return this.#closing;
  }

  get #passage(): Passage | undefined {
    return this.#passages.at(-1);
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

  /** Begins to work in an epoch: `log` says where a new log begins, `next` what this node goes over to from its first word on. */
  async begin(
    cluster: ClusterDefinition,
    dir: string | false,
    log?: NodeInternals['log'],
    next?: ClusterDefinition,
  ): Promise<void> {
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
    const givenUp = (next?.givenUp ?? []).flatMap((name) => cluster.memberNamed(name)?.id ?? []);
    const node = await startNode(
      { ...rest, cluster, identity, dataDir: dir, ...(first && coin !== undefined ? { coin } : {}) },
      // Whoever stands in a member's place does so in the epoch that it was made for.
      { ...(first ? internals : kept), lasting: this.#lasting, givenUp, ...(log && { log }) },
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
    const before = this.#accepted;
    const known = [...this.#passages.map((passage) => passage.next.cluster), ...(before ? [before] : [])];
    if (same(next, this.#cluster) || known.some((cluster) => same(next, cluster))) return;
    if (before !== undefined && (this.#turning || !supersedes(next, before)))
      throw goingElsewhere(before, next);
    requireSuccessor(this.#cluster, next);
    const { name } = this.current;
    if (next.givenUp.includes(name)) throw givenUpError(next, name, shelf.dir);
    const leaves = next.memberNamed(name) === undefined;
    if (!leaves && !hasKey) throw keys.missing(next);
    this.#accepted = next;
    try {
      this.go(await shelf.add(next));
    } catch (error) {
      if (this.#accepted === next) this.#accepted = before;
      throw error;
    }
  }

  /** The epoch that this node is in is noted: from here on it may go over to another. */
  ready(): void {
    this.#post.ready();
  }

  /** On the way from here on, also after a restart. `last`: none that gives up more members was accepted. */
  go(volume: Volume, last = true): void {
    const { cluster } = volume;
    // While it was noted the node went over, or accepted one that gives up more.
    const overtaken = this.#turning || (this.#accepted !== undefined && supersedes(this.#accepted, cluster));
    if (this.#closing || overtaken || !follows(this.#cluster, cluster)) return;
    this.#accepted = cluster;
    const passage = new Passage(this.#cluster, volume);
    this.#passages.push(passage);
    this.#turnedMs = performance.now();
    // The others are to be told, on the old links.
    if (this.#lobby !== undefined) this.#lobby.untilMs = 0;
    if (!last) return;
    const { epoch: next, shortDigest: digest, givenUp } = cluster;
    this.#logger?.info('epoch.ending', { next, digest, ...(givenUp.length === 0 ? {} : { givenUp }) });
    this.current.end(cluster.digest, passage.givenUp);
    for (const { id } of this.#cluster.members) this.#tell(id);
    this.#ticker ??= setInterval(() => this.#look(), LOOK_MS);
  }

  async close(options?: { readonly timeoutMs?: number }): Promise<CloseReport> {
    this.#closing = true;
    clearInterval(this.#ticker);
    // Otherwise at once: who closes a node sees it closed.
    if (this.#looking !== undefined) await this.#looking;
    if (this.#lobby !== undefined) await this.#lobby.links.close();
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
    const frame = fileFrame(this.#passage.next.cluster, this.#cluster.limits);
    if (frame !== undefined) this.current.send(peer, frame);
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
    const node = this.current;
    if (this.#passage === undefined || this.#closing) return;
    const waited = performance.now() - this.#turnedMs;
    if (this.#trouble !== undefined && waited < TURN_MS) return;
    const lobby = this.#lobby;
    lobby?.passage.note(lobby.links.present, lobby.links.begun);
    for (const passage of this.#passages) {
      const cuts = await passage.cut(node);
      // Who has ended for another one meanwhile stands still until that is cut.
      for (const [sender, cut] of cuts ?? [])
        node.driver.call(() => (passage === this.#passage ? node.member.settle(sender, cut) : []));
      if (this.#drained.has(passage) || !passage.drained(node)) continue;
      // The others are told now: it is from here on that they are waited for.
      this.#drained.add(passage);
      this.#turnedMs = performance.now();
      this.#logger?.info('epoch.drained', { next: passage.next.cluster.epoch });
      return;
    }
    const due = dueOf(this.#passages, node);
    if (due !== undefined) await this.#turn(due);
    else await this.#meet(waited);
  }

  /** Those who have gone over already are met on the links of the next epoch only, the others on the old ones: in turns. */
  async #meet(waited: number): Promise<void> {
    const last = this.#passage;
    const lobby = this.#lobby;
    const ready = this.#passages.filter((passage) => this.#drained.has(passage));
    const going = last !== undefined && ready.includes(last) ? TURN_MS : OLD_MS;
    if (ready.length === 0 || waited < (lobby === undefined ? going : lobby.untilMs)) return;
    this.#turnedMs = performance.now();
    if (lobby !== undefined) {
      await lobby.links.close();
      this.#lobby = undefined;
      await this.current.relink();
      return;
    }
    const passage = ready.at(-1 - (this.#knocks % ready.length));
    if (passage === undefined) return;
    const { keys } = this.#options;
    const { cluster } = passage.next;
    // Who leaves stays for those who may still need it, until it is stopped.
    if (cluster.memberNamed(this.current.name) === undefined) return;
    const identity = await keys.of(cluster);
    if (identity === undefined) throw keys.missing(cluster);
    this.#knocks += 1;
    await this.current.unlink();
    const links = await this.openLobby(passage.next, identity, () => undefined);
    this.#lobby = { links, passage, untilMs: LOBBY_MS };
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
    // Who leaves stays for those who may still need it, until it is stopped.
    if (self === undefined) return;
    // From here on it ends for no other: who has gone over is never counted for two.
    this.#turning = true;
    if ((await this.#options.keys.of(cluster)) === undefined) {
      this.#turning = false;
      throw this.#options.keys.missing(cluster);
    }
    await this.#lobby?.links.close();
    this.#lobby = undefined;
    await node.retire(self);
    if (this.#closing) return;
    const seed = seedAfter(node, this.#cluster, cluster, self);
    await this.begin(cluster, dir, { identity, seed });
    this.#options.misdeeds.add(node.evidence());
    this.#passages = [];
    this.#drained.clear();
    this.#turning = false;
    this.#accepted = undefined;
    this.#post.clear();
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
