import type { AgreementTurns } from './agreements/index.ts';
import { askingTooMuch } from './asking.ts';
import type { Consumers } from './consumers.ts';
import { Driver } from './driver.ts';
import type { DriverObserver } from './driver-options.ts';
import type { Herald } from './herald.ts';
import { flooding } from './inbound.ts';
import type { Links } from './link/index.ts';
import type { NodeParts } from './node-parts.ts';
import { behindBacklog, OVERWRITTEN } from './recall.ts';
import type { Sender } from './sender.ts';

/** What of a node its driver talks to. */
interface Surroundings extends Pick<DriverObserver, 'skipped' | 'fault' | 'fatal'> {
  readonly links: () => Links | undefined;
  readonly sender: () => Sender;
  readonly consumers: Consumers;
  readonly herald: Herald;
}

/** The driver of a node, brought together with what surrounds it. */
export function driverOf(parts: NodeParts, turns: AgreementTurns, around: Surroundings): Driver {
  const { cluster, self, participant, store, claims, hasher, stored, started } = parts;
  const { links, sender, consumers, herald, skipped, fault, fatal } = around;
  return new Driver(
    {
      self,
      ...{ nextOwnInstance: parts.nextOwnInstance, hasher, store, claims },
      member: participant,
      agreements: turns,
      ...{ stored, reading: parts.reading },
      bounds: { committee: cluster.committee, limits: cluster.limits, epoch: cluster.epoch },
      keyRecords: (firstSeq, count) => sender().keyRecords(firstSeq, count),
      links: {
        send: (peer, frames) => links()?.send(peer, frames) ?? false,
        queuedBytes: (peer) => links()?.queuedBytes(peer) ?? 0,
        isReceiving: (peer) => links()?.isReceiving(peer) ?? false,
        drop: (peer, detail) => links()?.drop(peer, detail),
        pause: (peer, paused) => links()?.pause(peer, paused),
      },
      observer: {
        accepted: (firstSeq, count) => sender().accepted(firstSeq, count),
        delivered: (effect) => consumers.onDelivered(effect),
        ...{ skipped, fault, fatal },
        flooded: (peer) => herald.warn(flooding(cluster.member(peer).name)),
        limited: (peer) => herald.warn(askingTooMuch(cluster.member(peer).name)),
        beyond: (peer) => herald.warn(behindBacklog(cluster.member(peer).name)),
        overwritten: () => herald.warn(OVERWRITTEN),
      },
    },
    started,
  );
}
