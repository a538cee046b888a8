import { once } from 'node:events';
import { type AddressInfo, Socket } from 'node:net';
import { connect, createServer, TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { generateIdentity } from '../../src/node/identity/index.ts';
import { readFrom } from '../../src/node/link/reading.ts';
import { tlsOptions } from '../../src/node/link/tls.ts';
import { until } from './harness.ts';

let ends: { accepted: TLSSocket; dialled: TLSSocket };
let close: () => void;

/** Both ends of one connection, as links make them. */
beforeEach(async () => {
  const options = { ...tlsOptions(generateIdentity('alice')), checkServerIdentity: () => undefined };
  const server = createServer({ ...options, requestCert: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dialled = connect({ ...options, host: '127.0.0.1', port, servername: '' });
  const [[accepted]] = await Promise.all([once(server, 'secureConnection'), once(dialled, 'secureConnect')]);
  ends = { accepted, dialled };
  close = () => {
    for (const socket of [accepted, dialled]) socket.destroy();
    server.close();
  };
});

afterEach(() => close());

/** Copies of what comes in, and which buffers it came in. */
function collect(socket: TLSSocket) {
  const got = { pieces: [] as Buffer[], length: 0, buffers: new Set<ArrayBufferLike>(), ended: false };
  readFrom(socket, (bytes) => {
    got.pieces.push(Buffer.from(bytes));
    got.length += bytes.length;
    got.buffers.add(bytes.buffer);
  });
  socket.on('end', () => {
    got.ended = true;
  });
  return got;
}

describe.each(['accepted', 'dialled'] as const)('the end that was %s', (which) => {
  const sent = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

  test('reads all there is, in order, through one buffer', async () => {
    const reader = ends[which];
    const writer = which === 'accepted' ? ends.dialled : ends.accepted;
    const got = collect(reader);
    for (let at = 0; at < sent.length; at += 70_000) writer.write(sent.subarray(at, at + 70_000));
    writer.end();
    await until(() => got.ended);
    expect(Buffer.concat(got.pieces).equals(sent)).toBe(true);
    expect(got.buffers.size).toBe(1);
  });

  test('stops while it is paused, and goes on where it was', async () => {
    const reader = ends[which];
    const writer = which === 'accepted' ? ends.dialled : ends.accepted;
    const got = collect(reader);
    writer.write(sent.subarray(0, 1_000));
    await until(() => got.length === 1_000);
    reader.pause();
    let written = 0;
    const more = Buffer.alloc(1_048_576, 7);
    for (let i = 0; i < 16; i += 1) {
      writer.write(more, () => {
        written += 1;
      });
    }
    // The writer gets stuck, since the system's buffers are smaller than that: nobody reads.
    await until(() => written > 0 || writer.writableLength > 0);
    expect(got.length).toBeLessThan(1_000 + 1_048_576);
    reader.resume();
    await until(() => got.length === 1_000 + 16 * more.length);
  });
});

test('where Node has nothing of the kind, pieces come as data events', async () => {
  const plain = new TLSSocket(new Socket());
  Reflect.set(plain, '_handle', {});
  const got = collect(plain);
  plain.push(Buffer.from('one'));
  plain.push(Buffer.from('two'));
  await until(() => got.length === 6);
  expect(Buffer.concat(got.pieces).toString()).toBe('onetwo');
  Reflect.set(plain, '_handle', null);
  plain.destroy();
});
