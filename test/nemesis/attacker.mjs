// Somebody at the doors of members, in a process of its own: floods what it is told for as long as it is told.
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import {
  decodeHandshake,
  encodeHandshake,
  FRAME_HEADER_BYTES,
  WIRE_VERSION,
} from '../../dist/codec/index.js';
import { loadClusterDefinition, loadIdentity } from '../../dist/node/index.js';
import { MEMBER_ATTACKS, PAUSE_MS, STRANGER_ATTACKS } from './attacks.mjs';

/** @import { TLSSocket } from 'node:tls' */
/** @import { AttackOrder, AttackReport } from './types.ts' */

/** What has not left yet, at which an attacker waits for the other side to read. */
const UNSENT_BYTES = 4_194_304;
/** Strangers' connections open at the same time, as far as they are let. */
const CROWD = 2_000;
const RETRY_MS = 20;
/** How long a handshake may take before it is tried anew. */
const ENTER_MS = 5_000;

/** @param {AttackOrder} order @returns {Promise<AttackReport>} */
async function attack(order) {
  const report = { connections: 0, sentBytes: 0, turns: 0 };
  const untilMs = performance.now() + order.ms;
  const over = () => performance.now() >= untilMs;
  if (order.keyFile === undefined)
    await Promise.all(order.ports.map((port) => crowd(port, order.attack, over, report)));
  else await Promise.all(order.ports.map((port) => flood(port, order, over, report)));
  return report;
}

/** Over links with a valid key, made anew whenever they break. @param {number} port @param {AttackOrder} order @param {() => boolean} over @param {AttackReport} report */
async function flood(port, order, over, report) {
  const cluster = await loadClusterDefinition(order.clusterFile);
  const identity = await loadIdentity(order.keyFile ?? '');
  const self = cluster.memberNamed(identity.name)?.id;
  const next = MEMBER_ATTACKS[order.attack];
  if (self === undefined || next === undefined) throw new Error(`no attack "${order.attack}"`);
  const bases = cluster.committee.ids.map(() => 1);
  while (!over()) {
    const socket = await enter(port, identity, {
      ...{ kind: 'hello', versionMin: WIRE_VERSION, versionMax: WIRE_VERSION, clusterDigest: cluster.digest },
      ...{ epoch: cluster.epoch, member: self, logId: new Uint8Array(16).fill(7), position: 1 },
    });
    if (socket === undefined) {
      await pause(RETRY_MS);
      continue;
    }
    report.connections += 1;
    for (let turn = 0; !over() && !socket.destroyed; turn += 1) {
      const bytes = next({ cluster, self, bases }, turn);
      socket.write(bytes);
      report.sentBytes += bytes.length;
      report.turns += 1;
      const waitMs = PAUSE_MS[order.attack] ?? 0;
      if (waitMs > 0) await pause(waitMs);
      else await pause(0);
      while (socket.writableLength > UNSENT_BYTES && !socket.destroyed && !over()) await pause(5);
    }
    socket.destroy();
    await pause(RETRY_MS);
  }
}

/**
 * A link that is up, or undefined if it was refused. The answers are not read: that is one more thing to bear.
 * @param {number} port @param {import('../../dist/node/index.js').Identity} identity
 * @param {import('../../dist/codec/index.js').Hello} hello @returns {Promise<TLSSocket | undefined>}
 */
async function enter(port, identity, hello) {
  const socket = connect({
    ...{ host: '127.0.0.1', port, ...identity.tlsCredentials() },
    ...{ rejectUnauthorized: false, ALPNProtocols: ['quorumcast/1'], minVersion: 'TLSv1.3' },
  });
  socket.on('error', () => undefined);
  const timer = setTimeout(() => socket.destroy(), ENTER_MS);
  let heard = Buffer.alloc(0);
  const accepted = new Promise((resolve) => {
    socket.on('data', (/** @type {Buffer} */ chunk) => {
      heard = Buffer.concat([heard, chunk]).subarray(-4_096);
      const decoded = decodeHandshake(
        heard[5] ?? 0,
        new Uint8Array(heard.subarray(FRAME_HEADER_BYTES, 4 + length(heard))),
      );
      if (decoded.ok && decoded.value.kind === 'hello') resolve(true);
    });
    socket.once('close', () => resolve(false));
  });
  socket.once('secureConnect', () => socket.write(encodeHandshake(hello)));
  const up = await accepted;
  clearTimeout(timer);
  socket.removeAllListeners('data');
  if (up !== true) return undefined;
  socket.write(encodeHandshake({ kind: 'accept' }));
  // Reads, and forgets.
  socket.resume();
  return socket;
}

/** @param {Buffer} bytes */
function length(bytes) {
  return bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
}

/** Connections without a key, again and again. @param {number} port @param {string} name @param {() => boolean} over @param {AttackReport} report */
async function crowd(port, name, over, report) {
  const first = STRANGER_ATTACKS[name];
  if (first === undefined) throw new Error(`no attack "${name}"`);
  /** @type {Set<import('node:net').Socket>} */
  const open = new Set();
  while (!over()) {
    for (let i = 0; i < 20 && open.size < CROWD; i += 1) {
      const socket = connectPlain({ host: '127.0.0.1', port });
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => open.delete(socket));
      socket.once('connect', () => {
        report.connections += 1;
        report.sentBytes += first.length;
        if (first.length > 0) socket.write(first);
      });
    }
    report.turns += 1;
    await pause(10);
  }
  for (const socket of open) socket.destroy();
}

process.on('message', (order) => {
  attack(/** @type {AttackOrder} */ (order)).then(
    (report) => process.send?.({ report }),
    (error) => process.send?.({ error: String(error) }),
  );
});
await once(process, 'disconnect');
process.exit();
