import { setTimeout as pause } from 'node:timers/promises';
import type { NodeOptions, QuorumcastNode } from '../api.ts';
import { type ClusterDefinition, follows, requireSignatures, supersedes } from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';
import { clusterOf, dataDirOf, loggerOf, type NodeInternals, refuseAborted } from '../node.ts';
import { checkOptions } from '../options.ts';
import { FileStore } from '../store/index.ts';
import type { ChangingNode } from './api.ts';
import type { Chapter } from './chronicle.ts';
import { EpochNode, same } from './epoch-node.ts';
import { JOIN_HINT, Joiner } from './joiner.ts';
import { Journey } from './journey.ts';
import { Keys } from './keys.ts';
import { Misdeeds } from './misdeeds.ts';
import { givenUpError } from './refusals.ts';
import { seedOf } from './seed.ts';
import { Shelf, type Volume } from './shelf.ts';

/** Between two questions of a member that joins. */
const ASK_MS = 500;
/** Questions without enough answers until somebody should look: a minute of them. */
const ASKS_TO_WARN = 120;

/**
 * Starts a member of a cluster: opens its log, listens, and connects to the others. It is listening when the
 * promise resolves; `whenReady` tells when a quorum is connected. A member that joins an epoch which follows another first
 * learns from f+1 members where its streams begin.
 *
 * @throws QuorumcastError for anything wrong with the definition, the key, the folder or the port.
 */
export function createNode(options: NodeOptions): Promise<QuorumcastNode & ChangingNode> {
  return startEpochNode(options);
}

/** What a program that runs a node wants to know while it starts. */
export interface StartHooks {
  /** The node has to wait for others before its epoch begins: it says how it is meanwhile, and may be closed. */
  readonly onJoining?: (node: EpochNode) => Promise<void>;
  /** This epoch is about to begin here: the first one, and each that follows. */
  readonly onEpoch?: (cluster: ClusterDefinition) => void;
}

/** As `createNode`, with what only the laboratory may change. @throws QuorumcastError ERR_CLOSED if it was closed while it joined */
export async function startEpochNode(
  options: NodeOptions,
  internals: NodeInternals = {},
  hooks: StartHooks = {},
): Promise<EpochNode> {
  const { onEpoch } = hooks;
  const misdeeds = new Misdeeds();
  checkOptions(options);
  refuseAborted(options.signal);
  const given = await clusterOf(options.cluster);
  const keys = await Keys.load(options);
  requireSignatures(given);
  if (options.dataDir === false) {
    const journey = new Journey(
      { options, internals, keys, shelf: undefined, past: [], misdeeds, onEpoch },
      given,
    );
    await journey.begin(given, false);
    return new EpochNode(journey);
  }
  const root = dataDirOf(options);
  const shelf = await Shelf.open(root);
  const place = await placeOf(shelf, given, root);
  const { name } = keys.present;
  if (!place.joins && follows(place.now.cluster, given) && given.givenUp.includes(name))
    throw givenUpError(given, name, root);
  const past = await openPast(shelf, place.past, name);
  try {
    for (const { cluster, dir } of place.past) misdeeds.read(cluster, dir, name, loggerOf(options));
    const journey = new Journey(
      { options, internals, keys, shelf, past, misdeeds, onEpoch },
      place.now.cluster,
    );
    const node = new EpochNode(journey);
    if (place.joins) await join({ journey, node, shelf, cluster: given, keys, options, hooks });
    else await journey.begin(place.now.cluster, place.now.dir, undefined, place.next.at(-1)?.cluster);
    if (!place.joins && shelf.volumes.length === 0) await shelf.add(given);
    for (const volume of place.next) journey.go(volume, volume === place.next.at(-1));
    if (!same(given, place.now.cluster) && follows(place.now.cluster, given)) {
      await journey.accept(given, true).catch(async (error: unknown) => {
        await node.close();
        throw error;
      });
    } else if (!same(given, place.now.cluster)) {
      loggerOf(options)?.warn('epoch.older-file', {
        file: given.epoch,
        epoch: place.now.cluster.epoch,
        hint: 'this member has gone over: give it the definition of the epoch in force, which stands in its data directory',
      });
    }
    journey.ready();
    return node;
  } catch (error) {
    for (const { store } of past) await store.close();
    throw error;
  }
}

interface Place {
  readonly past: readonly Volume[];
  readonly now: Pick<Volume, 'cluster' | 'dir'>;
  /** Each gives up more members than the one before; the last one is in force. */
  readonly next: readonly Volume[];
  /** It has no log, and the epoch follows another. */
  readonly joins: boolean;
}

/** In which epoch a member is that has this data directory and was given this definition. */
async function placeOf(shelf: Shelf, given: ClusterDefinition, root: string): Promise<Place> {
  const { volumes } = shelf;
  const begun = await Promise.all(volumes.map((volume) => shelf.hasBegun(volume)));
  const at = begun.lastIndexOf(true);
  const now = volumes[at];
  if (now === undefined) {
    const fresh = { cluster: given, dir: root };
    const [first] = volumes;
    if (first !== undefined && !same(first.cluster, given)) throw foreign(root, first.cluster, given);
    const empty = !(await shelf.hasBegun({ ...fresh, identity: NO_LOG, since: '' }));
    return { past: [], now: fresh, next: [], joins: given.previous !== undefined && empty };
  }
  const known = volumes.some(({ cluster }) => same(cluster, given));
  const next = shelf.after(now);
  const last = next.at(-1)?.cluster;
  const taken = last !== undefined && !supersedes(given, last);
  if (!known && (taken || !follows(now.cluster, given))) throw foreign(root, now.cluster, given);
  return { past: volumes.slice(0, at).filter((_, i) => begun[i]), now, next, joins: false };
}

const NO_LOG = { logId: new Uint8Array(16), mark: 1 };

function foreign(dir: string, found: ClusterDefinition, given: ClusterDefinition): QuorumcastError {
  return new QuorumcastError(
    'ERR_DATA_DIR',
    `${dir} belongs to epoch ${found.epoch} (${found.shortDigest}), and the definition given is of epoch ` +
      `${given.epoch} (${given.shortDigest}), which does not follow it`,
    {
      hint: 'use the definition in force, the one that follows it, or an empty data directory for another cluster',
    },
  );
}

/** The logs of epochs that are over, to be read. */
async function openPast(shelf: Shelf, volumes: readonly Volume[], name: string): Promise<Chapter[]> {
  const chapters: Chapter[] = [];
  for (const volume of volumes) {
    const { cluster, dir } = volume;
    const member = cluster.memberNamed(name);
    // One that was removed is read no more.
    if (member === undefined || !(await shelf.hasBegun(volume))) continue;
    const { committee, digest } = cluster;
    const store = await FileStore.open({ dir, cluster: digest, committee, self: member.id });
    chapters.push({ store, cluster });
  }
  return chapters;
}

interface Joining {
  readonly journey: Journey;
  readonly node: EpochNode;
  readonly shelf: Shelf;
  readonly cluster: ClusterDefinition;
  readonly keys: Keys;
  readonly options: NodeOptions;
  readonly hooks: StartHooks;
}

/** Learns where the streams begin, then begins there. */
async function join({ journey, node, shelf, cluster, keys, options, hooks }: Joining): Promise<void> {
  const identity = await keys.of(cluster);
  if (identity === undefined) throw keys.missing(cluster);
  const volume = await shelf.add(cluster);
  const self = cluster.memberNamed(identity.name)?.id;
  if (self === undefined) throw keys.missing(cluster);
  const { epoch } = cluster;
  const logger = loggerOf(options);
  logger?.info('epoch.joining', {
    epoch,
    need: cluster.committee.quorums.adopt,
    hint: 'waits for members that have begun this epoch to say where its streams begin',
  });
  const lobby = await journey.openLobby(volume, identity, () => undefined);
  const joiner = new Joiner(cluster, self, lobby, options);
  journey.joiner = joiner;
  let starts: readonly number[] | undefined;
  try {
    await hooks.onJoining?.(node);
    let asked = 0;
    for (starts = lobby.starts(); starts === undefined; starts = lobby.starts()) {
      refuseAborted(options.signal);
      if (journey.closing) throw new QuorumcastError('ERR_CLOSED', 'this node was closed while it joined');
      lobby.ask();
      asked += 1;
      if (asked % ASKS_TO_WARN === 0)
        logger?.warn('epoch.not-joined', { reasons: joiner.reasons(), hint: JOIN_HINT });
      await pause(ASK_MS);
    }
  } finally {
    await lobby.close();
  }
  await journey.begin(cluster, volume.dir, { identity: volume.identity, seed: seedOf(starts, self) });
}
