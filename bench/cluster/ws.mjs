// The same messages over WebSockets and mutual TLS 1.3: one server writes each to all its clients; they only count.
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { loadIdentity } from '../../dist/node/index.js';
import { tlsOptions } from '../../dist/node/link/tls.js';
import { Bell, nowMs, serve, spent, steadily } from './calls.mjs';
import { Counting } from './counting.mjs';

/** @import { FanoutCalls } from '../types.ts' */

/**
 * As far as it is used here.
 * @typedef {object} WebSocket
 * @property {number} bufferedAmount
 * @property {(bytes: Uint8Array) => void} send
 * @property {(event: string, listener: (...given: never[]) => void) => WebSocket} on
 * @property {(event: string, listener: (...given: never[]) => void) => WebSocket} once
 */
/**
 * @typedef {object} Library
 * @property {new (address: string, options: object) => WebSocket} WebSocket
 * @property {new (options: object) => { on(event: 'connection', listener: (socket: WebSocket) => void): void }} WebSocketServer
 */

const MESSAGE_BYTES_MAX = 2 ** 26;
/** A client that has this many bytes outstanding is waited for. */
const OUTSTANDING_BYTES_MAX = 1_048_576;

/** @type {WebSocket[]} */
const sockets = [];
const bell = new Bell();
const counting = new Counting();
let receivers = 0;

/** @param {string | undefined} modules @returns {Library} */
function library(modules) {
  return createRequire(join(modules ?? '', 'package.json'))('ws');
}

/** @param {Uint8Array} bytes */
function sendToAll(bytes) {
  for (const socket of sockets) socket.send(bytes);
}

async function room() {
  while (sockets.some(({ bufferedAmount }) => bufferedAmount > OUTSTANDING_BYTES_MAX)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** @type {import('./calls.mjs').Answers<FanoutCalls>} */
const answers = {
  async listen({ keyFile, count, modules }) {
    receivers = count;
    const { WebSocketServer } = library(modules);
    const options = { ...tlsOptions(await loadIdentity(keyFile)), ALPNProtocols: ['http/1.1'] };
    const server = createServer({ ...options, requestCert: true });
    const accepting = new WebSocketServer({ server, perMessageDeflate: false });
    accepting.on('connection', (socket) => {
      sockets.push(socket);
      bell.notify();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  },

  async dial({ keyFile, port, modules }) {
    const { WebSocket } = library(modules);
    const options = { ...tlsOptions(await loadIdentity(keyFile)), ALPNProtocols: ['http/1.1'] };
    const more = {
      checkServerIdentity: () => undefined,
      perMessageDeflate: false,
      maxPayload: MESSAGE_BYTES_MAX,
    };
    const socket = new WebSocket(`wss://127.0.0.1:${port}`, { ...options, ...more });
    socket.on('message', () => counting.got());
    await new Promise((resolve, reject) => {
      socket.once('open', () => resolve(undefined)).once('error', reject);
    });
  },

  async load({ size, durationMs, bytesMax }) {
    while (sockets.length < receivers) await bell.wait();
    const bytes = new Uint8Array(size);
    const startedMs = nowMs();
    let count = 0;
    while (nowMs() - startedMs < durationMs && count * size < bytesMax) {
      sendToAll(bytes);
      count += 1;
      await room();
    }
    return { startedMs, count, lastSeq: count };
  },

  async pace(pace) {
    while (sockets.length < receivers) await bell.wait();
    const bytes = new Uint8Array(pace.size);
    return { begun: await steadily(pace, () => sendToAll(bytes)), lastSeq: pace.count };
  },

  expect: ({ arrivals }) => counting.begin(arrivals),
  reached: (count) => counting.reached(count),
  arrivals: (count) => counting.arrivals(count),
  spent,
  stop: () => undefined,
};
serve(answers);
