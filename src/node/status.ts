import { toHex } from '../base/index.ts';
import { batchBytesMax } from '../codec/index.ts';
import type { NodeId } from '../committee/index.ts';
import {
  duration,
  type ExplainContext,
  explainOpen,
  type Member,
  openInstanceOf,
  shortHex,
} from '../member/index.ts';
import type { OpenInstance } from '../stream/index.ts';
import type { ClusterInfo, InstanceRef, InstanceView, NodeStatus, PeerView, RetentionLimits } from './api.ts';
import type { Asking } from './asking.ts';
import { monotonicMs } from './clock.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import { INBOUND_BYTES_MAX } from './inbound.ts';
import type { Links, PeerView as LinkView } from './link/index.ts';
import { diskBoundBytes } from './retention.ts';
import { slowReasons } from './slow-links.ts';
import type { Store } from './store/index.ts';

/** Milliseconds between two ticks of the member. */
export const TICK_MS = 50;
/** A stream whose lowest open instance has waited for longer counts as stalled. */
export const STALLED_MS = 5_000;

/** The parts of a node that can be asked how they are. */
export interface Inspectable {
  readonly cluster: ClusterDefinition;
  readonly self: NodeId;
  readonly member: Member;
  readonly links: Links;
  readonly store: Store;
  /** The number of the last own message submitted since the start; 0 if none was. */
  readonly lastSeq: number;
  /** What peers ask for. */
  readonly asking: Pick<Asking, 'limited' | 'isLimited'>;
}

/** What the cluster definition says, for people and APIs. */
export function clusterInfo(cluster: ClusterDefinition): ClusterInfo {
  const { committee, form } = cluster;
  const { quorums } = committee;
  const early = form === 'early' && committee.f > 0;
  return {
    name: cluster.name,
    epoch: cluster.epoch,
    digest: cluster.shortDigest,
    n: committee.n,
    f: committee.f,
    form,
    quorum: {
      echo: early ? quorums.echoEarly : quorums.echo,
      amplify: quorums.amplify,
      deliver: quorums.deliver,
    },
  };
}

/**
 * Members up, this one included, minus those that must take part before anything is delivered: the larger of the
 * echo and the deliver quorum. Optimistic: a member that is up may still be faulty.
 */
export function marginOf(node: Pick<Inspectable, 'cluster' | 'links'>): number {
  const { echo, deliver } = node.cluster.committee.quorums;
  const up = 1 + node.links.peers().filter(({ connected }) => connected).length;
  return up - Math.max(echo, deliver);
}

/** Every other member as this node sees it. */
export function peerViews({ links, member, asking }: Inspectable): readonly PeerView[] {
  return links
    .peers()
    .map((view) => peerView(view, member.basesOf(view.member.id), asking.limited(view.member.id)));
}

/** A peer as its link shows it; `bases`: how far it said that it is. `limited`: how often it asked for too much. */
export function peerView(view: LinkView, bases: readonly number[], limited = 0): PeerView {
  return {
    id: view.member.id,
    name: view.member.name,
    address: view.address === '' ? (view.member.addresses[0] ?? '') : view.address,
    connected: view.connected,
    sinceMs: view.sinceMs,
    reason: view.connected ? '' : awayReason(view.lastFailure),
    reconnects: view.reconnects,
    rttMs: view.rttMs,
    queuedBytes: view.queuedBytes,
    sentBytes: view.sentBytes,
    receivedBytes: view.receivedBytes,
    limited,
    bases,
  };
}

/** How far a node is with its work: without links it has none. */
export function workStatus(
  node: Inspectable | undefined,
  peers: readonly PeerView[],
): Pick<NodeStatus, 'margin' | 'peers' | 'streams' | 'stalled' | 'skipped'> {
  const streams = node === undefined ? [] : streamViews(node);
  return {
    margin: node === undefined ? 0 : marginOf(node),
    peers: peerSummary(peers),
    streams,
    skipped: (node?.store.gaps ?? []).reduce((sum, { fromSeq, toSeq }) => sum + toSeq - fromSeq + 1, 0),
    stalled: streams.filter(({ waitingMs }) => waitingMs > STALLED_MS).length,
  };
}

/** How many of them are up, and who is not. */
function peerSummary(peers: readonly PeerView[]): NodeStatus['peers'] {
  const missing = peers.filter(({ connected }) => !connected).map(({ name }) => name);
  return { up: peers.length - missing.length, total: peers.length, missing };
}

/** Ceiling on the log of a member of this cluster. */
export function diskBoundOf({ committee, limits }: ClusterDefinition, retention: RetentionLimits): number {
  const batch = batchBytesMax(limits);
  // What came in on links may take twice its length as records; own messages come on top.
  const turn = 2 * INBOUND_BYTES_MAX + limits.bytesPerSender + batch;
  return diskBoundBytes(retention, turn, committee.n * (limits.bytesPerSender + 2 * batch));
}

/**
 * `reading`: what is read, of earlier epochs too. `boundBytes`: the ceiling on the bytes of this one; undefined if it does not
 * outlive the process.
 */
export function storageView(
  store: Store,
  reading: Store,
  boundBytes: number | undefined,
): NodeStatus['storage'] {
  const { bytesOnDisk: bytes, position, stats } = store;
  const durable = boundBytes !== undefined;
  return {
    durable,
    bytes,
    position,
    syncMs: stats.syncSecondsLast * 1_000,
    first: reading.firstNumber,
    boundBytes: boundBytes ?? 0,
    earlierBytes: reading.bytesOnDisk - bytes,
  };
}

/** By sender, what its stream looks like from here. */
export function streamViews({ cluster, member }: Inspectable): NodeStatus['streams'] {
  return member.streams().map(({ sender, nextSeq, open, openSinceTick, behind, beyond }) => ({
    sender,
    name: cluster.member(sender).name,
    delivered: nextSeq - 1,
    open,
    behind,
    beyond,
    waitingMs: openSinceTick === undefined ? 0 : (member.ticks - openSinceTick) * TICK_MS,
  }));
}

/** Why messages do not come through, one or more sentences a stream. */
export function troubles(node: Inspectable | undefined): readonly string[] {
  const links = node === undefined ? [] : slowReasons(peerViews(node));
  return [...links, ...limitedReasons(node), ...beyondReasons(node), ...stalledReasons(node)];
}

/** Peers that asked for too much lately, one sentence each. */
function limitedReasons(node: Inspectable | undefined): readonly string[] {
  if (node === undefined) return [];
  const now = monotonicMs();
  return node.links.peers().flatMap(({ member: { id, name } }) => {
    if (!node.asking.isLimited(id, now)) return [];
    return [
      `${name} asks for more than a member needs, ${node.asking.limited(id)} times so far: it has to wait`,
    ];
  });
}

/** Streams that cannot go on since peers keep nothing of what comes next, one sentence each. */
function beyondReasons(node: Inspectable | undefined): readonly string[] {
  if (node === undefined) return [];
  const { member, cluster } = node;
  const name = (id: NodeId): string => cluster.member(id).name;
  return member.streams().flatMap(({ sender, beyond, nextSeq }) => {
    if (!beyond) return [];
    const peers = member.withoutNext(sender).map(name).join(', ');
    const need = cluster.committee.quorums.adopt;
    return [
      `${name(sender)}#${nextSeq} and what follows is not kept any more by ${peers}: skipping to where ${need} of them agree`,
    ];
  });
}

/** What stalled streams lack, from whom and since when: the words that `trace` has for their lowest message. */
function stalledReasons(node: Inspectable | undefined): readonly string[] {
  if (node === undefined) return [];
  return streamViews(node).flatMap(({ sender, delivered, waitingMs }) => {
    if (waitingMs <= STALLED_MS) return [];
    return inspectMessage(node, { sender, seq: delivered + 1 })?.explain ?? [];
  });
}

/** What is known of a message; undefined if nothing is. */
export function inspectMessage(node: Inspectable, ref: InstanceRef): InstanceView | undefined {
  const { member, cluster, store } = node;
  const stream = member.streams()[ref.sender];
  if (stream === undefined || !Number.isSafeInteger(ref.seq) || ref.seq < 1) return undefined;
  const senderName = cluster.member(ref.sender).name;
  const label = `${senderName}#${ref.seq}`;
  if (ref.seq < stream.nextSeq) {
    const found = store.find(ref.sender, ref.seq);
    const entry = found && store.entry(ref.sender, found.instance);
    const inBatch = entry === undefined ? '' : ` (${shortHex(entry.digest)})`;
    const gap = store.gaps.find(
      ({ sender, fromSeq, toSeq }) => sender === ref.sender && fromSeq <= ref.seq && ref.seq <= toSeq,
    );
    const gone = gap === undefined ? 'was delivered here; it is older than what is kept' : 'was skipped here';
    const kept = found !== undefined && found.number > 0;
    return {
      ...ref,
      senderName,
      instance: found?.instance ?? 0,
      phase: 'delivered',
      sinceMs: 0,
      waitingFor: [],
      explain: kept
        ? `${label} is delivered here, in instance ${found.instance} of ${senderName}${inBatch}.`
        : `${label} ${gone}.`,
      values: [],
    };
  }
  const instances = member.open(ref.sender);
  const open = openInstanceOf(instances, ref.seq, stream.nextSeq);
  if (isPending(node, ref)) return pendingView(node, ref, instances[0]);
  if (open === undefined) return undefined;
  const context = contextOf(node, ref.sender, label, open);
  return {
    ...ref,
    senderName,
    instance: open.instance,
    phase: open.view.phase,
    sinceMs: context.sinceMs,
    waitingFor: open.view.waitingFor.filter((id) => id !== node.self),
    explain: explainOpen(open, context),
    values: open.view.values.map((value) => ({ ...value, digest: toHex(value.digest) })),
  };
}

/** Why a link is not there, in words. */
export function awayReason(
  failure: { readonly reason: string; readonly detail: string } | undefined,
): string {
  if (failure === undefined) return 'not connected yet';
  return failure.detail === '' ? failure.reason : `${failure.reason}: ${failure.detail}`;
}

/** Whether it is an own message that waits for room in the window. */
function isPending({ member, self, lastSeq }: Inspectable, ref: InstanceRef): boolean {
  return ref.sender === self && ref.seq <= lastSeq && ref.seq > lastSeq - member.pending.messages;
}

/** `lowest`: the oldest own instance that is not delivered here; the window may also wait for members behind. */
function pendingView(node: Inspectable, ref: InstanceRef, lowest: OpenInstance | undefined): InstanceView {
  const { cluster, member, lastSeq, self } = node;
  const senderName = cluster.member(self).name;
  const ahead = ref.seq - (lastSeq - member.pending.messages) - 1;
  const queue = ahead === 0 ? 'first in the queue' : `behind ${ahead} other messages`;
  const waits = `${senderName}#${ref.seq} waits here, ${queue}, for room in the window.`;
  const view = { ...ref, senderName, instance: 0, phase: 'init', values: [] } as const;
  if (lowest !== undefined) {
    const context = contextOf(node, self, `Instance ${lowest.instance} of ${senderName}`, lowest);
    return {
      ...view,
      sinceMs: context.sinceMs,
      waitingFor: lowest.view.waitingFor.filter((id) => id !== self),
      explain: `${waits} ${explainOpen(lowest, context)}`,
    };
  }
  const behind = mostBehind(node);
  const away = awayOf(node);
  const who = behind.map((id) => `${cluster.member(id).name} (${away(id) ?? 'connected'})`).join(', ');
  const explain = `${waits} It moves when one of these delivers more of ${senderName}'s messages: ${who}.`;
  return { ...view, sinceMs: 0, waitingFor: behind, explain };
}

/** The peers whose progress in the own stream bounds the window: at least f+1 members are no further. */
function mostBehind({ cluster, member, self }: Inspectable): readonly NodeId[] {
  const { ids, f } = cluster.committee;
  const peers = ids.filter((id) => id !== self);
  const baseOf = (id: NodeId): number => member.basesOf(id)[self] ?? 1;
  const low = peers.map(baseOf).sort((a, b) => a - b)[f] ?? 1;
  return peers.filter((id) => baseOf(id) <= low);
}

function contextOf(node: Inspectable, sender: NodeId, label: string, open: OpenInstance): ExplainContext {
  const { member, cluster, self } = node;
  return {
    self,
    sender,
    label,
    sinceMs: (member.ticks - open.sinceTick) * TICK_MS,
    name: (id) => cluster.member(id).name,
    away: awayOf(node),
  };
}

function awayOf({ links }: Inspectable): (peer: NodeId) => string | undefined {
  const views = new Map(links.peers().map((view) => [view.member.id, view]));
  return (peer) => {
    const view = views.get(peer);
    if (view === undefined || view.connected) return undefined;
    return `disconnected for ${duration(view.sinceMs)}: ${awayReason(view.lastFailure)}`;
  };
}
