import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { makeClusterFolder } from '../../src/cli/cluster-folder.ts';
import { ClusterProcesses } from '../../src/cli/cluster-processes.ts';
import { freeRow } from '../../src/cli/ports.ts';
import { temporaryFolder, until } from '../cli/harness.ts';

const dir = temporaryFolder();
let clusters = 0;
let running: ClusterProcesses | undefined;

afterEach(() => running?.stopAll());

/** Four members as operators run them, each with the same port for HTTP over all its lives. */
async function four(): Promise<ClusterProcesses> {
  clusters += 1;
  const first = (await freeRow(12_000 + Math.floor(Math.random() * 15_000), 4)) ?? 0;
  const httpPorts = [0, 1, 2, 3].map((index) => first + index);
  const folder = await makeClusterFolder(join(dir, `cluster-${clusters}`), { members: 4, httpPorts });
  running = await ClusterProcesses.start(folder);
  await running.ready();
  return running;
}

/** Broadcasts under a key, again and again until a node has taken it. */
async function sendOnce(http: string, text: string): Promise<Record<string, unknown>> {
  for (;;) {
    const reply = await fetch(`${http}/v1/broadcasts`, {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain', 'Idempotency-Key': text },
      body: text,
      signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    if (reply?.ok === true) return (await reply.json()) as Record<string, unknown>;
    if (reply !== undefined && reply.status < 500) throw new Error(`${reply.status}: ${await reply.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A reader of the event stream that remembers only the last id it saw, as a browser does. */
class Reader {
  readonly texts: string[] = [];
  #last = '';
  #closed = false;
  readonly #http: () => string;

  constructor(http: () => string) {
    this.#http = http;
    void this.#connect();
  }

  close(): void {
    this.#closed = true;
  }

  async #connect(): Promise<void> {
    while (!this.#closed) {
      await this.#read().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }

  #read(): Promise<void> {
    const headers = this.#last === '' ? {} : { 'Last-Event-ID': this.#last };
    return new Promise((resolve) => {
      const asked = request(`${this.#http()}/v1/deliveries/stream`, { headers }, (reply: IncomingMessage) => {
        let rest = '';
        reply.setEncoding('utf8').on('data', (chunk: string) => {
          const events = (rest + chunk).split('\n\n');
          rest = events.pop() ?? '';
          for (const event of events) this.#take(event);
          if (this.#closed) asked.destroy();
        });
        reply.once('close', resolve);
      });
      asked.once('error', () => resolve());
      asked.end();
    });
  }

  #take(event: string): void {
    const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(event)?.[1];
    const id = field('id');
    if (field('event') === 'delivery') {
      const { senderName, seq, text } = JSON.parse(field('data') ?? '{}') as Record<string, unknown>;
      this.texts.push(`${senderName}#${seq} ${text}`);
    }
    if (id !== undefined) this.#last = id;
  }
}

describe('over HTTP', () => {
  test('a reader and a writer lose and double nothing, though both their nodes are killed again and again', async () => {
    const cluster = await four();
    const http = (name: string) => cluster.member(name).http;
    const reader = new Reader(() => http('p0'));
    for (let count = 1; count <= 45; count += 1) {
      const sent = await sendOnce(http('p1'), `order ${count}`);
      expect(sent).toMatchObject({ seq: count });
      if (count % 15 !== 0) continue;
      for (const name of ['p0', 'p1']) {
        await cluster.member(name).kill9();
        await cluster.start(name).listening;
      }
      // Whoever had no answer asks again, and gets the one there was.
      expect(await sendOnce(http('p1'), `order ${count}`)).toMatchObject({ seq: count, duplicate: true });
    }
    await until('the reader has it all', () => reader.texts.length >= 45);
    reader.close();
    await sendOnce(http('p1'), 'the end');
    expect(reader.texts.slice(0, 45)).toEqual(
      Array.from({ length: 45 }, (_, index) => `p1#${index + 1} order ${index + 1}`),
    );
  });

  test('whatever is thrown at it is refused with 4xx, and broadcasts go on', async () => {
    const cluster = await four();
    const { http } = cluster.member('p0');
    const port = Number(new URL(http).port);
    const idle: Socket[] = Array.from({ length: 600 }, () => connect({ host: '127.0.0.1', port }));
    for (const socket of idle) socket.on('error', () => undefined);
    const slow = Array.from({ length: 50 }, () => {
      const socket = connect({ host: '127.0.0.1', port }).on('error', () => undefined);
      socket.write('POST /v1/broadcasts HTTP/1.1\r\nHost: localhost\r\nX: ');
      return socket;
    });
    const statuses: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const replies = await Promise.all(
        hostile(http).map(([path, init]) => fetch(`${http}${path}`, { method: 'POST', ...init })),
      );
      for (const reply of replies) statuses.push(reply.status);
      await Promise.all(replies.map((reply) => reply.arrayBuffer()));
      for (const name of ['p0', 'p1', 'p2', 'p3']) {
        await sendOnce(cluster.member(name).http, `${name} in round ${round}`);
      }
    }
    expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([]);
    const status = (await (await fetch(`${http}/v1/status`)).json()) as Record<string, unknown>;
    expect(status['state']).toBe('ready');
    await until('all is delivered', async () => {
      const now = (await (await fetch(`${http}/v1/status`)).json()) as { delivered: number };
      return now.delivered === 20;
    });
    for (const socket of [...idle, ...slow]) socket.destroy();
    const log = readFileSync(cluster.member('p0').folder.logFile, 'utf8');
    expect(log).not.toMatch(/http\.failed|"level":"error"/);
  });
});

/** What no honest client sends: path and the rest. */
function hostile(http: string): readonly (readonly [string, RequestInit])[] {
  const json = { 'Content-Type': 'application/json' };
  return [
    ['/v1/broadcasts', { headers: { Origin: 'https://evil.example' }, body: 'x' }],
    ['/v1/broadcasts', { headers: { 'Content-Type': 'text/html' }, body: '<p>' }],
    ['/v1/broadcasts', { headers: { ...json, 'Content-Encoding': 'gzip' }, body: 'x' }],
    ['/v1/broadcasts', { headers: json, body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` }],
    ['/v1/broadcasts', { headers: json, body: `{"text":"${'a'.repeat(2_000_000)}"}` }],
    ['/v1/broadcasts', { headers: json, body: '{"__proto__":{"text":"x"}}' }],
    ['/v1/broadcasts', { headers: json, body: '{"text":' }],
    ['/v1/..%2f..%2fetc/passwd', { method: 'GET' }],
    ['//v1/status', { method: 'GET' }],
    [`/v1/trace/p0/${'9'.repeat(400)}`, { method: 'GET' }],
    [`/${http}`, { method: 'DELETE' }],
  ];
}
