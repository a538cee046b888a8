import { connect as connectPlain, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FRAME_KIND, WIRE_VERSION } from '../../src/codec/index.ts';
import type { LinksOptions } from '../../src/node/link/index.ts';
import {
  frame,
  helloOf,
  identityOf,
  makeWorld,
  openAll,
  openStation,
  rawFrame,
  type Station,
  until,
  upCount,
  Visitor,
  type World,
} from './harness.ts';

const SERVER = 1;

const messagesOfVersion = (version: number) => rawFrame(FRAME_KIND.messages, new Uint8Array(1), version);

interface Scene {
  readonly world: World;
  readonly server: Station;
  readonly visitor: Visitor;
}

/** A member with a valid key, whose link to the server is up. */
async function enterAsMember(overrides: Partial<LinksOptions> = {}): Promise<Scene> {
  const world = makeWorld({ members: 2 });
  const server = await openStation(world, SERVER, overrides);
  const visitor = await Visitor.knock(server, identityOf(world, 0));
  await visitor.enter(helloOf(world, 0));
  await until(() => server.up.length === 1);
  return { world, server, visitor };
}

/** The server still does its work for the next one who comes. */
async function expectServing({ world, server }: Scene): Promise<void> {
  const before = server.up.length;
  const next = await Visitor.knock(server, identityOf(world, 0));
  await next.enter(helloOf(world, 0));
  await until(() => server.up.length === before + 1);
  next.write(frame(Uint8Array.of(1, 2, 3)));
  await until(() => server.frames.some(({ body }) => body.length === 3));
}

describe('bytes that are no frames', () => {
  test.each([
    ['a stray byte and silence', Uint8Array.of(0), 'frame-timeout'],
    ['half a frame and silence', frame(new Uint8Array(100)).subarray(0, 50), 'frame-timeout'],
    ['an empty frame', Uint8Array.of(0, 0, 0, 0), 'empty-frame'],
    ['a frame without kind', Uint8Array.of(0, 0, 0, 1, 1), 'empty-frame'],
    ['a giant frame', Uint8Array.of(0xff, 0xff, 0xff, 0xff), 'frame-too-large'],
    ['a giant ping', Uint8Array.of(0, 1, 0, 0, 1, FRAME_KIND.ping), 'frame-too-large'],
    ['a frame of an earlier version', messagesOfVersion(WIRE_VERSION - 1), 'unknown-version'],
    ['a frame of a later version', messagesOfVersion(WIRE_VERSION + 1), 'unknown-version'],
    ['a ping of version 2', rawFrame(FRAME_KIND.ping, new Uint8Array(12), 2), 'unknown-version'],
    ['a frame of an unknown kind', rawFrame(99, new Uint8Array(1)), 'unknown-kind'],
    ['a ping that is too short', rawFrame(FRAME_KIND.ping, new Uint8Array(3)), 'malformed-frame'],
    ['a second accept', rawFrame(FRAME_KIND.accept, new Uint8Array(0)), 'out-of-order'],
    ['garbage', new Uint8Array(4096).fill(0xa5), 'frame-too-large'],
  ])('%s ends the link: counted, and nothing else happens', async (_, bytes, reason) => {
    const scene = await enterAsMember({ times: { frameMs: 200 } });
    const { server, visitor } = scene;
    visitor.write(bytes);
    await until(() => server.down.length === 1 && visitor.closed);
    expect(server.down).toMatchObject([{ peer: 0, reason }]);
    expect(server.frames).toEqual([]);
    expect(server.links.refusals.get(reason as never)).toBe(1);
    expect(visitor.heard.at(-1)).toMatchObject({ kind: 'reject', reason: 'bad-frame' });
    expect(JSON.stringify(visitor.heard.at(-1))).toContain(reason);
    await expectServing(scene);
  });

  test('a long frame is seen to be coming until it is whole, a short one is not', async () => {
    const { server, visitor } = await enterAsMember();
    const [peer] = server.links.peers();
    const coming = (): boolean => peer !== undefined && server.links.isReceiving(peer.member.id);
    const whole = frame(new Uint8Array(200_000));
    visitor.write(whole.subarray(0, 150_000));
    await until(coming);
    visitor.write(whole.subarray(150_000));
    await until(() => server.frames.length === 1);
    expect(coming()).toBe(false);
    const short = frame(new Uint8Array(10_000));
    visitor.write(Buffer.concat([short, short.subarray(0, 9_000)]));
    await until(() => server.frames.length === 2);
    expect(coming()).toBe(false);
  });

  test('frames before the link is up are not handed on', async () => {
    const world = makeWorld({ members: 2 });
    const server = await openStation(world, SERVER);
    const visitor = await Visitor.knock(server, identityOf(world, 0));
    visitor.say(helloOf(world, 0));
    visitor.write(frame(Uint8Array.of(1)));
    await until(() => visitor.closed);
    expect(server.refusals).toMatchObject([{ reason: 'out-of-order', peer: 0 }]);
    expect(server.frames).toEqual([]);
    expect(server.up).toEqual([]);
  });

  test('a giant frame before the link is up is not waited for', async () => {
    const world = makeWorld({ members: 2 });
    const server = await openStation(world, SERVER);
    const visitor = await Visitor.knock(server, identityOf(world, 0));
    visitor.write(frame(new Uint8Array(2_000)));
    await until(() => visitor.closed);
    expect(server.refusals).toMatchObject([{ reason: 'frame-too-large', peer: 0 }]);
  });
});

describe('who is slow or silent', () => {
  test('a member that says no hello is dropped at the deadline', async () => {
    const world = makeWorld({ members: 2 });
    const server = await openStation(world, SERVER, { times: { handshakeMs: 200 } });
    const visitor = await Visitor.knock(server, identityOf(world, 0));
    await until(() => visitor.closed);
    expect(server.refusals).toMatchObject([{ reason: 'timeout', peer: 0 }]);
    expect(visitor.heard).toMatchObject([{ kind: 'reject', reason: 'timeout' }]);
  });

  test('a member that says nothing for the idle time is dropped', async () => {
    const { server } = await enterAsMember({ times: { idleMs: 300 } });
    await until(() => server.down.length === 1);
    expect(server.down).toMatchObject([{ peer: 0, reason: 'idle' }]);
  });

  test('links that only ping each other stay up', async () => {
    const world = makeWorld({ members: 2 });
    const stations = await openAll(world, { times: { idleMs: 400, pingMs: 50, frameMs: 400 } });
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(stations.map(({ down }) => down)).toEqual([[], []]);
    for (const { links } of stations) expect(links.peers()[0]?.rttMs).toBeGreaterThan(0);
  });

  test('a peer that does not read is dropped once its queue is full, and the heap with it', async () => {
    const { server, visitor } = await enterAsMember({
      limits: { frameBytesMax: 20_000_000, queuedBytesMax: 4_000_000 },
    });
    visitor.socket.pause();
    const chunk = frame(new Uint8Array(1_000_000));
    let taken = 0;
    while (server.links.send(server.up[0] ?? server.id, chunk)) {
      taken += 1;
      expect(server.links.queuedBytes(server.up[0] ?? server.id)).toBeLessThanOrEqual(4_000_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken).toBeGreaterThan(2);
    // Callbacks never run inside `send`.
    expect(server.down).toEqual([]);
    expect(server.links.peers()[0]?.connected).toBe(false);
    await until(() => server.down.length === 1);
    expect(server.down).toMatchObject([{ peer: 0, reason: 'queue-overflow' }]);
    expect(server.links.queuedBytes(server.up[0] ?? server.id)).toBe(0);
    await until(() => server.links.peers()[0]?.connected === false);
  });
});

describe('crowds', () => {
  const crowd: Socket[] = [];
  afterEach(() => {
    for (const socket of crowd.splice(0)) socket.destroy();
  });

  async function flood(server: Station, count: number, first?: Uint8Array): Promise<void> {
    const { port } = server.links.address;
    for (let i = 0; i < count; i += 1) {
      const socket = connectPlain({ host: '127.0.0.1', port });
      socket.on('error', () => undefined);
      if (first !== undefined) socket.write(first);
      crowd.push(socket);
    }
    await until(() => crowd.every(({ connecting }) => !connecting));
  }

  test('200 strangers who say nothing do not keep a member out, and few of them are kept', async () => {
    const world = makeWorld({ members: 2 });
    const server = await openStation(world, SERVER, { times: { handshakeMs: 60_000 } });
    await flood(server, 200);
    const client = await openStation(world, 0);
    await until(() => upCount(client.links) === 1 && upCount(server.links) === 1, 2_000);
    expect(client.down).toEqual([]);
    await flood(server, 50);
    await until(() => crowd.filter(({ destroyed }) => !destroyed).length <= 16);
    expect(server.links.refusals.get('too-many-connections')).toBeGreaterThan(180);
    expect(upCount(server.links)).toBe(1);
  });

  test('nor do 200 who begin a handshake and stop', async () => {
    const world = makeWorld({ members: 2 });
    const server = await openStation(world, SERVER, { times: { handshakeMs: 60_000 } });
    // The header of a TLS record of 512 bytes that never come.
    await flood(server, 200, Uint8Array.of(0x16, 3, 1, 2, 0, 1));
    const client = await openStation(world, 0);
    await until(() => upCount(client.links) === 1 && upCount(server.links) === 1, 2_000);
    await flood(server, 200, Uint8Array.of(0x16, 3, 1, 2, 0, 1));
    expect([client.down, server.down]).toEqual([[], []]);
  });

  test('those who never finish a handshake are dropped at the deadline', async () => {
    const world = makeWorld({ members: 2 });
    const server = await openStation(world, SERVER, { times: { handshakeMs: 200 } });
    await flood(server, 5);
    await until(() => crowd.every(({ destroyed }) => destroyed));
    expect(server.links.refusals.get('timeout')).toBe(5);
  });

  test('of two links of one member the newest wins', async () => {
    const { world, server, visitor } = await enterAsMember();
    const newest = await Visitor.knock(server, identityOf(world, 0));
    expect(upCount(server.links)).toBe(1);
    await newest.enter(helloOf(world, 0));
    await until(() => server.up.length === 2 && visitor.closed);
    expect(server.down).toMatchObject([{ peer: 0, reason: 'replaced' }]);
    expect(visitor.heard.at(-1)).toMatchObject({ kind: 'reject', reason: 'replaced' });
    newest.write(frame(Uint8Array.of(5)));
    await until(() => server.frames.length === 1);
    expect(server.links.peers()[0]).toMatchObject({ connected: true, reconnects: 1 });
  });

  test("a stranger's connection does not replace a member's", async () => {
    const { server, visitor } = await enterAsMember();
    const stranger = await Visitor.knock(server, undefined);
    await until(() => stranger.closed);
    expect(server.down).toEqual([]);
    expect(visitor.closed).toBe(false);
  });

  test('a member that knocks many times at once has one place', async () => {
    const world = makeWorld({ members: 2 });
    const server = await openStation(world, SERVER);
    const visitors = await Promise.all(
      Array.from({ length: 10 }, () => Visitor.knock(server, identityOf(world, 0))),
    );
    await until(() => visitors.filter(({ closed }) => closed).length === 9);
    expect(server.links.refusals.get('replaced')).toBe(9);
  });
});
