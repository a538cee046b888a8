import { toHex } from '../base/index.ts';
import type { NodeId } from '../committee/index.ts';
import { explainOpen, openInstanceOf } from '../member/index.ts';
import type { TestClusterInfo, TestInstanceRef, TestInstanceView, TestNodeStatus } from './api.ts';
import { nameOf } from './deliveries.ts';
import type { TestClusterPlan } from './options.ts';
import { TICK_MS, type World } from './world.ts';

/** What all members know of the cluster. */
export function clusterInfo({ committee, form }: TestClusterPlan): TestClusterInfo {
  const { n, f, quorums } = committee;
  const echo = form === 'early' && f > 0 ? quorums.echoEarly : quorums.echo;
  return { n, f, form, quorum: { echo, amplify: quorums.amplify, deliver: quorums.deliver } };
}

/** Who is connected to a member, and how many more than needed. */
export function linksOf(world: World, self: NodeId): { missing: readonly string[]; margin: number } {
  const { n, ids, quorums } = world.plan.committee;
  const missing = ids.filter((id) => id !== self && !world.isLinked(self, id)).map(nameOf);
  return { missing, margin: n - missing.length - Math.max(quorums.echo, quorums.deliver) };
}

/** The part of a status that the member itself knows. */
export function statusOf(
  world: World,
  self: NodeId,
): Omit<TestNodeStatus, 'state' | 'delivered' | 'pending' | 'evidence'> {
  const { member } = world.host(self);
  const { missing, margin } = linksOf(world, self);
  const total = world.plan.committee.n - 1;
  return {
    id: self,
    name: nameOf(self),
    cluster: clusterInfo(world.plan),
    margin,
    peers: { up: total - missing.length, total, missing },
    streams: member.streams().map(({ sender, nextSeq, open, openSinceTick, behind }) => ({
      sender,
      name: nameOf(sender),
      delivered: nextSeq - 1,
      open,
      behind,
      waitingMs: openSinceTick === undefined ? 0 : (member.ticks - openSinceTick) * TICK_MS,
    })),
  };
}

/** What is known of a message at one member; undefined if nothing is. `lastSeq`: of its last own message. */
export function inspectMessage(
  { world, self, lastSeq }: { readonly world: World; readonly self: NodeId; readonly lastSeq: number },
  ref: TestInstanceRef,
): TestInstanceView | undefined {
  const { member, disk } = world.host(self);
  const { sender, seq } = ref;
  const stream = member.streams()[sender];
  if (stream === undefined || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  const label = `${nameOf(sender)}#${seq}`;
  const view = { sender, seq, senderName: nameOf(sender), sinceMs: 0, waitingFor: [], values: [] };
  if (seq < stream.nextSeq) {
    const holds = disk.log.find(
      (entry) => entry.sender === sender && seq >= entry.firstSeq && seq < entry.firstSeq + entry.count,
    );
    return {
      ...view,
      instance: holds?.instance ?? 0,
      phase: 'delivered',
      explain: `${label} is delivered here.`,
    };
  }
  if (sender === self && seq <= lastSeq && seq > lastSeq - member.pending.messages) {
    return { ...view, instance: 0, phase: 'init', explain: `${label} waits here for room in the window.` };
  }
  const open = openInstanceOf(member.open(sender), seq, stream.nextSeq);
  if (open === undefined) return undefined;
  const sinceMs = (member.ticks - open.sinceTick) * TICK_MS;
  const away = (id: NodeId): string | undefined => world.away(self, id);
  return {
    ...view,
    instance: open.instance,
    phase: open.view.phase,
    sinceMs,
    waitingFor: open.view.waitingFor.filter((id) => id !== self),
    explain: explainOpen(open, { self, sender, label, sinceMs, name: nameOf, away }),
    values: open.view.values.map((value) => ({ ...value, digest: toHex(value.digest) })),
  };
}
