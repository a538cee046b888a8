// The plain fan-out: one process writes the same bytes to three others over mutual TLS 1.3; they only count.
import { connect, createServer } from 'node:tls';
import { loadIdentity } from '../../dist/node/index.js';
import { tlsOptions } from '../../dist/node/link/tls.js';
import { Bell, nowMs, serve, spent, steadily } from './calls.mjs';

/** @import { FanoutCalls } from '../types.ts' */

/** Small messages are gathered into writes of about this many bytes. */
const WRITE_BYTES = 65_536;
/** A receiver that has this many bytes outstanding is waited for. */
const OUTSTANDING_BYTES_MAX = 1_048_576;
let receivers = 3;
/** A length before each message: what any receiver would need to tell them apart. */
const LENGTH_BYTES = 4;
const READ_BYTES = 65_536;

/** @type {import('node:tls').TLSSocket[]} */
const sockets = [];
const bell = new Bell();
let outstandingBytes = new Float64Array(receivers);
/** Bytes received since `expect`, those of one message, and when each was complete. */
let received = 0;
let messageBytes = 1;
let arrivedMs = 0;
let keepsArrivals = false;
/** @type {number[]} */
let arrivals = [];

/** @param {number} size @param {number} count */
function messages(size, count) {
  const bytes = Buffer.alloc(count * (LENGTH_BYTES + size));
  for (let index = 0; index < count; index += 1) bytes.writeUInt32BE(size, index * (LENGTH_BYTES + size));
  return bytes;
}

/** @param {Buffer} bytes */
function writeToAll(bytes) {
  for (const [index, socket] of sockets.entries()) {
    outstandingBytes[index] = (outstandingBytes[index] ?? 0) + bytes.length;
    socket.write(bytes, () => {
      outstandingBytes[index] = (outstandingBytes[index] ?? 0) - bytes.length;
      bell.notify();
    });
  }
}

/** @param {number} length */
function onReceived(length) {
  arrivedMs = nowMs();
  received += length;
  if (keepsArrivals) while (received >= (arrivals.length + 1) * messageBytes) arrivals.push(arrivedMs);
  bell.notify();
}

/** @type {import('./calls.mjs').Answers<FanoutCalls>} */
const answers = {
  async listen({ keyFile, count }) {
    receivers = count;
    const identity = await loadIdentity(keyFile);
    const server = createServer({ ...tlsOptions(identity), requestCert: true });
    server.on('secureConnection', (socket) => {
      if (socket.getPeerX509Certificate() === undefined) throw new Error('a receiver without a certificate');
      socket.setNoDelay(true);
      socket.resume();
      sockets.push(socket);
      bell.notify();
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  },

  async dial({ keyFile, port }) {
    const identity = await loadIdentity(keyFile);
    const buffer = Buffer.alloc(READ_BYTES);
    /** @type {import('node:tls').ConnectionOptions & import('node:net').ConnectOpts} */
    const options = {
      ...tlsOptions(identity),
      host: '127.0.0.1',
      port,
      servername: '',
      checkServerIdentity: () => undefined,
      onread: {
        buffer,
        callback(length) {
          onReceived(length);
          return true;
        },
      },
    };
    const socket = connect(options);
    await new Promise((resolve, reject) => {
      socket.once('secureConnect', () => resolve(undefined)).once('error', reject);
    });
  },

  async load({ size, durationMs, bytesMax }) {
    while (sockets.length < receivers) await bell.wait();
    const inOne = Math.max(1, Math.floor(WRITE_BYTES / (LENGTH_BYTES + size)));
    const bytes = messages(size, inOne);
    outstandingBytes = new Float64Array(receivers);
    const startedMs = nowMs();
    let count = 0;
    while (nowMs() - startedMs < durationMs && count * size < bytesMax) {
      writeToAll(bytes);
      count += inOne;
      while (outstandingBytes.some((waiting) => waiting > OUTSTANDING_BYTES_MAX)) await bell.wait();
    }
    return { startedMs, count, lastSeq: count };
  },

  async pace(pace) {
    while (sockets.length < receivers) await bell.wait();
    const bytes = messages(pace.size, 1);
    const begun = await steadily(pace, () => writeToAll(bytes));
    return { begun, lastSeq: pace.count };
  },

  expect({ bytes, arrivals: keep }) {
    received = 0;
    messageBytes = LENGTH_BYTES + bytes;
    keepsArrivals = keep;
    arrivals = [];
  },

  async reached(count) {
    while (received < count * messageBytes) await bell.wait();
    return arrivedMs;
  },

  arrivals: (count) => arrivals.slice(0, count),
  spent,
  stop: () => undefined,
};
serve(answers);
