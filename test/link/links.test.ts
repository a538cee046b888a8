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
      expect(
        frames.map(({ body }) =>
          Buffer.from(body).equals(sent[frames.findIndex((f) => f.body === body)] ?? ''),
        ),
      ).not.toContain(false);
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
});
