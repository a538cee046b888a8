import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterEach, expect, test } from 'vitest';
import { Wire } from './wire.mjs';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** One connection through a wire: the end that dialled, the end that listens, and what each heard. */
async function connected(): Promise<{
  wire: Wire;
  near: Socket;
  far: Socket;
  heard: { near: string; far: string };
}> {
  const server: Server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const wire = await Wire.open(0, 1, typeof address === 'object' ? (address?.port ?? 0) : 0);
  const near = connect({ host: '127.0.0.1', port: wire.port });
  const [far] = (await once(server, 'connection')) as [Socket];
  const heard = { near: '', far: '' };
  near.on('data', (bytes: Buffer) => {
    heard.near += bytes.toString();
  });
  far.on('data', (bytes: Buffer) => {
    heard.far += bytes.toString();
  });
  for (const socket of [near, far]) socket.on('error', () => undefined);
  endings.push(
    () => server.close(),
    () => wire.close(),
    () => near.destroy(),
    () => far.destroy(),
  );
  return { wire, near, far, heard };
}

async function until(condition: () => boolean): Promise<number> {
  const startedMs = performance.now();
  while (!condition()) {
    if (performance.now() - startedMs > 10_000) expect.fail(`not within ten seconds: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - startedMs;
}

/** Not by `once`: a reset is what is waited for. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

test('hands on what is said, both ways, and an end', async () => {
  const { wire, near, far, heard } = await connected();
  near.write('hello');
  far.write('welcome');
  await until(() => heard.far === 'hello' && heard.near === 'welcome');
  near.end('bye');
  await once(far, 'end');
  expect(heard.far).toBe('hellobye');
  far.end();
  await until(() => wire.passages === 0);
});

test('late, and in order', async () => {
  const { wire, near, heard } = await connected();
  wire.set({ delayMs: 100, jitterMs: 50 });
  for (let i = 0; i < 10; i += 1) {
    near.write(`${i}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await until(() => heard.far.length === 10)).toBeGreaterThan(80);
  expect(heard.far).toBe('0123456789');
});

test('at a rate', async () => {
  const { wire, near, heard } = await connected();
  wire.set({ bytesPerSecond: 100_000 });
  near.write('x'.repeat(40_000));
  expect(await until(() => heard.far.length === 40_000)).toBeGreaterThan(300);
});

test('deaf one way: the other way goes on, and when it clears nothing was lost', async () => {
  const { wire, near, far, heard } = await connected();
  wire.set({ held: true }, wire.directionOf(0));
  near.write('can you hear me?');
  far.write('hello?');
  await until(() => heard.near === 'hello?');
  expect(heard.far).toBe('');
  wire.clear();
  await until(() => heard.far === 'can you hear me?');
});

test('held, it keeps even an end to itself until it is clear', async () => {
  const { wire, near, far } = await connected();
  let told = false;
  far.once('end', () => {
    told = true;
  });
  wire.set({ held: true });
  near.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(told).toBe(false);
  wire.clear();
  await until(() => told);
});

test('broken at one end: who dialled goes on speaking to nobody', async () => {
  const { wire, near, far } = await connected();
  wire.abandon();
  await closed(far);
  near.write('still there?');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(near.destroyed).toBe(false);
  wire.clear();
  await closed(near);
});

test('reset: both ends are told', async () => {
  const { wire, near, far } = await connected();
  wire.reset();
  await Promise.all([closed(near), closed(far)]);
  await until(() => wire.passages === 0);
});

test('breaks off what has said its last, and keeps no socket of it', async () => {
  const sockets = openSockets();
  const { wire, near, far, heard } = await connected();
  wire.set({ held: true }, 'there');
  near.end('bye');
  await once(near, 'finish');
  // When this has gone the other way, the wire knows of the end.
  far.write('still here');
  await until(() => heard.near === 'still here');
  wire.clear();
  wire.reset();
  for (const socket of [near, far]) socket.destroy();
  await until(() => openSockets() === sockets);
});

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}
