import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import { assert } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Address } from '../address.ts';
import { requireMember } from '../cluster/index.ts';
import { Acceptor } from './acceptor.ts';
import { Connection, type ConnectionOwner, type Ending, type LinkContext, type Role } from './connection.ts';
import { Dialler } from './dialler.ts';
import {
  LINK_LIMITS_DEFAULT,
  LINK_TIMES_DEFAULT,
  type LinksOptions,
  type LinkTimes,
  type Refusal,
} from './options.ts';
import { PeerRecord, type PeerView } from './peer-record.ts';
import { isRefusal, type RefusalReason } from './reasons.ts';

/** Longest and shortest time between two looks at the deadlines. */
const SWEEP_MS_MAX = 250;
const SWEEP_MS_MIN = 5;
/** From here on a frame takes long enough to be waited for. */
const LONG_FRAME_BYTES = 16_384;
/** A look that comes later than this says that the process stood still. */
const STALL_MS = 1_000;

/**
 * The authenticated links of one member to all others: the lower number dials, the higher one listens. Frames go
 * in order and at most once; a link that breaks loses what was under way, and the members' own exchange of what
 * they owe each other makes up for it.
 */
export class Links {
  readonly #options: LinksOptions;
  readonly #context: LinkContext;
  /** By NodeId; none for the own one. */
  readonly #records: readonly (PeerRecord | undefined)[];
  readonly #diallers = new Map<NodeId, Dialler>();
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<TLSSocket>();
  readonly #refusals = new Map<RefusalReason, number>();
  #acceptor: Acceptor | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #sweptAt = performance.now();
  readonly #paused = new Set<NodeId>();
  #closed = false;
  #closing: Promise<void> | undefined;

  private constructor(options: LinksOptions) {
    const { cluster, claim, admit } = options;
    const self = requireMember(cluster, options.identity).id;
    const times = { ...LINK_TIMES_DEFAULT, ...options.times };
    const limits = { ...LINK_LIMITS_DEFAULT, ...options.limits };
    this.#options = options;
    this.#context = { cluster, self, claim, admit, limits, times };
    this.#records = cluster.members.map((member) =>
      member.id === self ? undefined : new PeerRecord(member),
    );
  }

  /**
   * Listens and begins to dial. Who may run with which signatures is judged before, by `requireSignatures`.
   * @throws QuorumcastError ERR_NOT_A_MEMBER, ERR_ADDRESS_IN_USE, ERR_LISTEN
   */
  static async open(options: LinksOptions): Promise<Links> {
    const links = new Links(options);
    await links.#open();
    return links;
  }

  /** Where this member really listens. */
  get address(): Address {
    return this.#acceptor?.address ?? this.#options.listen;
  }

  /** How often somebody was refused, by reason, in either direction. */
  get refusals(): ReadonlyMap<RefusalReason, number> {
    return this.#refusals;
  }

  /**
   * Sends complete frames, kept by reference until they are written. All that is sent by one piece of work,
   * without waiting for anything, leaves in one write when it ends. False if the link is not up or its queue has just overflowed: then it goes down.
   */
  send(peer: NodeId, frames: Uint8Array): boolean {
    const link = this.#records[peer]?.link;
    return link?.send(frames, countFrames(frames)) ?? false;
  }

  /** Ends the link in a later turn: the peer sent what no correct member sends. `detail`: said to it as well. */
  drop(peer: NodeId, detail: string): void {
    this.#records[peer]?.link?.endSoon('malformed-frame', detail);
  }

  /**
   * While paused nothing more is read from this peer, over a new link neither: it says more than the member can keep up
   * with, and learns so by backpressure.
   */
  pause(peer: NodeId, paused: boolean): void {
    if (paused) this.#paused.add(peer);
    else this.#paused.delete(peer);
    this.#records[peer]?.link?.pause(paused);
  }

  /** Bytes that wait for this peer. */
  queuedBytes(peer: NodeId): number {
    return this.#records[peer]?.link?.queuedBytes ?? 0;
  }

  /** Whether the beginning of a long frame has come from this peer, and its end has not. */
  isReceiving(peer: NodeId): boolean {
    return (this.#records[peer]?.link?.partialBytes ?? 0) >= LONG_FRAME_BYTES;
  }

  /** Every other member, by NodeId. */
  peers(): readonly PeerView[] {
    return this.#records.flatMap((record) => (record === undefined ? [] : [record.view()]));
  }

  /** Ends everything, at the latest after `timeoutMs`: what is queued leaves if peers take it. Idempotent. */
  close(timeoutMs = 1_000): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  async #open(): Promise<void> {
    const { cluster, identity, listen } = this.#options;
    this.#acceptor = await Acceptor.open(listen, identity, this.#context, {
      onMember: (socket, peer) => this.#onMember(socket, peer),
      onRefused: (refusal) => this.#onRefused(refusal),
    });
    for (const { id } of cluster.members) {
      if (id <= this.#context.self) continue;
      const dialler = new Dialler(id, identity, this.#context, {
        onConnected: (socket, peer) => this.#connect(socket, peer, 'dialler'),
        onFailed: (peer, address, ending) => this.#onDialFailed(peer, address, ending),
        addressesOf: (peer) => this.#addressesOf(peer),
      });
      this.#diallers.set(id, dialler);
    }
    this.#sweepTimer = setInterval(() => this.#sweep(), sweepMs(this.#context.times));
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweepTimer);
    for (const dialler of this.#diallers.values()) dialler.close();
    this.#acceptor?.close();
    const closed = [...this.#sockets].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
    );
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, timeoutMs);
    for (const connection of [...this.#connections]) connection.finish(timeoutMs);
    await Promise.all(closed);
    clearTimeout(timer);
  }

  #addressesOf(peer: NodeId): readonly string[] {
    const member = this.#options.cluster.member(peer);
    return this.#options.addressOverrides?.get(member.name) ?? member.addresses;
  }

  #onMember(socket: TLSSocket, peer: NodeId): void {
    const record = this.#record(peer);
    record.joining?.end('replaced');
    record.joining = this.#connect(socket, peer, 'acceptor');
  }

  #connect(socket: TLSSocket, peer: NodeId, role: Role): Connection {
    const owner: ConnectionOwner = {
      onUp: (connection) => this.#onUp(connection),
      onFrame: (connection, body, kind) => this.#onFrame(connection, body, kind),
      onDrain: ({ peer }) => {
        if (!this.#closed) this.#options.onDrain?.(peer);
      },
      onEnd: (connection, ending) => this.#onEnd(connection, ending),
    };
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const connection = new Connection(socket, peer, role, this.#context, owner);
    this.#connections.add(connection);
    return connection;
  }

  #onUp(connection: Connection): void {
    if (this.#closed) return;
    const record = this.#record(connection.peer);
    if (record.joining === connection) record.joining = undefined;
    // The newest wins: the member itself knows best which of its links is dead.
    record.link?.end('replaced');
    record.connected(connection);
    connection.pause(this.#paused.has(connection.peer));
    this.#options.onUp(connection.peer);
  }

  #onFrame(connection: Connection, body: Uint8Array, kind: number): void {
    if (!this.#closed) this.#options.onFrame(connection.peer, body, kind);
  }

  #onEnd(connection: Connection, ending: Ending): void {
    this.#connections.delete(connection);
    if (this.#closed) return;
    const record = this.#record(connection.peer);
    if (record.joining === connection) record.joining = undefined;
    const wasUp = record.link === connection;
    const upMs = wasUp ? record.disconnected(connection) : 0;
    record.failed(ending);
    const { reason, detail, byPeer } = ending;
    if (isRefusal(reason) && !(byPeer && reason === 'shutting-down')) {
      this.#onRefused({
        direction: connection.role === 'dialler' ? 'outbound' : 'inbound',
        peer: connection.peer,
        address: connection.address,
        reason,
        detail,
        byPeer,
      });
    }
    if (wasUp) this.#options.onDown(connection.peer, reason, detail);
    if (connection.role === 'dialler') this.#diallers.get(connection.peer)?.again(upMs);
  }

  #onDialFailed(peer: NodeId, address: string, ending: Ending): void {
    const record = this.#record(peer);
    record.address = address;
    record.failed(ending);
    const { reason, detail, byPeer } = ending;
    if (isRefusal(reason) && reason !== 'timeout') {
      this.#onRefused({ direction: 'outbound', peer, address, reason, detail, byPeer });
    }
  }

  #onRefused(refusal: Refusal): void {
    this.#refusals.set(refusal.reason, (this.#refusals.get(refusal.reason) ?? 0) + 1);
    if (!this.#closed) this.#options.onRefused?.(refusal);
  }

  #sweep(): void {
    const now = performance.now();
    const lostMs = now - this.#sweptAt;
    this.#sweptAt = now;
    if (lostMs > STALL_MS) {
      // What came meanwhile is still to be read: judge at the next look.
      for (const connection of this.#connections) connection.forgive(lostMs);
      return;
    }
    this.#acceptor?.sweep(now);
    for (const connection of [...this.#connections]) connection.sweep(now);
  }

  #record(peer: NodeId): PeerRecord {
    const record = this.#records[peer];
    assert(record !== undefined, 'links: a member has no link to itself');
    return record;
  }
}

function sweepMs(times: LinkTimes): number {
  const shortest = Math.min(times.handshakeMs, times.pingMs, times.idleMs, times.frameMs);
  return Math.min(SWEEP_MS_MAX, Math.max(SWEEP_MS_MIN, shortest / 4));
}

function countFrames(frames: Uint8Array): number {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let count = 0;
  for (let at = 0; at < frames.length; at += 4 + view.getUint32(at)) count += 1;
  return count;
}
