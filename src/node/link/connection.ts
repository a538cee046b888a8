import { performance } from 'node:perf_hooks';
import type { TLSSocket } from 'node:tls';
import {
  decodeHandshake,
  encodeHandshake,
  FRAME_KIND,
  type HandshakeMessage,
  type Hello,
} from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { ClusterDefinition } from '../cluster/index.ts';
import { FrameReader } from './frame-reader.ts';
import { judgeClaim, judgeHello, makeHello } from './hello.ts';
import type { Admission, Claim, LinkLimits, LinkTimes } from './options.ts';
import { Outbox } from './outbox.ts';
import { readFrom } from './reading.ts';
import { type DownReason, reasonOfSocketError, rejectReasonOf } from './reasons.ts';

/** What all connections of one member share. */
export interface LinkContext {
  readonly cluster: ClusterDefinition;
  readonly self: NodeId;
  readonly claim: () => Claim;
  readonly admit: (peer: NodeId, logId: Uint8Array, position: number) => Admission;
  readonly limits: LinkLimits;
  readonly times: LinkTimes;
}

/** How a connection ended. */
export interface Ending {
  readonly reason: DownReason;
  readonly detail: string;
  /** Whether it is the peer's word. */
  readonly byPeer: boolean;
}

/** Who owns a connection hears this of it. */
export interface ConnectionOwner {
  onUp(connection: Connection): void;
  /** `kind`: of `FRAME_KIND`, `messages` or `agreement`. */
  onFrame(connection: Connection, body: Uint8Array, kind: number): void;
  onDrain(connection: Connection): void;
  /** Exactly once, whoever ended it. */
  onEnd(connection: Connection, ending: Ending): void;
}

/** Whether this member dialled or was dialled. */
export type Role = 'dialler' | 'acceptor';

type State = 'await-hello' | 'await-accept' | 'up' | 'ended';

/** Nonces are ticks of 10 microseconds: a PONG tells the round trip without anything being remembered. */
const NONCE_TICKS_PER_MS = 100;
const NONCE_SPAN = 0x1_0000_0000;
const RTT_MAX_MS = 60_000;
/** Slowest rate at which a long frame may arrive. */
const FRAME_BYTES_PER_MS_MIN = 131;

/**
 * One TLS connection whose other end has proved to own the key of `peer`: hello, accept, frames, pings, end.
 * `docs/wire.md` draws it.
 */
export class Connection {
  readonly peer: NodeId;
  readonly role: Role;
  readonly address: string;
  sentBytes = 0;
  sentFrames = 0;
  receivedBytes = 0;
  receivedFrames = 0;
  readonly #socket: TLSSocket;
  readonly #context: LinkContext;
  readonly #owner: ConnectionOwner;
  readonly #reader = new FrameReader();
  readonly #outbox: Outbox;
  #state: State = 'await-hello';
  #logId: Uint8Array = new Uint8Array(0);
  /** It will end in a later turn, since its owner may be in the middle of one. */
  #doomed = false;
  #paused = false;
  #aboveDrain = false;
  readonly #startedAt: number;
  #heardAt: number;
  #pingedAt: number;
  /** Smoothed round trip, milliseconds. */
  #rttMs: number | undefined;
  /** When the first ping was sent that no pong answers yet. */
  #unansweredSince: number | undefined;
  #frameStartedAt: number | undefined;

  /** Takes the socket over; the other end's key is already known to be that of `peer`. */
  constructor(socket: TLSSocket, peer: NodeId, role: Role, context: LinkContext, owner: ConnectionOwner) {
    this.peer = peer;
    this.role = role;
    this.address = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.#socket = socket;
    this.#context = context;
    this.#owner = owner;
    this.#startedAt = performance.now();
    this.#heardAt = this.#startedAt;
    this.#pingedAt = this.#startedAt;
    this.#outbox = new Outbox(
      { write: (bytes, done) => socket.write(bytes, done), end: () => socket.end() },
      context.limits.frameBytesMax,
      () => this.#onWritten(),
    );
    socket.setNoDelay(true);
    readFrom(socket, (bytes) => this.#onData(bytes));
    socket.on('error', (error) => {
      const { reason, detail } = reasonOfSocketError(error);
      this.#end({ reason: reason === 'timeout' ? 'socket-error' : reason, detail, byPeer: false });
    });
    socket.on('end', () => this.#end({ reason: 'ended', detail: '', byPeer: false }));
    socket.on('close', () => {
      this.#outbox.close();
      this.#end({ reason: 'ended', detail: '', byPeer: false });
    });
    if (role === 'dialler') this.#say(makeHello(context.cluster, context.self, context.claim()));
  }

  get up(): boolean {
    return this.#state === 'up' && !this.#doomed;
  }

  /** Bytes that the system has not taken yet. */
  get queuedBytes(): number {
    return this.#outbox.queuedBytes;
  }

  /** Length of the frame that is being received; 0 if none is. */
  get partialBytes(): number {
    return this.#reader.partialBytes;
  }

  /**
   * Queues complete frames, kept by reference. False if the link is not up, or has just overflowed: then it
   * ends in a later turn.
   */
  send(frames: Uint8Array, count: number): boolean {
    if (!this.up) return false;
    const before = this.#outbox.queuedBytes;
    if (before + frames.length > this.#context.limits.queuedBytesMax) {
      this.endSoon('queue-overflow', `${before} bytes were waiting`);
      return false;
    }
    this.#outbox.push(frames);
    if (this.#outbox.queuedBytes >= this.#context.limits.drainBytes) this.#aboveDrain = true;
    this.sentBytes += frames.length;
    this.sentFrames += count;
    return true;
  }

  #onWritten(): void {
    if (!this.#aboveDrain || this.#outbox.queuedBytes >= this.#context.limits.drainBytes) return;
    this.#aboveDrain = false;
    if (this.up) this.#owner.onDrain(this);
  }

  /** As `end`, in a later turn: no callback runs in this one. Nothing is sent or handed on from here on. */
  endSoon(reason: DownReason, detail: string): void {
    this.#doomed = true;
    setImmediate(() => this.end(reason, detail));
  }

  /**
   * Stops or goes on reading: the system's buffers fill, and then the peer's queue. What this member does not read,
   * it does not blame the peer for: no deadline runs meanwhile.
   */
  pause(paused: boolean): void {
    if (this.#state !== 'up' || this.#paused === paused) return;
    this.#paused = paused;
    if (paused) {
      this.#socket.pause();
      return;
    }
    this.#heardAt = performance.now();
    if (this.#frameStartedAt !== undefined) this.#frameStartedAt = this.#heardAt;
    this.#socket.resume();
  }

  /** Ends the connection and tells the peer why, if that is for it to know. Frames still queued are dropped. */
  end(reason: DownReason, detail = ''): void {
    if (this.#state === 'ended') return;
    const told = rejectReasonOf(reason);
    this.#outbox.clear();
    if (told === undefined) {
      this.#outbox.close();
      this.#socket.destroy();
    } else {
      const said = told === reason ? [detail] : [reason, detail];
      this.#say({ kind: 'reject', reason: told, detail: said.filter((text) => text !== '').join(': ') });
      this.#linger();
    }
    this.#end({ reason, detail, byPeer: false });
  }

  /** Ends the connection once everything queued has left, or after `timeoutMs`; the peer is told. */
  finish(timeoutMs: number): void {
    if (this.#state === 'ended') return;
    this.#say({ kind: 'reject', reason: 'shutting-down', detail: '' });
    this.#linger(timeoutMs);
    this.#end({ reason: 'shutting-down', detail: '', byPeer: false });
  }

  /** Round trip, milliseconds: smoothed, or what the present one has taken if that is more. Undefined before there is one. */
  roundTripMs(now: number): number | undefined {
    const waited = this.#unansweredSince === undefined ? 0 : now - this.#unansweredSince;
    return waited >= this.#context.times.pingMs ? Math.max(waited, this.#rttMs ?? 0) : this.#rttMs;
  }

  /** Drops the socket at once. */
  destroy(): void {
    this.#outbox.close();
    this.#socket.destroy();
  }

  /** Called every now and then: looks after deadlines and pings. `now` is `performance.now()`. */
  sweep(now: number): void {
    if (this.#state === 'ended') return;
    const overdue = this.#overdue(now);
    if (overdue !== undefined) this.end(overdue);
    else if (this.#state === 'up' && now - this.#pingedAt >= this.#context.times.pingMs) {
      this.#pingedAt = now;
      this.#unansweredSince ??= now;
      this.#say({ kind: 'ping', nonce: nonceAt(now), position: this.#context.claim().position });
    }
  }

  #overdue(now: number): DownReason | undefined {
    const { times } = this.#context;
    if (this.#state !== 'up') return now - this.#startedAt >= times.handshakeMs ? 'timeout' : undefined;
    if (this.#paused) return undefined;
    if (now - this.#heardAt >= times.idleMs) return 'idle';
    const frameMs = times.frameMs + this.#reader.partialBytes / FRAME_BYTES_PER_MS_MIN;
    const startedAt = this.#frameStartedAt;
    return startedAt !== undefined && now - startedAt >= frameMs ? 'frame-timeout' : undefined;
  }

  /** Takes back time in which this process did not run: nobody could be heard. */
  forgive(lostMs: number): void {
    this.#heardAt += lostMs;
    if (this.#frameStartedAt !== undefined) this.#frameStartedAt += lostMs;
  }

  #onData(chunk: Uint8Array): void {
    if (!this.#goesOn()) return;
    const now = performance.now();
    this.#heardAt = now;
    this.receivedBytes += chunk.length;
    const before = this.#reader.frames;
    const fault = this.#reader.push(chunk, (kind, body) => this.#onFrame(kind, body));
    const completed = this.#reader.frames - before;
    this.receivedFrames += completed;
    if (fault !== undefined) this.end(fault);
    else if (!this.#reader.partial) this.#frameStartedAt = undefined;
    else if (completed > 0 || this.#frameStartedAt === undefined) this.#frameStartedAt = now;
  }

  /** Returns whether to go on reading. */
  #onFrame(kind: number, body: Uint8Array): boolean {
    if (kind === FRAME_KIND.messages || kind === FRAME_KIND.agreement || kind === FRAME_KIND.epoch) {
      if (this.#state === 'up') this.#owner.onFrame(this, body, kind);
      else this.end('out-of-order', 'messages before the link was up');
      return this.#goesOn();
    }
    const decoded = decodeHandshake(kind, body);
    if (decoded.ok) this.#onHandshake(decoded.value);
    else if (decoded.error === 'unknown-kind') this.end('unknown-kind', `kind ${kind}`);
    else this.end(kind === FRAME_KIND.hello ? 'bad-hello' : 'malformed-frame', decoded.error);
    return this.#goesOn();
  }

  #goesOn(): boolean {
    return this.#state !== 'ended' && !this.#doomed;
  }

  #onHandshake(message: HandshakeMessage): void {
    const up = this.#state === 'up';
    if (message.kind === 'reject') {
      this.#outbox.clear();
      this.#outbox.finish();
      this.#linger();
      this.#end({ reason: message.reason, detail: message.detail, byPeer: true });
    } else if (message.kind === 'hello' && this.#state === 'await-hello') this.#onHello(message);
    else if (message.kind === 'accept' && this.#state === 'await-accept') this.#setUp();
    else if (message.kind === 'ping' && up) this.#onPing(message.nonce, message.position);
    else if (message.kind === 'pong' && up) this.#onPong(message.nonce);
    else this.end('out-of-order', `${message.kind} in state ${this.#state}`);
  }

  #onHello(hello: Hello): void {
    const { cluster, self, admit, claim } = this.#context;
    const refusal = judgeHello(hello, cluster, self, this.peer, admit);
    this.#logId = hello.logId;
    if (refusal !== undefined) {
      this.end(refusal.reason, refusal.detail);
    } else if (this.role === 'acceptor') {
      this.#say(makeHello(cluster, self, claim()));
      this.#state = 'await-accept';
    } else {
      this.#say({ kind: 'accept' });
      this.#setUp();
    }
  }

  #setUp(): void {
    this.#state = 'up';
    this.#reader.frameBytesMax = this.#context.limits.frameBytesMax;
    this.#pingedAt = Number.NEGATIVE_INFINITY;
    this.#owner.onUp(this);
  }

  #onPing(nonce: number, position: number): void {
    const { cluster, self, admit } = this.#context;
    const refusal = judgeClaim(cluster, self, this.peer, admit(this.peer, this.#logId, position));
    if (refusal !== undefined) this.end(refusal.reason, refusal.detail);
    else if (this.queuedBytes > this.#context.limits.queuedBytesMax) this.end('queue-overflow');
    else this.#say({ kind: 'pong', nonce });
  }

  #onPong(nonce: number): void {
    const ticks = (nonceAt(performance.now()) - nonce + NONCE_SPAN) % NONCE_SPAN;
    const rttMs = ticks / NONCE_TICKS_PER_MS;
    if (rttMs > RTT_MAX_MS) return;
    const next = performance.now() - rttMs + this.#context.times.pingMs;
    this.#unansweredSince = this.#pingedAt < next ? undefined : next;
    this.#rttMs = this.#rttMs === undefined ? rttMs : this.#rttMs + (rttMs - this.#rttMs) / 8;
  }

  #say(message: HandshakeMessage): void {
    this.#outbox.push(encodeHandshake(message));
  }

  /** Gives what is queued a moment to be read before the socket goes. */
  #linger(timeoutMs = this.#context.times.lingerMs): void {
    this.#socket.resume();
    this.#outbox.finish();
    const timer = setTimeout(() => this.destroy(), timeoutMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }

  #end(ending: Ending): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#owner.onEnd(this, ending);
  }
}

function nonceAt(nowMs: number): number {
  return Math.floor(nowMs * NONCE_TICKS_PER_MS) % NONCE_SPAN;
}
