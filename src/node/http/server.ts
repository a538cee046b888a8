import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv4 } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { type Address, formatAddress, parseAddress } from '../address.ts';
import type { Logger, QuorumcastNode } from '../api.ts';
import { QuorumcastError } from '../errors.ts';
import type { NodeMetrics } from '../metrics/index.ts';
import { createApp, problemResponse } from './app.ts';
import { BodyBudget } from './body.ts';
import { EventHub } from './event-hub.ts';
import { type GuardOptions, guard, TokenCheck } from './guard.ts';
import { HTTP_LIMITS_DEFAULT, type HttpLimits } from './limits.ts';
import { HttpProblem, logRefusal, problemOf } from './problem.ts';
import type { Api } from './route.ts';
import { ROUTES } from './routes/index.ts';
import { Slots } from './slots.ts';
import { answerBadSockets, harden, writeProblem } from './sockets.ts';

/** What `startHttp` needs. */
export interface HttpOptions {
  readonly node: QuorumcastNode;
  /** `host:port`. Port 0 takes a free one. */
  readonly listen: string;
  /** At least 16 printable characters without a space. Required unless it listens on loopback only; asked for wherever given. */
  readonly token?: string | undefined;
  readonly logger: Logger;
  readonly metrics: NodeMetrics;
  /** Further names that requests may call this server by, without port; addresses of IPv6 in brackets. */
  readonly allowedHosts?: readonly string[];
  readonly limits?: Partial<HttpLimits>;
}

/** A server that answers. */
export interface HttpServer {
  /** `host:port` it listens on. */
  readonly address: string;
  /**
   * From now on this token is asked for; answers under way go on. @throws QuorumcastError ERR_CONFIG if it is unfit, or if
   * the server was started without one: the old state stays.
   */
  setToken(token: string): void;
  /** Ends streams, lets answers under way finish, closes every socket. Idempotent; settles by its deadline. */
  close(): Promise<void>;
}

/** Answers over HTTP for a node. Does not close the node. @throws QuorumcastError ERR_CONFIG, ERR_ADDRESS_IN_USE, ERR_LISTEN */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const listen = parseListen(options.listen);
  requireToken(options.token, listen);
  const limits = limitsOf(options.limits ?? {});
  const closing = new AbortController();
  // Every answer under way listens to it, and each takes its listener away.
  setMaxListeners(0, closing.signal);
  const api: Api = {
    node: options.node,
    metrics: options.metrics,
    limits,
    logger: options.logger,
    bodies: new BodyBudget(limits.bodiesBytes),
    streams: new Slots(limits.streams),
    events: new EventHub(options.node),
    closing: closing.signal,
    routes: ROUTES,
  };
  const check = options.token === undefined ? undefined : new TokenCheck(options.token);
  const server = serverOf(api, check, guardOf(listen, options.allowedHosts ?? []));
  const bound = await bind(server, listen);
  if (options.token === undefined && !isLoopback(bound.host)) {
    server.close();
    throw tokenMissing(listen);
  }
  const address = formatAddress(bound);
  options.logger.info('http.listening', { address, auth: options.token === undefined ? 'none' : 'bearer' });
  let closed: Promise<void> | undefined;
  return {
    address,
    setToken: (token) => {
      requireToken(token, listen);
      if (check === undefined) throw new QuorumcastError('ERR_CONFIG', 'this server asks for no token');
      check.replace(token);
    },
    close: () => {
      closed ??= shut(server, closing, limits.closeTimeoutMs);
      return closed;
    },
  };
}

function serverOf(api: Api, check: TokenCheck | undefined, guardOptions: GuardOptions): Server {
  const { limits, logger } = api;
  const app = createApp(api, check);
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: (error) => {
      const problem =
        error instanceof Error && error.name === 'RequestError' ? badTarget(error) : problemOf(error);
      if (problem.status === 500) logger.error('http.failed', { cause: error });
      return problemResponse(problem);
    },
  });
  const busy = new WeakSet<Duplex>();
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    busy.add(incoming.socket);
    outgoing.once('close', () => busy.delete(incoming.socket));
    harden(outgoing);
    try {
      guard(incoming, guardOptions);
    } catch (error) {
      const problem = problemOf(error);
      logRefusal(logger, problem);
      writeProblem(outgoing, problem);
      return;
    }
    listener(incoming, outgoing).catch((cause: unknown) => logger.error('http.failed', { cause }));
  };
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      requireHostHeader: false,
    },
    onRequest,
  );
  server.timeout = limits.idleTimeoutMs;
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 100;
  server.on('drop', () => logger.warn('http.full', { connections: limits.connections }));
  answerBadSockets(server, busy);
  return server;
}

function badTarget(cause: Error): HttpProblem {
  return new HttpProblem(400, 'the request line names nothing that could be here', { cause });
}

function parseListen(listen: string): Address {
  const address = parseAddress(listen);
  if (address !== undefined) return address;
  throw new QuorumcastError('ERR_CONFIG', `"${listen}" is not an address to listen on`, {
    hint: 'write HOST:PORT, for example 127.0.0.1:7480, or [::1]:7480',
  });
}

function requireToken(token: string | undefined, listen: Address): void {
  if (token === undefined && !isLoopback(listen.host)) throw tokenMissing(listen);
  if (token === undefined || /^[!-~]{16,512}$/.test(token)) return;
  throw new QuorumcastError(
    'ERR_CONFIG',
    'the token for HTTP is too short, too long or has unprintable characters',
    {
      hint: 'use 16 to 512 printable characters without spaces, for example from `openssl rand -hex 32`',
    },
  );
}

function tokenMissing(listen: Address): QuorumcastError {
  return new QuorumcastError(
    'ERR_CONFIG',
    `HTTP on ${formatAddress(listen)} can be reached from other machines and needs a token`,
    { hint: 'configure a token file, or listen on 127.0.0.1' },
  );
}

/** Whether only this machine reaches it. Names other than localhost could mean anything. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function guardOf(listen: Address, allowedHosts: readonly string[]): GuardOptions {
  const bracketed = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  return {
    hosts: new Set([
      'localhost',
      '127.0.0.1',
      '[::1]',
      bracketed,
      ...allowedHosts.map((host) => host.toLowerCase()),
    ]),
    anyAddress: /^(0\.0\.0\.0|[:0]+)$/.test(listen.host),
  };
}

function limitsOf(given: Partial<HttpLimits>): HttpLimits {
  return { ...HTTP_LIMITS_DEFAULT, ...given };
}

function bind(server: Server, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const at = formatAddress({ host, port });
      reject(
        cause.code === 'EADDRINUSE'
          ? new QuorumcastError('ERR_ADDRESS_IN_USE', `another process listens on ${at}`, {
              hint: 'end it, or choose another port for HTTP',
              cause,
            })
          : new QuorumcastError('ERR_LISTEN', `cannot listen on ${at}: ${cause.message}`, {
              hint: 'choose an address of this machine and a port that you may use',
              cause,
            }),
      );
    });
    server.listen({ host, port }, () => {
      const bound = server.address();
      resolve(isInfo(bound) ? { host: bound.address, port: bound.port } : { host, port });
    });
  });
}

function isInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}

async function shut(server: Server, closing: AbortController, timeoutMs: number): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  closing.abort(new DOMException('the server is closing', 'AbortError'));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await ended;
  clearTimeout(timer);
}
