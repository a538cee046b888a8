import { performance } from 'node:perf_hooks';
import type { ClusterMember } from '../cluster/index.ts';
import type { Connection, Ending } from './connection.ts';
import type { DownReason } from './reasons.ts';

/** Why there is no link to a peer, or why there was none for a while. */
export interface LinkFailure {
  readonly reason: DownReason;
  /** For people. */
  readonly detail: string;
  /** Whether it is the peer's word. */
  readonly byPeer: boolean;
  readonly agoMs: number;
}

/** One peer as this member's links see it. */
export interface PeerView {
  readonly member: ClusterMember;
  readonly connected: boolean;
  /** How long it has been connected, or not. */
  readonly sinceMs: number;
  /** The last one, kept while connected; undefined if all went well so far. */
  readonly lastFailure: LinkFailure | undefined;
  /** Links that were up after the first one. */
  readonly reconnects: number;
  /** Smoothed, or what the present ping has waited if that is more; undefined before the first answer. */
  readonly rttMs: number | undefined;
  readonly queuedBytes: number;
  /** Of the link that is up, else what was tried last; empty if nothing was. */
  readonly address: string;
  readonly sentBytes: number;
  readonly sentFrames: number;
  readonly receivedBytes: number;
  readonly receivedFrames: number;
}

/** What is remembered of one peer across its links. */
export class PeerRecord {
  readonly member: ClusterMember;
  /** The link that is up. */
  link: Connection | undefined;
  /** Accepted and not yet up: the newest one. */
  joining: Connection | undefined;
  /** What was dialled last. */
  address = '';
  #sinceMs = performance.now();
  #ups = 0;
  #failure: (Ending & { readonly atMs: number }) | undefined;
  #sentBytes = 0;
  #sentFrames = 0;
  #receivedBytes = 0;
  #receivedFrames = 0;

  constructor(member: ClusterMember) {
    this.member = member;
  }

  connected(link: Connection): void {
    this.link = link;
    this.#ups += 1;
    this.#sinceMs = performance.now();
  }

  /** The link that was up is not any more. Returns how long it was, milliseconds. */
  disconnected(link: Connection): number {
    const upMs = performance.now() - this.#sinceMs;
    this.#sinceMs += upMs;
    this.link = undefined;
    this.address = link.address;
    this.#sentBytes += link.sentBytes;
    this.#sentFrames += link.sentFrames;
    this.#receivedBytes += link.receivedBytes;
    this.#receivedFrames += link.receivedFrames;
    return upMs;
  }

  failed(ending: Ending): void {
    this.#failure = { ...ending, atMs: performance.now() };
  }

  view(): PeerView {
    const now = performance.now();
    const { link } = this;
    const failure = this.#failure;
    return {
      member: this.member,
      connected: link?.up ?? false,
      sinceMs: now - this.#sinceMs,
      lastFailure:
        failure === undefined
          ? undefined
          : {
              reason: failure.reason,
              detail: failure.detail,
              byPeer: failure.byPeer,
              agoMs: now - failure.atMs,
            },
      reconnects: Math.max(0, this.#ups - 1),
      rttMs: link?.roundTripMs(now),
      queuedBytes: link?.queuedBytes ?? 0,
      address: link?.address ?? this.address,
      sentBytes: this.#sentBytes + (link?.sentBytes ?? 0),
      sentFrames: this.#sentFrames + (link?.sentFrames ?? 0),
      receivedBytes: this.#receivedBytes + (link?.receivedBytes ?? 0),
      receivedFrames: this.#receivedFrames + (link?.receivedFrames ?? 0),
    };
  }
}
