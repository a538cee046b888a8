import { once } from 'node:events';
import { createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type ClusterDefinition,
  createNode,
  generateIdentity,
  type Identity,
  initCluster,
  makeCard,
  type PeerProbe,
  probePeer,
  signCluster,
} from '../../src/node/index.ts';
import { tlsOptions } from '../../src/node/link/tls.ts';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const acme = generateIdentity('acme');
const globex = generateIdentity('globex');
const outsider = generateIdentity('outsider');

/** A cluster of two, signed by both; acme is the one that dials. */
function clusterAt(
  port: number,
  { epoch = 1, payloadBytes = 1_000, host = '127.0.0.1' } = {},
): ClusterDefinition {
  const cards = [makeCard(acme, ['127.0.0.1:1']), makeCard(globex, [`${host}:${port}`])];
  const definition = initCluster(cards, { name: 'pair', epoch, limits: { payloadBytes } });
  return signCluster(signCluster(definition, acme), globex);
}

function probe(cluster: ClusterDefinition, from: Identity = acme): Promise<PeerProbe> {
  const self = cluster.committee.member(from === acme ? 0 : 1);
  const peer = cluster.committee.member(from === acme ? 1 : 0);
  const address = cluster.member(peer).addresses[0] ?? '';
  return probePeer({ cluster, identity: from, self, peer, address, timeoutMs: 2_000 });
}

/** The port of a server that is closed after the test. */
async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Globex's real node, with the definition it was given. Returns its port. */
async function globexNode(cluster: ClusterDefinition): Promise<number> {
  const node = await createNode({ cluster, identity: globex, listen: '127.0.0.1:0', dataDir: false });
  ends.push(() => node.close());
  return Number(node.address.split(':').at(-1));
}

describe('a peer that is there', () => {
  test('with the same cluster: ok, and it has not taken the probe for a member', async () => {
    // The port in the definition belongs to its digest: find one, then listen on it.
    const spare = createPlainServer();
    const port = await portOf(spare);
    await new Promise((resolve) => spare.close(resolve));
    const cluster = clusterAt(port);
    const node = await createNode({ cluster, identity: globex, dataDir: false });
    ends.push(() => node.close());
    expect(await probe(cluster)).toMatchObject({ outcome: 'ok', connectMs: expect.any(Number) });
    expect(node.peers()).toMatchObject([{ name: 'acme', connected: false }]);
  });

  test('with another cluster: it says which', async () => {
    const theirs = clusterAt(9, { payloadBytes: 2_000 });
    const port = await globexNode(theirs);
    expect(await probe(clusterAt(port))).toMatchObject({
      outcome: 'wrong-cluster',
      detail: expect.stringContaining(`it has cluster ${theirs.shortDigest}`),
    });
  });

  test('in another epoch', async () => {
    const port = await globexNode(clusterAt(9, { epoch: 2 }));
    expect(await probe(clusterAt(port))).toMatchObject({
      outcome: 'wrong-epoch',
      detail: 'acme is in epoch 1, globex in 2',
    });
  });

  test('that does not know this member', async () => {
    const cards = [makeCard(globex, ['127.0.0.1:1'])];
    const port = await globexNode(signCluster(initCluster(cards, { name: 'alone' }), globex));
    expect(await probe(clusterAt(port))).toMatchObject({
      outcome: 'wrong-cluster',
      detail: 'it does not know the key of this member',
    });
  });

  test('that is the one to dial: there, but silent about its cluster', async () => {
    const node = await createNode({
      cluster: clusterAt(9),
      identity: acme,
      listen: '127.0.0.1:0',
      dataDir: false,
    });
    ends.push(() => node.close());
    const port = Number(node.address.split(':').at(-1));
    const cards = [makeCard(acme, [`127.0.0.1:${port}`]), makeCard(globex, ['127.0.0.1:1'])];
    const cluster = signCluster(signCluster(initCluster(cards, { name: 'pair' }), acme), globex);
    expect(await probe(cluster, globex)).toMatchObject({ outcome: 'unsure', connectMs: expect.any(Number) });
  });
});

describe('a peer that is not there', () => {
  test('nobody listens', async () => {
    const server = createPlainServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    expect(await probe(clusterAt(port))).toMatchObject({
      outcome: 'connection-refused',
      connectMs: undefined,
    });
  });

  test('nobody has the name', async () => {
    const cluster = clusterAt(7400, { host: 'quorumcast.invalid' });
    expect(await probe(cluster)).toMatchObject({ outcome: 'name-not-found', connectMs: undefined });
  });

  test('somebody listens and says nothing', async () => {
    const port = await portOf(createPlainServer());
    expect(await probe(clusterAt(port))).toMatchObject({ outcome: 'timeout', connectMs: undefined });
  });

  test('another program has the port', async () => {
    const port = await portOf(createPlainServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n')));
    const { outcome } = await probe(clusterAt(port));
    expect(outcome).toBe('tls-failed');
  });

  test.each([
    ['a stranger', outsider, 'not-a-member'],
    ['this member itself', acme, 'own-identity'],
  ])('%s has its address', async (_who, identity, outcome) => {
    const server = createTlsServer({ ...tlsOptions(identity), requestCert: true });
    server.on('tlsClientError', () => undefined);
    server.on('secureConnection', (socket) => socket.on('error', () => undefined));
    expect(await probe(clusterAt(await portOf(server)))).toMatchObject({ outcome });
  });

  test('something with its key that speaks another protocol', async () => {
    const server = createTlsServer({ ...tlsOptions(globex), requestCert: true }, (socket) => {
      socket.on('error', () => undefined);
      socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    expect(await probe(clusterAt(await portOf(server)))).toMatchObject({ outcome: 'bad-frame' });
  });
});
