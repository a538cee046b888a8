import { close, constants, open } from 'node:fs';
import { readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { QuorumcastError } from '../errors.ts';

/** Says who holds the directory, for people. The sockets beside it decide. */
export const LOCK_NOTE = 'lock';

const SOCKET_NAME = /^lock-(\d{1,15})$/;
const ATTEMPTS = 8;
/** The address of a Unix socket has 108 bytes on Linux, 104 on macOS. */
const ADDRESS_BYTES_MAX = 100;

/**
 * Keeps a second process out of a directory: a listening Unix socket in it, named `lock-<number>`. The kernel
 * closes it with its process, however that ends, so a socket that refuses connections is surely nobody's; process
 * numbers cannot tell that, since every container counts its own from 1. Holds between containers and network
 * namespaces of one machine, not between machines that share a file system.
 *
 * Who comes binds the number after the highest there is, which only one can, and then looks again: it holds the
 * directory only if everybody else is dead and its own name still stands. Of two that come at once at most one
 * stays, whatever the order of their steps; perhaps neither, and then both try again.
 */
export class DirectoryLock {
  readonly #dir: string;
  readonly #server: Server;
  readonly #fd: number;

  private constructor(dir: string, server: Server, fd: number) {
    this.#dir = dir;
    this.#server = server;
    this.#fd = fd;
  }

  /**
   * `dir`: an existing directory that can be written to.
   * @throws QuorumcastError ERR_DATA_DIR_LOCKED if another process, or this one, holds it; ERR_DATA_DIR if no
   * socket can be made there.
   */
  static async acquire(dir: string): Promise<DirectoryLock> {
    const fd = await promisify(open)(dir, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      const server = await settle(dir, addresses(dir, fd));
      const lock = new DirectoryLock(dir, server, fd);
      const note = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
      // For people only: a full disk need not keep anybody from reading what is there.
      await writeFile(join(dir, LOCK_NOTE), `${JSON.stringify(note)}\n`, { mode: 0o600 }).catch(
        () => undefined,
      );
      return lock;
    } catch (error) {
      await promisify(close)(fd);
      throw error;
    }
  }

  /** Lets go. To be called once. */
  async release(): Promise<void> {
    await unlink(join(this.#dir, LOCK_NOTE)).catch(ignoreMissing);
    await closed(this.#server);
    await promisify(close)(this.#fd);
  }
}

/** Names of sockets, as short as their address must be. */
function addresses(dir: string, fd: number): (name: string) => string {
  return (name) => {
    const path = join(dir, name);
    if (Buffer.byteLength(path) <= ADDRESS_BYTES_MAX) return path;
    if (process.platform === 'linux') return `/proc/self/fd/${fd}/${name}`;
    throw new QuorumcastError(
      'ERR_DATA_DIR',
      `the path of the data directory ${dir} is too long for its lock`,
      {
        hint: `Use a directory whose path has fewer than ${ADDRESS_BYTES_MAX - 20} bytes.`,
      },
    );
  };
}

async function settle(dir: string, address: (name: string) => string): Promise<Server> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const numbers = await present(dir);
    if (await someAlive(numbers, address)) throw await locked(dir);
    const own = Math.max(0, ...numbers) + 1;
    const server = await bind(dir, address(nameOf(own)));
    if (server === undefined) continue;
    const others = (await present(dir)).filter((number) => number !== own);
    // In this order: a holder that took us for dead, and away, is found alive or has taken us away already.
    if (!(await someAlive(others, address)) && (await stands(join(dir, nameOf(own))))) {
      for (const number of others) await unlink(join(dir, nameOf(number))).catch(ignoreMissing);
      return server;
    }
    await closed(server);
    await pause(5 + Math.random() * 40);
  }
  throw await locked(dir);
}

function nameOf(number: number): string {
  return `lock-${number}`;
}

async function present(dir: string): Promise<number[]> {
  return (await readdir(dir)).flatMap((name) => {
    const match = SOCKET_NAME.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

async function someAlive(numbers: readonly number[], address: (name: string) => string): Promise<boolean> {
  for (const number of numbers) if (await isAlive(address(nameOf(number)))) return true;
  return false;
}

/** Whether a process listens there. When in doubt, one does. */
function isAlive(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

/** A socket listening at `address`; undefined if the name is taken. Does not keep the process alive. */
function bind(dir: string, address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(noSocket(dir, error));
    });
    server.listen({ path: address, exclusive: true }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function noSocket(dir: string, cause: NodeJS.ErrnoException): QuorumcastError {
  return new QuorumcastError('ERR_DATA_DIR', `cannot make the lock of ${dir}: ${cause.message}`, {
    hint: 'The data directory must be writable and on a local file system that can hold Unix sockets.',
    cause,
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

async function stands(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function locked(dir: string): Promise<QuorumcastError> {
  const note = await readFile(join(dir, LOCK_NOTE), 'utf8').catch(() => '');
  const pid = /"pid":(\d+)/.exec(note)?.[1];
  const host = /"host":"([^"]*)"/.exec(note)?.[1];
  const who =
    pid === undefined ? 'another process' : `process ${pid}${host === undefined ? '' : ` on ${host}`}`;
  const check = pid === undefined ? `"lsof +D ${dir}" shows it` : `"ps -p ${pid}" shows it`;
  return new QuorumcastError('ERR_DATA_DIR_LOCKED', `the data directory ${dir} is in use by ${who}`, {
    hint: `${check} (on that host, in that container). Stop it first, or use another data directory.`,
    retryable: true,
  });
}
