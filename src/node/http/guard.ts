import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { HttpProblem } from './problem.ts';

/** Who may speak to this server. */
export interface GuardOptions {
  /** Names and bracketed addresses that a request may call this server by, lower case, without port. */
  readonly hosts: ReadonlySet<string>;
  /** Whether any IP address will do too: it listens on all of them. */
  readonly anyAddress: boolean;
}

const PATH = /^(?:\/|(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+)$/;

/**
 * Refuses, before anything is routed or read, what no honest client of this server sends: a page of another
 * origin, a name that was made to point here (DNS rebinding), a path that means another one. @throws HttpProblem
 */
export function guard(incoming: IncomingMessage, options: GuardOptions): void {
  const host = requireHost(incoming, options);
  requireOwnOrigin(incoming, host);
  requirePlainTarget(incoming.url ?? '');
}

function requireHost(incoming: IncomingMessage, { hosts, anyAddress }: GuardOptions): string {
  const given = incoming.headersDistinct['host'] ?? [];
  const [host = ''] = given;
  const match = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?$/i.exec(host);
  if (given.length !== 1 || match === null) {
    throw new HttpProblem(400, 'a request needs exactly one Host header that names a host', {
      hint: 'ordinary HTTP clients send it by themselves',
    });
  }
  const name = (match[1] ?? '').toLowerCase().replace(/\.$/, '');
  const address = name.startsWith('[') ? name.slice(1, -1) : name;
  if (!hosts.has(name) && !(anyAddress && isIP(address) !== 0)) {
    throw new HttpProblem(421, `this server is not called "${name}"`, {
      code: 'ERR_FORBIDDEN',
      hint: 'ask for localhost or the address it listens on, or add the name to its allowed hosts',
    });
  }
  return host;
}

function requireOwnOrigin({ headers }: IncomingMessage, host: string): void {
  const { origin } = headers;
  const foreign = origin !== undefined && !isOwn(origin, host);
  const crossSite = headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-mode'] !== 'navigate';
  if (!foreign && !crossSite) return;
  throw new HttpProblem(403, `pages of ${origin ?? 'another site'} may not use this server`, {
    code: 'ERR_FORBIDDEN',
    hint: 'only pages that this server itself gave may; programs send no Origin header',
  });
}

function isOwn(origin: string, host: string): boolean {
  const own = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).host : undefined;
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.host === own;
}

function requirePlainTarget(target: string): void {
  if (!target.startsWith('/')) {
    throw new HttpProblem(400, 'the request line must name a path of this server, beginning with "/"');
  }
  const [path = ''] = target.split('?', 1);
  // No path here holds anything that would need escaping, and two spellings of one path invite mistakes.
  if (!PATH.test(path)) throw notFound();
}

/** The answer for a path that nothing answers under. */
export function notFound(): HttpProblem {
  return new HttpProblem(404, 'there is nothing under this path', {
    code: 'ERR_NOT_FOUND',
    hint: 'GET / lists what there is, GET /openapi.json describes it',
  });
}

/** Decides whether a request carries the token. Takes the same time wherever the first difference lies. */
export class TokenCheck {
  #expected: Buffer;

  constructor(token: string) {
    this.#expected = sha256(token);
  }

  /** From now on this token counts, and no other. */
  replace(token: string): void {
    this.#expected = sha256(token);
  }

  accepts({ headers }: IncomingMessage): boolean {
    const given = /^Bearer +([^\s]+) *$/i.exec(headers.authorization ?? '')?.[1];
    return given !== undefined && timingSafeEqual(sha256(given), this.#expected);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
