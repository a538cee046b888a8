// The same messages over NATS: one publisher, a server between, and subscribers that only count. Without TLS.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { nowMs, serve, spent, steadily } from './calls.mjs';
import { Counting } from './counting.mjs';

/** @import { FanoutCalls } from '../types.ts' */

/**
 * As far as it is used here.
 * @typedef {object} Connection
 * @property {(subject: string, payload?: Uint8Array) => void} publish
 * @property {(subject: string, options: { callback: (error: unknown, message: unknown) => void }) => void} subscribe
 * @property {() => Promise<void>} flush
 */

const SUBJECT = 'bench';
/** Where each subscriber says how far it is: the server drops one that falls behind. */
const PROGRESS = 'bench.progress';
const BEHIND_BYTES_MAX = 8_388_608;
const PROGRESS_BYTES = 1_048_576;

const counting = new Counting();
let receivers = 0;
/** @type {Connection | undefined} */
let connection;
/** Of all subscribers, pieces of `PROGRESS_BYTES` that they have had. */
let pieces = 0;
let messagesInPiece = 1;

/** @param {string | undefined} modules @param {number} port @returns {Promise<Connection>} */
function connect(modules, port) {
  const library = createRequire(join(modules ?? '', 'package.json'))('@nats-io/transport-node');
  return library.connect({ servers: `127.0.0.1:${port}`, maxPingOut: 1_000 });
}

function connected() {
  if (connection === undefined) throw new Error('not connected');
  return connection;
}

/** A server of our own; returns its port. */
async function startServer() {
  const dir = mkdtempSync(join(tmpdir(), 'quorumcast-nats-'));
  const config = join(dir, 'server.conf');
  writeFileSync(config, 'listen: "127.0.0.1:-1"\nmax_payload: 33554432\nmax_pending: 268435456\n');
  const server = spawn('nats-server', ['-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  process.on('exit', () => {
    server.kill();
    rmSync(dir, { recursive: true, force: true });
  });
  for await (const line of createInterface(server.stderr)) {
    const port = /client connections on 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error('nats-server ended');
}

/** @param {number} size */
function inPiece(size) {
  return Math.max(1, Math.ceil(PROGRESS_BYTES / size));
}

/** @type {import('./calls.mjs').Answers<FanoutCalls>} */
const answers = {
  async listen({ count, modules }) {
    receivers = count;
    const port = await startServer();
    connection = await connect(modules, port);
    connection.subscribe(PROGRESS, {
      callback: () => {
        pieces += 1;
      },
    });
    await connection.flush();
    return port;
  },

  async dial({ port, modules }) {
    connection = await connect(modules, port);
    connection.subscribe(SUBJECT, {
      callback: () => {
        counting.got();
        if (counting.count % messagesInPiece === 0) connected().publish(PROGRESS);
      },
    });
    await connection.flush();
  },

  async load({ size, durationMs, bytesMax }) {
    const bytes = new Uint8Array(size);
    const each = inPiece(size);
    const ahead = Math.max(2, Math.floor(BEHIND_BYTES_MAX / (each * size)));
    pieces = 0;
    const startedMs = nowMs();
    let count = 0;
    while (nowMs() - startedMs < durationMs && count * size < bytesMax) {
      for (let i = 0; i < each; i += 1) connected().publish(SUBJECT, bytes);
      count += each;
      await connected().flush();
      while (count / each - pieces / receivers > ahead) await new Promise((resolve) => setImmediate(resolve));
    }
    return { startedMs, count, lastSeq: count };
  },

  async pace(pace) {
    const bytes = new Uint8Array(pace.size);
    return { begun: await steadily(pace, () => connected().publish(SUBJECT, bytes)), lastSeq: pace.count };
  },

  expect({ bytes, arrivals }) {
    messagesInPiece = inPiece(bytes);
    counting.begin(arrivals);
  },

  reached: (count) => counting.reached(count),
  arrivals: (count) => counting.arrivals(count),
  spent,
  stop: () => undefined,
};
serve(answers);
