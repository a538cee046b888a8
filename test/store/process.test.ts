import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { openStore, temporaryDirectory } from './kit.ts';

const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));

/** Another process at work on the store in `dir`, and what it says line by line. Ended with the test. */
function start(dir: string, task: 'hold' | 'write' | 'fill', under: readonly string[] = []) {
  const [command = '', ...args] = [...under, process.execPath, CHILD, dir, task];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => kill(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    return done === true ? 'ended' : value;
  };
  return { child, next };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

test('a second process is refused and told who holds the directory; after kill -9 the next one takes over', async () => {
  const dir = join(temporaryDirectory(), 'data');
  const holder = start(dir, 'hold');
  expect(await holder.next()).toBe('open 1');
  const message = new RegExp(`${dir} is in use by process ${holder.child.pid} on `);
  await expect(openStore(dir)).rejects.toMatchObject({
    code: 'ERR_DATA_DIR_LOCKED',
    message: expect.stringMatching(message),
  });
  expect(await start(dir, 'hold').next()).toMatch(/^refused ERR_DATA_DIR_LOCKED/);
  await kill(holder.child);
  const successor = start(dir, 'hold');
  expect(await successor.next()).toBe('open 1');
  await kill(successor.child);
  const store = await openStore(dir);
  await store.close();
  expect(readdirSync(dir)).toEqual(['log-0000000000000001.qcl']);
});

test('a process that is stopped still holds its directory', async () => {
  const dir = temporaryDirectory();
  const holder = start(dir, 'hold');
  expect(await holder.next()).toBe('open 1');
  holder.child.kill('SIGSTOP');
  await expect(openStore(dir)).rejects.toMatchObject({ code: 'ERR_DATA_DIR_LOCKED', retryable: true });
});

test('of many that come at once, to a directory whose holder was killed, at most one gets it', async () => {
  const dir = temporaryDirectory();
  const holder = start(dir, 'hold');
  await holder.next();
  await kill(holder.child);
  const first = await Promise.all(Array.from({ length: 5 }, () => start(dir, 'hold').next()));
  expect(first.filter((line) => line.startsWith('open')).length).toBeLessThanOrEqual(1);
  for (const line of first) expect(line).toMatch(/^(?:open|refused ERR_DATA_DIR_LOCKED) /);
});

test('killed while it writes, again and again: everything it called durable is there', async () => {
  const dir = temporaryDirectory();
  let least = { instance: 0, position: 0 };
  for (let round = 0; round < 6; round += 1) {
    const { child, next } = start(dir, 'write');
    expect(Number((await next()).split(' ')[1])).toBeGreaterThan(least.instance);
    for (let line = 0; line < 5 + round * 17; line += 1) least = durable(await next());
    child.kill('SIGKILL');
    for (let line = await next(); line !== 'ended'; line = await next()) least = durable(line);
    const store = await openStore(dir);
    const { own, open } = store.restored();
    expect(store.position).toBeGreaterThanOrEqual(least.position);
    expect(own.nextInstance - 1).toBeGreaterThanOrEqual(least.instance);
    expect(open).toHaveLength(own.nextInstance - 1);
    for (const { instance, said } of open) {
      const [initial] = said;
      expect(said.map(({ kind }) => kind)).toEqual(['initial', 'echo']);
      const text = Buffer.from(initial?.kind === 'initial' ? initial.payload : []).toString();
      expect(text).toContain(`own payload ${instance} .`);
    }
    await store.close();
  }
});

test('when the disk takes no more: nothing is called durable, reading goes on, a later start too', async () => {
  const dir = temporaryDirectory();
  // The shell counts blocks of 1 KiB: a file of 1 MiB is the largest.
  const { next } = start(dir, 'fill', ['bash', '-c', 'ulimit -f 1024; exec "$@"', 'bash']);
  expect(await next()).toBe('open 1');
  let least = { instance: 0, position: 0 };
  let line = await next();
  for (; line.startsWith('durable'); line = await next()) least = durable(line);
  expect(line).toBe('failed ERR_STORAGE_FAILED for good readable');
  expect(await next()).toBe('ended');
  expect(least.instance).toBeGreaterThan(3);
  const store = await openStore(dir);
  expect(store.position).toBe(least.position);
  expect(store.restored().own.nextInstance).toBe(least.instance + 1);
});

function durable(line: string): { instance: number; position: number } {
  const [word, instance, position] = line.split(' ');
  expect(word).toBe('durable');
  return { instance: Number(instance), position: Number(position) };
}
