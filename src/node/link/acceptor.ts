import { once } from 'node:events';
import { createServer as createPlainServer, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { encodeHandshake, type RejectReason } from '../../codec/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { type Address, formatAddress } from '../address.ts';
import { QuorumcastError } from '../errors.ts';
import type { Identity } from '../identity/index.ts';
import type { LinkContext } from './connection.ts';
import type { Refusal } from './options.ts';
import { PendingConnections } from './pending.ts';
import { type RefusalReason, reasonOfTlsError } from './reasons.ts';
import { ALPN_PROTOCOL, peerKey, tlsOptions } from './tls.ts';

/** Who owns an acceptor hears this of it. */
export interface AcceptorOwner {
  /** A member of lower number dialled and has proved to own its key. The callee takes the socket over. */
  onMember(socket: TLSSocket, peer: NodeId): void;
  onRefused(refusal: Refusal): void;
}

/** How many ports after a busy one are tried before none is suggested. */
const PORTS_TRIED = 20;

/** Listens, and lets in those who prove to own the key of a member that has to dial this one. */
export class Acceptor {
  readonly #server: Server;
  readonly #context: LinkContext;
  readonly #owner: AcceptorOwner;
  readonly #pending: PendingConnections;

  private constructor(server: Server, context: LinkContext, owner: AcceptorOwner) {
    this.#server = server;
    this.#context = context;
    this.#owner = owner;
    this.#pending = new PendingConnections(context.limits, (address, reason) => {
      this.#report(address, reason, '');
    });
    server.on('connection', (socket: Socket) => this.#pending.add(socket, performance.now()));
    server.on('tlsClientError', (error, socket) => {
      const address = this.#pending.addressOf(socket);
      if (address !== undefined) this.#report(address, reasonOfTlsError(error), codeOf(error));
      socket.destroy();
    });
    server.on('secureConnection', (socket) => this.#onSecure(socket));
  }

  /** @throws QuorumcastError ERR_ADDRESS_IN_USE, ERR_LISTEN */
  static async open(
    listen: Address,
    identity: Identity,
    context: LinkContext,
    owner: AcceptorOwner,
  ): Promise<Acceptor> {
    const server = createServer({ ...tlsOptions(identity), requestCert: true });
    const acceptor = new Acceptor(server, context, owner);
    try {
      server.listen({ host: listen.host, port: listen.port });
      await once(server, 'listening');
    } catch (cause) {
      throw await describeListenError(listen, cause);
    }
    // From now on an error is that of one `accept`, such as no file descriptor being left.
    server.on('error', (error) => acceptor.#report('', 'too-many-connections', codeOf(error)));
    return acceptor;
  }

  /** Where it really listens. */
  get address(): Address {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') return { host: '', port: 0 };
    return { host: address.address, port: address.port };
  }

  /** Connections of which nobody knows yet whose they are. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Called every now and then. `now` is `performance.now()`. */
  sweep(now: number): void {
    this.#pending.sweep(now, this.#context.times.handshakeMs);
  }

  /** Stops listening and drops who is not yet known. */
  close(): void {
    this.#server.close();
    this.#pending.close();
  }

  #onSecure(socket: TLSSocket): void {
    if (!this.#pending.has(socket)) {
      socket.destroy();
      return;
    }
    const member = this.#memberOf(socket);
    const reason = this.#judge(socket, member);
    if (reason !== undefined || member === undefined) {
      this.#refuse(socket, reason ?? 'not-a-member', member);
    } else {
      this.#pending.release(socket);
      this.#owner.onMember(socket, member);
    }
  }

  /** The member that has proved to be at the other end; undefined if none has. */
  #memberOf(socket: TLSSocket): NodeId | undefined {
    const key = peerKey(socket);
    return key instanceof Uint8Array ? this.#context.cluster.memberWithKey(key)?.id : undefined;
  }

  #judge(socket: TLSSocket, member: NodeId | undefined): RejectReason | undefined {
    const { self } = this.#context;
    if (peerKey(socket) === 'none') return 'no-certificate';
    if (member === undefined) return 'not-a-member';
    if (member === self) return 'own-identity';
    if (socket.isSessionReused()) return 'resumed-session';
    if (socket.alpnProtocol !== ALPN_PROTOCOL) return 'wrong-version';
    return member > self ? 'wrong-direction' : undefined;
  }

  /** Tells the other end why and lets go of it. Not a byte of what it sends is looked at. */
  #refuse(socket: TLSSocket, reason: RejectReason, peer: NodeId | undefined): void {
    this.#report(`${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`, reason, '', peer);
    this.#pending.settle(socket);
    socket.on('error', () => socket.destroy());
    socket.resume();
    socket.end(encodeHandshake({ kind: 'reject', reason, detail: '' }));
    const timer = setTimeout(() => socket.destroy(), this.#context.times.lingerMs);
    socket.once('close', () => clearTimeout(timer));
  }

  #report(address: string, reason: RefusalReason, detail: string, peer?: NodeId): void {
    this.#owner.onRefused({
      direction: 'inbound',
      ...(peer === undefined ? {} : { peer }),
      address,
      reason,
      detail,
      byPeer: false,
    });
  }
}

async function describeListenError(listen: Address, cause: unknown): Promise<QuorumcastError> {
  const code = codeOf(cause);
  const where = formatAddress(listen);
  if (code !== 'EADDRINUSE') {
    return new QuorumcastError('ERR_LISTEN', `cannot listen on ${where}: ${code || String(cause)}`, {
      hint: HINTS[code] ?? 'check the listen address',
      cause,
    });
  }
  const free = await freePortAfter(listen);
  const other = free === undefined ? 'choose another port' : `port ${free} is free`;
  return new QuorumcastError('ERR_ADDRESS_IN_USE', `port ${listen.port} on ${listen.host} is in use`, {
    hint: `another program listens there, perhaps this member itself; ${other}`,
    retryable: true,
    cause,
  });
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine has no such address; 0.0.0.0 listens on all it has',
  EACCES: 'ports below 1024 need a privilege: use a higher one',
  ENOTFOUND: 'the name is unknown here: listen on an IP address',
};

async function freePortAfter(listen: Address): Promise<number | undefined> {
  for (let port = listen.port + 1; port <= Math.min(65_535, listen.port + PORTS_TRIED); port += 1) {
    const server = createPlainServer();
    try {
      server.listen({ host: listen.host, port });
      await once(server, 'listening');
      server.close();
      return port;
    } catch {
      // Taken as well.
    }
  }
  return undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
