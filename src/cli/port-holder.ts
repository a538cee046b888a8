import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { formatAddress } from '../node/index.ts';

/** Who has a port of this machine: " by member p0", " by process 4711 (node)", or nothing where nobody tells. */
export async function holderOf(host: string, port: number, speaks: 'http' | 'peers'): Promise<string> {
  // A member's port for peers takes no HTTP, and would write down that somebody tried.
  const member = speaks === 'http' ? await memberAt(host, port) : '';
  return member === '' ? processAt(port) : member;
}

/** The node that answers at an address, if one does: most often the same member, running already. */
async function memberAt(host: string, port: number): Promise<string> {
  const loopback = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  try {
    const response = await fetch(`http://${formatAddress({ host: loopback, port })}/`, {
      signal: AbortSignal.timeout(1_000),
    });
    const { name, member } = (await response.json()) as { name?: unknown; member?: unknown };
    return name === 'quorumcast' && typeof member === 'string' ? ` by member ${member}` : '';
  } catch {
    return '';
  }
}

/** The process that listens on a port, as Linux tells it: of one's own user, or to root of all. */
async function processAt(port: number): Promise<string> {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const listens = state === LISTEN && Number.parseInt(local.split(':')[1] ?? '', 16) === port;
      if (listens) inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return '';
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      if (!inodes.has(target)) continue;
      // Not its `comm`: newer versions of Node call that after their main thread.
      const program = basename(await readlink(`/proc/${pid}/exe`).catch(() => ''));
      return ` by process ${pid}${program === '' ? '' : ` (${program})`}`;
    }
  }
  return '';
}

/** A listening socket in the tables of the kernel. */
const LISTEN = '0A';
