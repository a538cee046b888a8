import type { Socket } from 'node:net';
import type { LinkLimits } from './options.ts';
import type { RefusalReason } from './reasons.ts';

interface Pending {
  readonly socket: Socket;
  readonly address: string;
  readonly host: string;
  readonly sinceMs: number;
  /** A verdict has been counted; what becomes of the socket is not counted again. */
  settled: boolean;
}

/**
 * Connections of which nobody knows yet whose they are: bounded, in all and for each address. Members hold no
 * place among them once they have shown their key. A newcomer is never turned away: somebody else has to go, the
 * one that has been silent longest, from the address that holds most. So strangers who open connections and say
 * nothing, however many, cannot keep a member out.
 */
export class PendingConnections {
  readonly #limits: LinkLimits;
  readonly #onRefused: (address: string, reason: RefusalReason) => void;
  /** By the other end's address and port; in order of arrival. */
  readonly #entries = new Map<string, Pending>();

  constructor(limits: LinkLimits, onRefused: (address: string, reason: RefusalReason) => void) {
    this.#limits = limits;
    this.#onRefused = onRefused;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(socket: Socket, now: number): void {
    const address = endOf(socket);
    if (address === undefined) {
      socket.destroy();
      return;
    }
    const host = socket.remoteAddress ?? '';
    const entry: Pending = { socket, address, host, sinceMs: now, settled: false };
    this.#makeRoom(host);
    this.#entries.set(address, entry);
    socket.once('close', () => {
      if (this.#entries.get(address) === entry) this.#entries.delete(address);
    });
  }

  has(socket: Socket): boolean {
    return this.#find(socket) !== undefined;
  }

  /** The address of a connection that is here and not yet judged; it is judged from now on. */
  addressOf(socket: Socket): string | undefined {
    const entry = this.#find(socket);
    if (entry === undefined || entry.settled) return undefined;
    entry.settled = true;
    return entry.address;
  }

  /** It has been judged: it keeps its place until it is closed, and is the first to go. */
  settle(socket: Socket): void {
    const entry = this.#find(socket);
    if (entry !== undefined) entry.settled = true;
  }

  /** It is a member's: it leaves its place. */
  release(socket: Socket): void {
    const address = endOf(socket);
    if (address !== undefined) this.#entries.delete(address);
  }

  /** Drops those that have been here for `maxMs`. */
  sweep(now: number, maxMs: number): void {
    for (const entry of this.#entries.values()) {
      if (now - entry.sinceMs < maxMs) return;
      this.#drop(entry, 'timeout');
    }
  }

  close(): void {
    for (const { socket } of this.#entries.values()) socket.destroy();
    this.#entries.clear();
  }

  #find(socket: Socket): Pending | undefined {
    const address = endOf(socket);
    return address === undefined ? undefined : this.#entries.get(address);
  }

  #makeRoom(host: string): void {
    const fromHost = [...this.#entries.values()].filter((entry) => entry.host === host);
    if (fromHost.length >= this.#limits.pendingPerAddressMax) {
      this.#dropOneOf(fromHost);
    } else if (this.#entries.size >= this.#limits.pendingMax) {
      this.#dropOneOf(this.#fromBusiestHost());
    }
  }

  #fromBusiestHost(): readonly Pending[] {
    const byHost = new Map<string, Pending[]>();
    let busiest: readonly Pending[] = [];
    for (const entry of this.#entries.values()) {
      const group = byHost.get(entry.host) ?? [];
      group.push(entry);
      byHost.set(entry.host, group);
      if (group.length > busiest.length) busiest = group;
    }
    return busiest;
  }

  /** `entries`: not empty, in order of arrival. */
  #dropOneOf(entries: readonly Pending[]): void {
    const judged = entries.find(({ settled }) => settled);
    const silent = entries.find(({ socket }) => socket.bytesRead === 0);
    const victim = judged ?? silent ?? entries[0];
    if (victim !== undefined) this.#drop(victim, 'too-many-connections');
  }

  #drop(entry: Pending, reason: RefusalReason): void {
    this.#entries.delete(entry.address);
    if (!entry.settled) this.#onRefused(entry.address, reason);
    entry.settled = true;
    entry.socket.destroy();
  }
}

function endOf(socket: Socket): string | undefined {
  return socket.remoteAddress === undefined ? undefined : `${socket.remoteAddress}:${socket.remotePort ?? 0}`;
}
