import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { frame, makeWorld, openAll, openStation, type Station, until, upCount } from './harness.ts';

function pair(stations: readonly Station[]): [Station, Station] {
  const [a, b] = stations;
  if (a === undefined || b === undefined) throw new Error('two stations are needed');
  return [a, b];
}

describe('links', () => {
  test('four members are all linked, and frames go both ways', async () => {
    const stations = await openAll(makeWorld());
    for (const from of stations) {
      for (const to of stations) {
        if (from !== to) expect(from.links.send(to.id, frame(Uint8Array.of(from.id, to.id)))).toBe(true);
      }
    }
    await until(() => stations.every(({ frames }) => frames.length === 3));
    for (const { id, frames } of stations) {
      expect(frames.map(({ from, body }) => [from, [...body]])).toEqual(
        expect.arrayContaining(
          stations.filter((other) => other.id !== id).map((other) => [other.id, [other.id, id]]),
        ),
      );
    }
    expect(stations.flatMap(({ refusals }) => refusals)).toEqual([]);
  });

  test('frames of all sizes arrive whole, in order, in arrays of their own', async () => {
    const stations = await openAll(makeWorld({ members: 2 }));
    const [a, b] = pair(stations);
    const sizes = [0, 1, 100, 16_384, 65_536, 262_143, 262_144, 262_145, 1_000_000, 5_000_000, 3];
    const sent = sizes.map((size) => new Uint8Array(randomBytes(size)));
    for (const body of sent) {
      expect(a.links.send(b.id, frame(body))).toBe(true);
      expect(b.links.send(a.id, frame(body))).toBe(true);
    }
    await until(() => a.frames.length === sizes.length && b.frames.length === sizes.length);
    for (const { frames } of stations) {
      expect(frames.map(({ body }, index) => Buffer.compare(body, sent[index] ?? body))).toEqual(
        sizes.map(() => 0),
      );
      for (const { body } of frames) expect(body.buffer.byteLength).toBe(body.length);
    }
  });

  test('the lower number dials, and a member that comes back is found again', async () => {
    const world = makeWorld({ members: 2 });
    const b = await openStation(world, 1);
    const a = await openStation(world, 0);
    await until(() => upCount(a.links) === 1 && upCount(b.links) === 1);
    const { port } = b.links.address;
    await b.links.close();
    await until(() => a.down.length === 1);
    expect(a.down[0]).toMatchObject({ peer: 1, reason: 'shutting-down' });
    await until(() => a.links.peers()[0]?.lastFailure?.reason === 'connection-refused');
    const again = await openStation(world, 1, { listen: { host: '127.0.0.1', port } });
    await until(() => upCount(a.links) === 1 && upCount(again.links) === 1);
    expect(a.up).toEqual([1, 1]);
    expect(a.links.peers()[0]).toMatchObject({ connected: true, reconnects: 1 });
    expect(a.links.send(again.id, frame(Uint8Array.of(9)))).toBe(true);
    await until(() => again.frames.length === 1);
  });

  test('while paused nothing is read, and nobody is blamed for it', async () => {
    const world = makeWorld({ members: 2 });
    const [a, b] = pair(await openAll(world, { times: { idleMs: 300, frameMs: 300 } }));
    b.links.pause(a.id, true);
    for (let i = 0; i < 100; i += 1) a.links.send(b.id, frame(new Uint8Array(100_000)));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(b.frames.length).toBeLessThan(50);
    expect(a.links.queuedBytes(b.id)).toBeGreaterThan(0);
    b.links.pause(a.id, false);
    await until(() => b.frames.length === 100);
    expect([a.down, b.down]).toEqual([[], []]);
    await until(() => a.drains === 1);
  });

  test('a peer that is dropped is told, hands nothing more on, and comes back', async () => {
    const [a, b] = pair(await openAll(makeWorld({ members: 2 })));
    b.links.drop(a.id, 'a vote of nobody');
    expect(b.down).toEqual([]);
    expect(b.links.send(a.id, frame(Uint8Array.of(1)))).toBe(false);
    await until(() => b.down.length === 1 && a.down.length === 1);
    expect(b.down).toMatchObject([{ reason: 'malformed-frame', detail: 'a vote of nobody' }]);
    expect(a.down).toMatchObject([{ reason: 'bad-frame', detail: 'malformed-frame: a vote of nobody' }]);
    await until(() => upCount(a.links) === 1 && upCount(b.links) === 1);
  });

  test('close lets what is queued leave, ends by its deadline, and calls nobody afterwards', async () => {
    const [a, b] = pair(await openAll(makeWorld({ members: 2 })));
    for (let i = 0; i < 20; i += 1) a.links.send(b.id, frame(new Uint8Array(200_000)));
    await a.links.close(5_000);
    expect(a.down).toEqual([]);
    await until(() => b.down.length === 1);
    expect(b.frames.length).toBe(20);
    expect(b.down).toMatchObject([{ reason: 'shutting-down' }]);
    b.links.pause(a.id, true);
    const start = performance.now();
    await Promise.all([b.links.close(300), b.links.close(300)]);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  test('the second address is tried when the first does not answer', async () => {
    const world = makeWorld({ members: 2 });
    const b = await openStation(world, 1);
    const dead = '127.0.0.1:1';
    const addressOverrides = new Map([['globex', [dead, ...(world.addresses.get('globex') ?? [])]]]);
    const a = await openStation(world, 0, { addressOverrides });
    await until(() => upCount(a.links) === 1 && upCount(b.links) === 1);
    expect(a.links.peers()[0]?.lastFailure).toMatchObject({ reason: 'connection-refused', byPeer: false });
    expect(b.up).toEqual([0]);
  });

  test('a busy port is named, with a free one', async () => {
    const world = makeWorld({ members: 2 });
    const b = await openStation(world, 1);
    const { port } = b.links.address;
    await expect(openStation(world, 0, { listen: { host: '127.0.0.1', port } })).rejects.toMatchObject({
      code: 'ERR_ADDRESS_IN_USE',
      message: `port ${port} on 127.0.0.1 is in use`,
      hint: expect.stringMatching(/port \d+ is free|choose another/),
    });
    await expect(openStation(world, 0, { listen: { host: '192.0.2.1', port: 0 } })).rejects.toMatchObject({
      code: 'ERR_LISTEN',
    });
  });

  test('a key that is no member of the cluster opens nothing', async () => {
    const world = makeWorld({ members: 2 });
    const stranger = makeWorld({ members: 2 });
    await expect(openStation({ ...world, identities: stranger.identities }, 0)).rejects.toMatchObject({
      code: 'ERR_NOT_A_MEMBER',
    });
  });
});
