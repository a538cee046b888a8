import { randomBytes } from 'node:crypto';
import { assert } from '../base/index.ts';
import { batchBytesMax, frameBytesMax } from '../codec/index.ts';
import type { Coin } from '../coin/index.ts';
import type { NodeId } from '../committee/index.ts';
import { asDigest, PayloadHasher, type Sign } from '../crypto/index.ts';
import {
  type AgreementParticipant,
  Agreements,
  CODED_MEMBERS_MIN,
  Member,
  type Participant,
  storedOf,
} from '../member/index.ts';
import { type Address, parseAddress } from './address.ts';
import type { Logger, NodeLimits, NodeOptions, RetentionLimits } from './api.ts';
import { Claims } from './claims.ts';
import {
  ClusterDefinition,
  loadClusterDefinition,
  requireMember,
  requireSignatures,
} from './cluster/index.ts';
import { openCoin } from './coin/index.ts';
import { refuseDisowned } from './disowned.ts';
import type { Lasting } from './epochs/lasting.ts';
import { QuorumcastError } from './errors.ts';
import { EvidenceBook, ProofFolder } from './evidence/index.ts';
import { nativeProduct } from './galois.ts';
import { Identity, loadIdentity } from './identity/index.ts';
import { Links, type LinkTimes } from './link/index.ts';
import type { LinkCallbacks } from './link-callbacks.ts';
import { checkOptions, limitsOf, pathOf } from './options.ts';
import { retentionOf, StoreNotices, storeRetention } from './retention.ts';
import { RunningNode } from './running-node.ts';
import { nativeSha256, nativeSha256Begin } from './sha256.ts';
import { type Disk, FileStore, type FileStoreOptions, MemoryStore, type Store } from './store/index.ts';
import { Validator, ValueCheck } from './validator.ts';
import { abortError } from './wait.ts';

/** What the laboratory and the test suites may change about a node. Not part of the public interface. */
export interface NodeInternals {
  /** Puts somebody else in the member's place: an adversary with a valid key. */
  readonly participant?: (member: Member) => Participant;
  /** Stands in front of an honest member, hears all that passes and changes nothing. */
  readonly recorder?: (member: Member) => Participant;
  /** The same for agreements: an adversary, or somebody who listens. */
  readonly agreeing?: (agreements: Agreements) => AgreementParticipant;
  /** The coins of agreements, in place of such that nobody can know. */
  readonly toss?: (phase: number, topic: string) => 0 | 1;
  readonly linkTimes?: Partial<LinkTimes>;
  readonly lasting?: Lasting;
  /** Members that this one has given up, on the way to the next epoch. */
  readonly givenUp?: readonly NodeId[];
  /** What a new log is called, and where it begins. */
  readonly log?: Pick<FileStoreOptions, 'identity' | 'seed'>;
  /** Stands under the log in place of the real one. */
  readonly disk?: Disk;
  /** By member name: addresses to dial instead of the definition's. */
  readonly addressOverrides?: ReadonlyMap<string, readonly string[]>;
}

/** Starts a member for one epoch: opens its log, listens, and connects to the others. @throws QuorumcastError */
export async function startNode(options: NodeOptions, internals: NodeInternals = {}): Promise<RunningNode> {
  checkOptions(options);
  const limits = limitsOf(options.limits);
  const retention = retentionOf(options.retention);
  const notices = new StoreNotices();
  refuseAborted(options.signal);
  const cluster = await clusterOf(options.cluster);
  const identity = await identityOf(options.identity);
  requireSignatures(cluster);
  const self = requireMember(cluster, identity).id;
  const listen = listenAddress(options.listen, cluster, self);
  refuseAborted(options.signal);
  const place = { limits, retention, cluster, self, notices, disk: internals.disk, log: internals.log };
  const coin = await openCoin(cluster, self, options.coin === undefined ? undefined : pathOf(options.coin));
  const store = await openStore(options, place);
  try {
    refuseAborted(options.signal);
    return await assemble({ ...place, options, internals, identity, listen, store, coin });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What a node is made of before anything is opened. */
interface Place {
  readonly limits: NodeLimits;
  readonly retention: RetentionLimits;
  readonly cluster: ClusterDefinition;
  readonly self: NodeId;
  readonly notices: StoreNotices;
  readonly disk: Disk | undefined;
  readonly log: NodeInternals['log'];
}

interface Parts extends Place {
  readonly options: NodeOptions;
  readonly internals: NodeInternals;
  readonly identity: Identity;
  readonly listen: Address;
  readonly store: Store;
  readonly coin: Coin | undefined;
}

async function assemble(parts: Parts): Promise<RunningNode> {
  const { options, internals, cluster, identity, self, store } = parts;
  const { committee, limits, form, digest } = cluster;
  const memory = store.restored();
  const hasher = new PayloadHasher(nativeSha256, digest, nativeSha256Begin);
  const validator = new Validator(options.validate);
  const check = options.validate && { validate: validator.accepts };
  const sign: Sign = (statement) => identity.sign(statement);
  const coding = committee.n < CODED_MEMBERS_MIN ? {} : { product: nativeProduct() };
  const givenUp = internals.givenUp ?? [];
  const about = { committee, self, form, limits, hasher, coding, sign, givenUp, ...check };
  const member = new Member(about, memory);
  store.holdBack((sender) => member.settled(sender));
  const participant = internals.participant?.(member) ?? internals.recorder?.(member) ?? member;
  const values = new ValueCheck(options.validateValue);
  values.onMisuse = (message, cause) => validator.onMisuse(message, cause);
  const name = asDigest(digest);
  assert(name !== undefined, 'the digest of a cluster has 32 bytes');
  const agreements = new Agreements({
    ...{ committee, self, sha256: nativeSha256, cluster: name, epoch: cluster.epoch },
    toss: internals.toss ?? coinToss,
    validValue: values.accepts,
    ...(parts.coin === undefined ? {} : { coin: parts.coin }),
  });
  const openLinks = (callbacks: LinkCallbacks): Promise<Links> => linksOf(parts, callbacks);
  const node = new RunningNode({
    openLinks,
    cluster,
    self,
    member,
    hasher,
    participant,
    agreements,
    agreeing: internals.agreeing?.(agreements) ?? agreements,
    stored: storedOf(about),
    started: participant.restore(memory),
    store,
    reading: internals.lasting?.reading(store, cluster) ?? store,
    lasting: internals.lasting,
    claims: new Claims(store),
    limits: parts.limits,
    retention: parts.retention,
    notices: parts.notices,
    validator,
    values,
    evidence: evidenceBook(parts, hasher),
    logger: loggerOf(options),
    dataDir: options.dataDir === false ? undefined : dataDirOf(options),
    nextOwnInstance: internals.participant === undefined ? memory.own.nextInstance : undefined,
  });
  const links = await openLinks(node.linkCallbacks());
  node.begin(links, options.signal);
  if (options.signal?.aborted !== true) return node;
  await node.close();
  throw abortError(options.signal, 'starting the node');
}

function linksOf(parts: Parts, callbacks: LinkCallbacks): Promise<Links> {
  const { internals, cluster, identity, listen, store } = parts;
  const { limits } = cluster;
  return Links.open({
    cluster,
    identity,
    listen,
    claim: () => ({ logId: store.logId, position: store.position }),
    ...callbacks,
    limits: {
      frameBytesMax: frameBytesMax(limits),
      queuedBytesMax: Math.max(parts.limits.bufferedBytesPerPeer, 2 * batchBytesMax(limits)),
    },
    ...(internals.linkTimes === undefined ? {} : { times: internals.linkTimes }),
    ...(internals.addressOverrides === undefined ? {} : { addressOverrides: internals.addressOverrides }),
  });
}

function evidenceBook({ options, cluster, identity }: Parts, hasher: PayloadHasher): EvidenceBook {
  return new EvidenceBook({
    cluster,
    hasher,
    by: identity.name,
    folder: options.dataDir === false ? undefined : new ProofFolder(dataDirOf(options)),
    onTrouble: (message, cause) => loggerOf(options)?.warn('evidence.trouble', { message, cause }),
  });
}

/** A bit that nobody can know beforehand. */
export function coinToss(): 0 | 1 {
  return ((randomBytes(1)[0] ?? 0) & 1) === 0 ? 0 : 1;
}

export function loggerOf({ logger }: NodeOptions): Logger | undefined {
  return logger === false ? undefined : logger;
}

export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal, 'starting the node');
}

export async function clusterOf(given: NodeOptions['cluster']): Promise<ClusterDefinition> {
  return given instanceof ClusterDefinition ? given : loadClusterDefinition(pathOf(given));
}

export async function identityOf(given: NodeOptions['identity']): Promise<Identity> {
  return given instanceof Identity ? given : loadIdentity(pathOf(given));
}

async function openStore(options: NodeOptions, place: Place): Promise<Store> {
  const { limits, retention, cluster, self, notices, disk, log } = place;
  const { committee } = cluster;
  if (options.dataDir === false) {
    const backlog = { messages: limits.backlogMessages, bytes: limits.backlogBytes };
    return new MemoryStore({ self, committee, backlog });
  }
  const dir = dataDirOf(options);
  refuseDisowned(dir);
  return FileStore.open({
    dir,
    cluster: cluster.digest,
    self,
    committee,
    ...(disk === undefined ? {} : { disk }),
    ...log,
    ...storeRetention(retention),
    onNotice: notices.take,
  });
}

export function dataDirOf({ dataDir }: NodeOptions): string {
  return typeof dataDir === 'string' ? dataDir : '.quorumcast';
}

/** The given address, or the first of the definition: on that very host if it is a loopback one, else on all. */
export function listenAddress(given: string | undefined, cluster: ClusterDefinition, self: NodeId): Address {
  const text = given ?? cluster.member(self).addresses[0] ?? '';
  const address = parseAddress(text);
  if (address === undefined) {
    throw new QuorumcastError('ERR_CONFIG', `"${text}" is not an address to listen on`, {
      hint: 'write HOST:PORT, for example 0.0.0.0:7400',
    });
  }
  const loopback = ['localhost', '127.0.0.1', '::1'].includes(address.host);
  return given !== undefined || loopback ? address : { host: '0.0.0.0', port: address.port };
}
