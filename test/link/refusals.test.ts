import { once } from 'node:events';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { FRAME_KIND, type Hello, type RejectReason, WIRE_VERSION } from '../../src/codec/index.ts';
import { generateIdentity } from '../../src/node/identity/index.ts';
import type { LinksOptions } from '../../src/node/link/index.ts';
import {
  helloOf,
  identityOf,
  makeWorld,
  openStation,
  rawFrame,
  type Station,
  until,
  upCount,
  Visitor,
  type World,
} from './harness.ts';

/** The station under test has the highest number: everybody dials it. */
const SERVER = 3;

async function openServer(overrides: Partial<LinksOptions> = {}): Promise<{ world: World; server: Station }> {
  const world = makeWorld();
  return { world, server: await openStation(world, SERVER, overrides) };
}

async function expectRefused(server: Station, visitor: Visitor, reason: RejectReason): Promise<void> {
  await until(() => visitor.closed);
  expect(visitor.heard).toMatchObject([{ kind: 'reject', reason }]);
  expect(server.refusals).toMatchObject([{ direction: 'inbound', reason, byPeer: false }]);
  expect([...server.links.refusals]).toEqual([[reason, 1]]);
  expect(server.up).toEqual([]);
}

describe('who is refused at the door', () => {
  test('a client without a certificate', async () => {
    const { server } = await openServer();
    const visitor = await Visitor.knock(server, undefined);
    await expectRefused(server, visitor, 'no-certificate');
  });

  test("a stranger's key, even with a member's name and hello", async () => {
    const { world, server } = await openServer();
    const visitor = await Visitor.knock(server, generateIdentity('acme'));
    visitor.say(helloOf(world, 0));
    await expectRefused(server, visitor, 'not-a-member');
  });

  test('the own key in another process', async () => {
    const { world, server } = await openServer();
    const visitor = await Visitor.knock(server, identityOf(world, SERVER));
    await expectRefused(server, visitor, 'own-identity');
  });

  test('a member of higher number, which has to wait to be dialled', async () => {
    const world = makeWorld();
    const server = await openStation(world, 2, { addressOverrides: new Map([['umbrella', []]]) });
    const visitor = await Visitor.knock(server, identityOf(world, 3));
    await expectRefused(server, visitor, 'wrong-direction');
  });

  test('TLS 1.2', async () => {
    const { world, server } = await openServer();
    const { port } = server.links.address;
    const socket = connect({
      ...identityOf(world, 0).tlsCredentials(),
      host: '127.0.0.1',
      port,
      rejectUnauthorized: false,
      ALPNProtocols: ['quorumcast/1'],
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
    });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/protocol version/i);
    await until(() => server.refusals.length === 1);
    expect(server.refusals).toMatchObject([{ reason: 'tls-version' }]);
  });

  test('another protocol over TLS', async () => {
    const { world, server } = await openServer();
    await expect(
      Visitor.knock(server, identityOf(world, 0), { ALPNProtocols: ['http/1.1'] }),
    ).rejects.toThrow(/application protocol/i);
    await until(() => server.refusals.length === 1);
    expect(server.refusals).toMatchObject([{ reason: 'tls-failed' }]);
    const silent = await Visitor.knock(server, identityOf(world, 0), { ALPNProtocols: [] });
    await until(() => silent.closed);
    expect(silent.heard).toMatchObject([{ kind: 'reject', reason: 'wrong-version' }]);
  });

  test('no TLS at all', async () => {
    const { server } = await openServer();
    const socket = connectPlain({ host: '127.0.0.1', port: server.links.address.port });
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'close');
    await until(() => server.refusals.length === 1);
    expect(server.refusals).toMatchObject([{ reason: 'tls-failed' }]);
  });

  test('a session is never resumed', async () => {
    const { world, server } = await openServer();
    const first = await Visitor.knock(server, identityOf(world, 0));
    let session: Buffer | undefined;
    first.socket.on('session', (ticket) => {
      session = ticket;
    });
    await first.enter(helloOf(world, 0));
    await until(() => server.up.length === 1);
    session ??= first.socket.getSession();
    if (session === undefined) throw new Error('this test needs a session to come back with');
    const second = await Visitor.knock(server, identityOf(world, 0), { session });
    expect(second.socket.isSessionReused()).toBe(false);
    // A stranger cannot ride on it either.
    const thief = await Visitor.knock(server, undefined, { session });
    expect(thief.socket.isSessionReused()).toBe(false);
    await until(() => thief.closed);
    expect(thief.heard).toMatchObject([{ kind: 'reject', reason: 'no-certificate' }]);
  });
});

describe('which hello is refused', () => {
  const otherWorld = makeWorld({ name: 'other' });
  const cases: readonly [string, RejectReason, (world: World) => Partial<Hello>][] = [
    ["another member's", 'wrong-member', () => ({ member: 1 })],
    ['one of nobody', 'wrong-member', () => ({ member: 4 })],
    ["another cluster's", 'wrong-cluster', () => ({ clusterDigest: otherWorld.cluster.digest })],
    ["another epoch's", 'wrong-epoch', () => ({ epoch: 2 })],
    ['one in a later version only', 'wrong-version', () => ({ versionMin: WIRE_VERSION + 1, versionMax: 9 })],
    [
      'one in an earlier version only',
      'wrong-version',
      () => ({ versionMin: 1, versionMax: WIRE_VERSION - 1 }),
    ],
  ];
  test.each(cases)('%s: %s', async (_, reason, changes) => {
    const { world, server } = await openServer();
    const visitor = await Visitor.knock(server, identityOf(world, 0));
    visitor.say(helloOf(world, 0, changes(world)));
    await expectRefused(server, visitor, reason);
    expect(server.refusals[0]?.peer).toBe(0);
  });

  test('a version range that includes ours is accepted', async () => {
    const { world, server } = await openServer();
    const visitor = await Visitor.knock(server, identityOf(world, 0));
    await visitor.enter(helloOf(world, 0, { versionMax: 7 }));
    await until(() => server.up.length === 1);
  });

  test.each(['state-lost', 'state-rolled-back'] as const)('a member that is %s', async (verdict) => {
    const asked: unknown[] = [];
    const { world, server } = await openServer({
      admit: (peer, logId, position) => {
        asked.push([peer, logId[0], position]);
        return verdict;
      },
    });
    const visitor = await Visitor.knock(server, identityOf(world, 0));
    visitor.say(helloOf(world, 0, { position: 41 }));
    await expectRefused(server, visitor, verdict);
    expect(asked).toEqual([[0, 1, 41]]);
  });

  test('a ping that goes back behind what is remembered ends the link', async () => {
    const { world, server } = await openServer({
      admit: (_peer, _logId, position) => (position < 7 ? 'state-rolled-back' : 'ok'),
    });
    const visitor = await Visitor.knock(server, identityOf(world, 0));
    await visitor.enter(helloOf(world, 0));
    await until(() => server.up.length === 1);
    visitor.say({ kind: 'ping', nonce: 1, position: 6 });
    await until(() => server.down.length === 1);
    expect(server.down).toMatchObject([{ peer: 0, reason: 'state-rolled-back' }]);
    await until(() => visitor.closed);
    expect(visitor.heard.at(-1)).toMatchObject({ kind: 'reject', reason: 'state-rolled-back' });
  });

  test('bytes that are no hello', async () => {
    const { world, server } = await openServer();
    const visitor = await Visitor.knock(server, identityOf(world, 0));
    visitor.write(rawFrame(FRAME_KIND.hello, new Uint8Array(66)));
    await expectRefused(server, visitor, 'bad-hello');
  });
});

describe('what the one who is refused learns', () => {
  test('both short digests of differing clusters, on both sides', async () => {
    const world = makeWorld({ members: 2 });
    const other = makeWorld({ of: world, name: 'other' });
    const server = await openStation(world, 1);
    const client = await openStation({ ...other, addresses: world.addresses }, 0);
    await until(() => client.refusals.length > 0 && server.refusals.length > 0);
    const [told] = client.refusals;
    expect(told).toMatchObject({ direction: 'outbound', peer: 1, reason: 'wrong-cluster', byPeer: true });
    expect(told?.detail).toContain(world.cluster.shortDigest);
    expect(told?.detail).toContain(other.cluster.shortDigest);
    expect(client.links.peers()[0]?.lastFailure).toMatchObject({ reason: 'wrong-cluster', byPeer: true });
    expect(upCount(client.links) + upCount(server.links)).toBe(0);
  });

  test.each([
    ['not-a-member', (_: World) => generateIdentity('globex')],
    ['wrong-member', (world: World) => identityOf(world, 2)],
    ['own-identity', (world: World) => identityOf(world, 0)],
  ] as const)('%s answers at the address: nothing is said to it', async (reason, impostorOf) => {
    const world = makeWorld({ members: 3 });
    let heard = 0;
    const impostor = createServer(
      {
        ...impostorOf(world).tlsCredentials(),
        requestCert: true,
        rejectUnauthorized: false,
        ALPNProtocols: ['quorumcast/1'],
      },
      (socket) => socket.on('data', (chunk) => (heard += chunk.length)).on('error', () => undefined),
    );
    impostor.listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    const { port } = impostor.address() as AddressInfo;
    const client = await openStation(world, 0, {
      addressOverrides: new Map([
        ['globex', [`127.0.0.1:${port}`]],
        ['initech', []],
      ]),
    });
    await until(() => client.refusals.length > 1);
    await client.links.close();
    impostor.close();
    expect(client.refusals[0]).toMatchObject({ direction: 'outbound', peer: 1, reason, byPeer: false });
    expect(client.up).toEqual([]);
    expect(heard).toBe(0);
  });
});
