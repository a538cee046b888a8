import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterEach, expect } from 'vitest';
import {
  decodeHandshake,
  encodeHandshake,
  FRAME_HEADER_BYTES,
  FRAME_KIND,
  type HandshakeMessage,
  type Hello,
  versionOf,
  WIRE_VERSION,
} from '../../src/codec/index.ts';
import type { NodeId } from '../../src/committee/index.ts';
import { type ClusterDefinition, initCluster, signCluster } from '../../src/node/cluster/index.ts';
import { generateIdentity, type Identity, makeCard } from '../../src/node/identity/index.ts';
import { Links, type LinksOptions, type Refusal } from '../../src/node/link/index.ts';

export const NAMES = ['acme', 'globex', 'initech', 'umbrella'];

/** Members with keys, and the cluster they signed. */
export interface World {
  readonly cluster: ClusterDefinition;
  readonly identities: readonly Identity[];
  /** Real addresses by name, filled as links open. */
  readonly addresses: Map<string, readonly string[]>;
}

export function makeWorld(
  options: { members?: number; name?: string; epoch?: number; of?: World } = {},
): World {
  const names = NAMES.slice(0, options.members ?? 4);
  const identities = options.of?.identities ?? names.map((name) => generateIdentity(name));
  const cards = identities.map((identity, index) => makeCard(identity, [`127.0.0.1:${7400 + index}`]));
  let cluster = initCluster(cards, { name: options.name ?? 'test', epoch: options.epoch ?? 1 });
  for (const identity of identities) cluster = signCluster(cluster, identity);
  return { cluster, identities, addresses: new Map() };
}

/** One member's links with all that they reported. */
export interface Station {
  readonly links: Links;
  readonly id: NodeId;
  readonly up: NodeId[];
  readonly down: { peer: NodeId; reason: string; detail: string }[];
  readonly frames: { from: NodeId; body: Uint8Array }[];
  readonly refusals: Refusal[];
  drains: number;
}

/** Times short enough for tests and long enough for a busy machine. */
const TIMES = { backoffMinMs: 10, backoffMaxMs: 50, pingMs: 50, lingerMs: 200 };

const open: Links[] = [];
const sockets: TLSSocket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(open.splice(0).map((links) => links.close(200)));
});

/** Opens the links of one member; they are closed after the test. */
export async function openStation(
  world: World,
  index: number,
  overrides: Partial<LinksOptions> = {},
): Promise<Station> {
  const identity = world.identities[index];
  const member = world.cluster.members[index];
  if (identity === undefined || member === undefined) throw new Error(`no member ${index}`);
  const station = {
    id: member.id,
    up: [],
    down: [],
    frames: [],
    refusals: [],
    drains: 0,
  } as unknown as Station;
  const links = await Links.open({
    cluster: world.cluster,
    identity,
    listen: { host: '127.0.0.1', port: 0 },
    claim: () => ({ logId: new Uint8Array(16).fill(index + 1), position: 7 }),
    admit: () => 'ok',
    onUp: (peer) => station.up.push(peer),
    onDown: (peer, reason, detail) => station.down.push({ peer, reason, detail }),
    onFrame: (from, body) => station.frames.push({ from, body }),
    onRefused: (refusal) => station.refusals.push(refusal),
    onDrain: () => {
      station.drains += 1;
    },
    addressOverrides: world.addresses,
    ...overrides,
    limits: { frameBytesMax: 20_000_000, ...overrides.limits },
    times: { ...TIMES, ...overrides.times },
  });
  open.push(links);
  Object.assign(station, { links });
  world.addresses.set(member.name, [`127.0.0.1:${links.address.port}`]);
  return station;
}

/** Opens the links of all members, the higher numbers first so that those who dial find somebody. */
export async function openAll(world: World, overrides: Partial<LinksOptions> = {}): Promise<Station[]> {
  const stations: Station[] = [];
  for (let index = world.identities.length - 1; index >= 0; index -= 1) {
    stations.unshift(await openStation(world, index, overrides));
  }
  const peers = world.identities.length - 1;
  await until(() => stations.every(({ links }) => upCount(links) === peers));
  return stations;
}

export function upCount(links: Links): number {
  return links.peers().filter(({ connected }) => connected).length;
}

/** Polls until a condition holds; the test fails after ten seconds. */
export async function until(condition: () => boolean, limitMs = 10_000): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > limitMs) expect.fail(`not within ${limitMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A complete `messages` frame around these bytes. */
export function frame(body: Uint8Array): Uint8Array {
  return rawFrame(FRAME_KIND.messages, body);
}

/** A complete frame of any kind and version. */
export function rawFrame(kind: number, body: Uint8Array, version: number = versionOf(kind)): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  new DataView(bytes.buffer).setUint32(0, body.length + 2);
  bytes[4] = version;
  bytes[5] = kind;
  bytes.set(body, FRAME_HEADER_BYTES);
  return bytes;
}

/** Somebody at the door who speaks TLS and writes what the test wants. */
export class Visitor {
  readonly socket: TLSSocket;
  #received: Buffer = Buffer.alloc(0);
  closed = false;

  constructor(socket: TLSSocket) {
    this.socket = socket;
    sockets.push(socket);
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  /** Connects to a station, with the key of an identity or with none. */
  static async knock(
    station: Station,
    identity: Identity | undefined,
    options: ConnectionOptions = {},
  ): Promise<Visitor> {
    const socket = connect({
      host: '127.0.0.1',
      port: station.links.address.port,
      ...(identity?.tlsCredentials() ?? {}),
      rejectUnauthorized: false,
      ALPNProtocols: ['quorumcast/1'],
      minVersion: 'TLSv1.3',
      ...options,
    });
    const visitor = new Visitor(socket);
    await once(socket, 'secureConnect');
    return visitor;
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  say(message: HandshakeMessage): void {
    this.write(encodeHandshake(message));
  }

  /** The complete frames of the handshake received so far. */
  get heard(): HandshakeMessage[] {
    const messages: HandshakeMessage[] = [];
    for (let at = 0; at + FRAME_HEADER_BYTES <= this.#received.length; ) {
      const length = this.#received.readUInt32BE(at);
      const body = this.#received.subarray(at + FRAME_HEADER_BYTES, at + 4 + length);
      const decoded = decodeHandshake(this.#received[at + 5] ?? 0, new Uint8Array(body));
      if (decoded.ok) messages.push(decoded.value);
      at += 4 + length;
    }
    return messages;
  }

  /** Hello, and accept once the other side has answered. */
  async enter(hello: Hello): Promise<void> {
    this.say(hello);
    await until(() => this.heard.some(({ kind }) => kind === 'hello'));
    this.say({ kind: 'accept' });
  }
}

/** The hello that a member would say. */
export function helloOf(world: World, index: number, changes: Partial<Hello> = {}): Hello {
  return {
    kind: 'hello',
    versionMin: WIRE_VERSION,
    versionMax: WIRE_VERSION,
    clusterDigest: world.cluster.digest,
    epoch: world.cluster.epoch,
    member: index,
    logId: new Uint8Array(16).fill(index + 1),
    position: 7,
    ...changes,
  };
}

export function identityOf(world: World, index: number): Identity {
  const identity = world.identities[index];
  if (identity === undefined) throw new Error(`no member ${index}`);
  return identity;
}
