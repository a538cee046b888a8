// The least that members who vouch for a payload by its hash can do: the plain fan-out to all others, where everybody
// hashes every payload once and says two votes to everybody, over a link between any two. Nothing is bounded, kept, put in
// order or signed, and nobody is expected to lie: what a node takes beyond this is the node's own.
import { createHash } from 'node:crypto';
import { connect, createServer } from 'node:tls';
import { loadIdentity } from '../../dist/node/index.js';
import { readFrom } from '../../dist/node/link/reading.js';
import { tlsOptions } from '../../dist/node/link/tls.js';
import { Bell, nowMs, serve, spent, steadily } from './calls.mjs';
import { Counting } from './counting.mjs';

/** @import { FanoutCalls } from '../types.ts' */
/** @typedef {import('node:tls').TLSSocket} TLSSocket */

/** A peer that has this many bytes outstanding is waited for. */
const OUTSTANDING_BYTES_MAX = 1_048_576;
const LENGTH_BYTES = 4;
const DIGEST_BYTES = 32;
/** A length that says: a vote. */
const VOTE = 0xffff_ffff;
const ECHO = 1;
const READY = 2;
/** Length, kind, number of the payload, digest. */
const VOTE_BYTES = LENGTH_BYTES + 1 + 4 + DIGEST_BYTES;
/** ECHOs of others with which a member delivers what it has, with four members. */
const ECHOS = 2;
/** Broadcasts whose votes are remembered. */
const REMEMBERED = 4_096;

/** READYs: what it has delivered. */
/** @typedef {{ socket: TLSSocket, outstanding: number, readies: number }} Peer */
/** @type {Peer[]} */
const peers = [];
const bell = new Bell();
const counting = new Counting();
/** Payloads hashed here, ever. */
let hashed = 0;
/** By place: the number of its broadcast, the digest, once it is known here, ECHOs of others that came, and what they name. */
const numbers = new Float64Array(REMEMBERED).fill(-1);
const digests = new Array(REMEMBERED).fill('');
const echoes = new Uint8Array(REMEMBERED);
const echoed = new Array(REMEMBERED).fill('');
/** Votes that leave when what is going on is done with. */
/** @type {Buffer[]} */
let votes = [];

/** @param {Buffer} bytes */
function sendToAll(bytes) {
  for (const peer of peers) {
    peer.outstanding += bytes.length;
    peer.socket.write(bytes, () => {
      peer.outstanding -= bytes.length;
      bell.notify();
    });
  }
}

/** @param {number} kind @param {number} number @param {string} digest latin1 */
function vote(kind, number, digest) {
  const bytes = Buffer.allocUnsafe(VOTE_BYTES);
  bytes.writeUInt32BE(VOTE, 0);
  bytes[LENGTH_BYTES] = kind;
  bytes.writeUInt32BE(number, LENGTH_BYTES + 1);
  bytes.write(digest, LENGTH_BYTES + 5, 'latin1');
  if (votes.push(bytes) > 1) return;
  queueMicrotask(() => {
    const [only] = votes;
    const all = votes.length === 1 && only !== undefined ? only : Buffer.concat(votes);
    votes = [];
    sendToAll(all);
  });
}

/** This process has hashed the next payload. @param {string} digest */
function onHashed(digest) {
  const number = hashed;
  hashed += 1;
  const at = placeOf(number);
  digests[at] = digest;
  vote(ECHO, number, digest);
  look(number, at);
}

/** Where a broadcast is remembered; -1 if it is not any more: nobody waits for the last ECHO. @param {number} number */
function placeOf(number) {
  const at = number % REMEMBERED;
  if ((numbers[at] ?? 0) > number) return -1;
  if (numbers[at] !== number) {
    numbers[at] = number;
    digests[at] = '';
    echoes[at] = 0;
  }
  return at;
}

/** @param {Peer} peer @param {Buffer} bytes of a vote, without its length */
function onVote(peer, bytes) {
  if (bytes[0] === READY) {
    peer.readies += 1;
    bell.notify();
    return;
  }
  const number = bytes.readUInt32BE(1);
  const at = placeOf(number);
  if (at < 0) return;
  const digest = bytes.toString('latin1', 5, 5 + DIGEST_BYTES);
  if ((echoes[at] ?? 0) > 0 && echoed[at] !== digest) throw new Error('two ECHOs differ');
  echoed[at] = digest;
  echoes[at] = (echoes[at] ?? 0) + 1;
  look(number, at);
}

/** Delivers once a payload and enough ECHOs are there. @param {number} number @param {number} at */
function look(number, at) {
  if (number >= hashed || echoes[at] !== ECHOS) return;
  if (digests[at] !== echoed[at]) throw new Error('a payload and its ECHOs differ');
  vote(READY, number, digests[at]);
  counting.got();
}

/** Cuts what comes in over one link, and hashes payloads as they come: none of it is copied but votes. */
class Reading {
  #head = Buffer.alloc(LENGTH_BYTES);
  #headFilled = 0;
  #vote = Buffer.alloc(VOTE_BYTES - LENGTH_BYTES);
  #missing = 0;
  /** @type {import('node:crypto').Hash | undefined} */
  #hash;
  #peer;

  /** @param {Peer} peer */
  constructor(peer) {
    this.#peer = peer;
  }

  /** @param {Uint8Array} bytes */
  push(bytes) {
    for (let at = 0; at < bytes.length; )
      at += this.#missing === 0 ? this.#begin(bytes, at) : this.#go(bytes, at);
  }

  /** @param {Uint8Array} bytes @param {number} at */
  #begin(bytes, at) {
    this.#head[this.#headFilled] = bytes[at] ?? 0;
    this.#headFilled += 1;
    if (this.#headFilled < LENGTH_BYTES) return 1;
    this.#headFilled = 0;
    const length = this.#head.readUInt32BE();
    this.#hash = length === VOTE ? undefined : createHash('sha256');
    this.#missing = length === VOTE ? this.#vote.length : length;
    return 1;
  }

  /** @param {Uint8Array} bytes @param {number} at */
  #go(bytes, at) {
    const taken = Math.min(this.#missing, bytes.length - at);
    const piece = bytes.subarray(at, at + taken);
    if (this.#hash === undefined) this.#vote.set(piece, this.#vote.length - this.#missing);
    else this.#hash.update(piece);
    this.#missing -= taken;
    if (this.#missing > 0) return taken;
    if (this.#hash === undefined) onVote(this.#peer, this.#vote);
    else onHashed(this.#hash.digest('binary'));
    return taken;
  }
}

/** @param {TLSSocket} socket */
function take(socket) {
  socket.setNoDelay(true);
  const peer = { socket, outstanding: 0, readies: 0 };
  const reading = new Reading(peer);
  readFrom(socket, (bytes) => reading.push(bytes));
  peers.push(peer);
  bell.notify();
}

/** Broadcasts messages of one length. A buffer is written over once all have been handed what was in it. */
class Source {
  /** @type {Buffer[]} */
  #ring;

  /** @param {number} size */
  constructor(size) {
    this.#ring = Array.from({ length: Math.ceil((2 * OUTSTANDING_BYTES_MAX) / size) + 2 }, () => {
      const bytes = Buffer.alloc(LENGTH_BYTES + Math.max(size, 4));
      bytes.writeUInt32BE(bytes.length - LENGTH_BYTES);
      return bytes;
    });
  }

  async room() {
    /** @param {Peer} peer */
    const isBehind = ({ outstanding, readies }) =>
      outstanding >= OUTSTANDING_BYTES_MAX || hashed - readies > REMEMBERED / 4;
    while (peers.some(isBehind)) await bell.wait();
  }

  broadcast() {
    const bytes = this.#ring[hashed % this.#ring.length];
    if (bytes === undefined) return;
    // No two payloads are alike.
    bytes.writeUInt32BE(hashed, LENGTH_BYTES);
    sendToAll(bytes);
    onHashed(createHash('sha256').update(bytes.subarray(LENGTH_BYTES)).digest('binary'));
  }
}

/** @param {string} keyFile @param {number} port */
async function dialOne(keyFile, port) {
  const options = { ...tlsOptions(await loadIdentity(keyFile)), host: '127.0.0.1', port, servername: '' };
  const socket = connect({ ...options, checkServerIdentity: () => undefined });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', () => resolve(undefined)).once('error', reject);
  });
  take(socket);
}

/** @type {import('./calls.mjs').Answers<FanoutCalls>} */
const answers = {
  async listen({ keyFile }) {
    const server = createServer({ ...tlsOptions(await loadIdentity(keyFile)), requestCert: true });
    server.on('secureConnection', take);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  },

  async dial({ keyFile, port, others = [] }) {
    for (const each of [port, ...others]) await dialOne(keyFile, each);
  },

  async load({ size, durationMs, bytesMax }) {
    const source = new Source(size);
    const startedMs = nowMs();
    let count = 0;
    for (; nowMs() - startedMs < durationMs && count * size < bytesMax; count += 1) {
      await source.room();
      source.broadcast();
    }
    return { startedMs, count, lastSeq: count };
  },

  async pace(pace) {
    const source = new Source(pace.size);
    return { begun: await steadily(pace, () => source.broadcast()), lastSeq: pace.count };
  },

  expect: ({ arrivals }) => counting.begin(arrivals),
  reached: (count) => counting.reached(count),
  arrivals: (count) => counting.arrivals(count),
  spent,
  stop: () => undefined,
};
serve(answers);
