import { toHex } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import type { Member } from '../member/index.ts';
import type { OpenInstance } from '../stream/index.ts';
import type { ClusterInfo, InstanceRef, InstanceView, NodeStatus, PeerView } from './api.ts';
import type { ClusterDefinition } from './cluster/index.ts';
import { duration, explainOpen } from './explain.ts';
import type { Links } from './link/index.ts';
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
export function peerViews({ links, member }: Inspectable): readonly PeerView[] {
  return links.peers().map((view) => ({
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
    bases: member.basesOf(view.member.id),
  }));
}

/** By sender, what its stream looks like from here. */
export function streamViews({ cluster, member }: Inspectable): NodeStatus['streams'] {
  return member.streams().map(({ sender, nextSeq, open, behind }) => {
    const lowest = open === 0 ? undefined : member.open(sender)[0];
    return {
      sender,
      name: cluster.member(sender).name,
      delivered: nextSeq - 1,
      open,
      behind,
      waitingMs: lowest === undefined ? 0 : (member.ticks - lowest.sinceTick) * TICK_MS,
    };
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
    const digest = entry === undefined ? undefined : toHex(entry.digest);
    return {
      ...ref,
      senderName,
      instance: found?.instance ?? 0,
      phase: 'delivered',
      sinceMs: 0,
      waitingFor: [],
      explain: `${label} is delivered here${digest === undefined ? '' : ` as part of ${digest.slice(0, 8)}`}.`,
      values: [],
    };
  }
  const open = openInstanceOf(member.open(ref.sender), ref.seq, stream.nextSeq);
  if (open === undefined) return pendingView(node, ref, senderName);
  const sinceMs = (member.ticks - open.sinceTick) * TICK_MS;
  const away = awayOf(node);
  return {
    ...ref,
    senderName,
    instance: open.instance,
    phase: open.view.phase,
    sinceMs,
    waitingFor: open.view.waitingFor.filter((id) => id !== node.self),
    explain: explainOpen(open, { cluster, self: node.self, sender: ref.sender, label, sinceMs, away }),
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

function pendingView(node: Inspectable, ref: InstanceRef, senderName: string): InstanceView | undefined {
  const { messages } = node.member.pending;
  if (ref.sender !== node.self || messages === 0) return undefined;
  return {
    ...ref,
    senderName,
    instance: 0,
    phase: 'init',
    sinceMs: 0,
    waitingFor: [],
    explain: `${senderName}#${ref.seq} waits here with ${messages} others until the window has room.`,
    values: [],
  };
}

/** The open instance that holds message `seq`: exact where payloads are here, else the first one not known. */
function openInstanceOf(
  open: readonly OpenInstance[],
  seq: number,
  nextSeq: number,
): OpenInstance | undefined {
  let next = nextSeq;
  for (const instance of open) {
    if (instance.messages === undefined || seq < next + instance.messages) return instance;
    next += instance.messages;
  }
  return undefined;
}

function awayOf({ links }: Inspectable): (peer: NodeId) => string | undefined {
  const views = new Map(links.peers().map((view) => [view.member.id, view]));
  return (peer) => {
    const view = views.get(peer);
    if (view === undefined || view.connected) return undefined;
    return `disconnected for ${duration(view.sinceMs)}, ${awayReason(view.lastFailure)}`;
  };
}
