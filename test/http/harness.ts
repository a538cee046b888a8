import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect } from 'vitest';
import type { QuorumcastNode } from '../../src/node/api.ts';
import { initCluster, signCluster } from '../../src/node/cluster/index.ts';
import { type HttpOptions, type HttpServer, startHttp } from '../../src/node/http/index.ts';
import { generateIdentity, makeCard } from '../../src/node/identity/index.ts';
import { createNode, type NodeOptions } from '../../src/node/index.ts';
import { createMetrics } from '../../src/node/metrics/index.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Ends something after the test. */
export function afterwards(end: () => unknown): void {
  ends.push(end);
}

/** A line that the server logged. */
export interface Logged {
  readonly level: string;
  readonly event: string;
  readonly fields: Record<string, unknown>;
}

/** A node, its server, and what it logged. */
export interface Stand {
  readonly node: QuorumcastNode;
  readonly http: HttpServer;
  readonly url: string;
  readonly port: number;
  readonly logged: Logged[];
}

/**
 * The first of `members` members, the others never started, and a server for it. Alone it is its own quorum and
 * delivers at once; as one of four it accepts and waits.
 */
export async function stand(
  options: Partial<Omit<HttpOptions, 'node' | 'metrics' | 'logger'>> & {
    readonly members?: number;
    readonly node?: Partial<NodeOptions>;
  } = {},
): Promise<Stand> {
  const { members = 1, node: nodeOptions, ...http } = options;
  const node = await oneOf(members, nodeOptions);
  return serve(node, http);
}

/** The first of so many members, in memory. */
export async function oneOf(members: number, options: Partial<NodeOptions> = {}): Promise<QuorumcastNode> {
  const identities = Array.from({ length: members }, (_, index) => generateIdentity(`p${index}`));
  const cards = identities.map((identity, index) => makeCard(identity, [`127.0.0.1:${9 + index}`]));
  let cluster = initCluster(cards, { name: 'test', limits: { payloadBytes: 65_536, window: 64 } });
  for (const identity of identities) cluster = signCluster(cluster, identity);
  const [identity] = identities;
  if (identity === undefined) throw new Error('no members');
  const node = await createNode({ cluster, identity, listen: '127.0.0.1:0', dataDir: false, ...options });
  afterwards(() => node.close());
  return node;
}

/** A server for a node. */
export async function serve(
  node: QuorumcastNode,
  options: Partial<Omit<HttpOptions, 'node' | 'metrics' | 'logger'>> = {},
): Promise<Stand> {
  const logged: Logged[] = [];
  const at = (level: string) => (event: string, fields: Record<string, unknown>) => {
    logged.push({ level, event, fields });
  };
  const http = await startHttp({
    listen: '127.0.0.1:0',
    ...options,
    node,
    metrics: createMetrics(node),
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    limits: { payloadBytes: 65_536, closeTimeoutMs: 200, ...options.limits },
  });
  afterwards(() => http.close());
  const port = Number(http.address.split(':').at(-1));
  return { node, http, url: `http://127.0.0.1:${port}`, port, logged };
}

/** An answer, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The text as JSON. */
  json(): unknown;
}

/** A request as `node:http` sends it: unlike `fetch` it sends any header and any path as they are. */
export async function ask(
  port: number,
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: Record<string, string | string[]>;
    readonly body?: string | Uint8Array;
  } = {},
): Promise<Reply> {
  const outgoing = request({ port, host: '127.0.0.1', path, agent: false, ...options });
  outgoing.end(options.body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) text += String(chunk);
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    text,
    json: () => JSON.parse(text) as unknown,
  };
}

/** An answer that is a problem in every respect. */
export function expectProblem(reply: Reply, status: number, code = 'ERR_USAGE'): void {
  expect(reply.headers['content-type']).toBe('application/problem+json');
  expect(reply.json()).toMatchObject({
    type: `urn:quorumcast:${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code,
    hint: expect.any(String),
    definite: expect.any(Boolean),
    retryable: expect.any(Boolean),
  });
  expect(reply.status).toBe(status);
}

/** A plain socket to the server, and everything it has said so far. */
export async function dial(
  port: number,
): Promise<{ socket: Socket; said: () => string; closed: Promise<void> }> {
  const socket = connect(port, '127.0.0.1');
  let said = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    said += String(chunk);
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  afterwards(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, said: () => said, closed };
}

/** A stream of server-sent events, opened and read until one is content. */
export interface Events {
  /** Waits for the next event that is no comment. */
  next(): Promise<{ event: string | undefined; id: string | undefined; data: unknown } | undefined>;
  close(): void;
  readonly headers: IncomingHttpHeaders;
  readonly raw: () => string;
}

export async function openEvents(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<Events> {
  const outgoing = request({ port, host: '127.0.0.1', path, agent: false, headers });
  outgoing.end();
  outgoing.on('error', () => undefined);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.on('error', () => undefined);
  afterwards(() => void incoming.destroy());
  expect(incoming.statusCode).toBe(200);
  let raw = '';
  const chunks = incoming.setEncoding('utf8')[Symbol.asyncIterator]();
  let rest = '';
  return {
    headers: incoming.headers,
    raw: () => raw,
    close: () => void incoming.destroy(),
    async next() {
      for (;;) {
        const end = rest.indexOf('\n\n');
        if (end === -1) {
          const { value, done } = await chunks.next();
          if (done === true) return undefined;
          raw += String(value);
          rest += String(value);
          continue;
        }
        const block = rest.slice(0, end);
        rest = rest.slice(end + 2);
        const field = (name: string): string | undefined =>
          new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        const data = field('data');
        if (data === undefined) continue;
        return { event: field('event'), id: field('id'), data: JSON.parse(data) as unknown };
      }
    },
  };
}

/** Polls until a condition holds; the test fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > limitMs) throw new Error('the condition never held');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
