import { constants } from 'node:fs';
import { access, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reasonOf } from '../../base/index.ts';
import {
  type ClusterDefinition,
  type Config,
  diskBoundOf,
  indexBoundBytes,
  memoryBoundBytes,
  NODE_LIMITS_DEFAULT,
  parseAddress,
  retentionOf,
  verifySignatures,
} from '../../node/index.ts';
import { signatureLine } from '../cluster-text.ts';
import { exists } from '../files.ts';
import { listenError } from '../ports.ts';
import { formatBytes, formatDuration } from '../terminal.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** What can be examined without asking anybody. */

/** A sync slower than this holds every vote up noticeably. */
const SYNC_SLOW_MS = 25;
const SYNCS = 5;
const SYNC_BYTES = 4_096;

/** The definition, as far as it could be read. */
export function examineCluster(cluster: ClusterDefinition): Finding {
  const { missing, invalid } = verifySignatures(cluster);
  const text = `${cluster.name}, epoch ${cluster.epoch}, digest ${cluster.shortDigest}, ${signatureLine(cluster)}`;
  if (invalid.length > 0) {
    return fail(
      'cluster',
      text,
      'the file was changed after it was signed: fetch it again, or have it signed again',
    );
  }
  if (missing.length > 0) {
    return fail('cluster', text, `${missing.join(', ')}: run \`quorumcast cluster sign\` on this file`);
  }
  return ok('cluster', text);
}

/** Whether the log can be written, and how long it takes until it is on the disk. */
export async function examineDataDir(dataDir: string | false): Promise<Finding> {
  if (dataDir === false) {
    return warn(
      'data',
      'in memory only',
      'after a restart this member is refused in the same epoch: name a --data-dir',
    );
  }
  const place = await nearestFolder(dataDir);
  try {
    await access(place, constants.W_OK | constants.X_OK);
    const syncMs = await syncTime(place);
    const text = `${dataDir} ${place === dataDir ? 'writable' : 'can be made'}, a sync takes ${formatDuration(syncMs)}`;
    if (syncMs < SYNC_SLOW_MS) return ok('data', text);
    return warn('data', text, 'every vote waits for a sync: use a faster disk for the data folder');
  } catch (error) {
    return fail(
      'data',
      `${dataDir} cannot be written: ${reasonOf(error)}`,
      'check owner, rights and free space of the folder',
    );
  }
}

async function nearestFolder(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

async function syncTime(folder: string): Promise<number> {
  const scratch = join(folder, `.quorumcast-doctor-${process.pid}`);
  await mkdir(scratch);
  try {
    const file = await open(join(scratch, 'sync'), 'w');
    try {
      const times: number[] = [];
      for (let round = 0; round < SYNCS; round += 1) {
        const began = performance.now();
        await file.write(Buffer.alloc(SYNC_BYTES), 0, SYNC_BYTES, round * SYNC_BYTES);
        await file.datasync();
        times.push(performance.now() - began);
      }
      return times.toSorted((a, b) => a - b)[Math.floor(SYNCS / 2)] ?? 0;
    } finally {
      await file.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Whether this member could listen there. */
export async function examinePort(check: 'port' | 'http', text: string, origin: string): Promise<Finding> {
  const address = parseAddress(text);
  if (address === undefined) return fail(check, `"${text}" is no address (${origin})`, 'write HOST:PORT');
  const flag = check === 'port' ? '--listen' : '--http';
  const code = await listenError(address.host, address.port);
  if (code === undefined) return ok(check, `${text} is free (${origin})`);
  if (code === 'EADDRINUSE') {
    return fail(
      check,
      `${text} is in use (${origin})`,
      `end the program that has it, or choose another with ${flag} HOST:PORT`,
    );
  }
  const hint =
    code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
      ? `this machine has no such address: use ${flag} 0.0.0.0:${address.port} for all it has`
      : code === 'EACCES'
        ? 'ports below 1024 need a privilege: use a higher one'
        : 'check the address';
  return fail(check, `cannot listen on ${text}: ${code} (${origin})`, hint);
}

/** The ceiling on the log, from the retention that holds here. */
export function examineDisk(cluster: ClusterDefinition, config: Config): Finding {
  const retention = retentionOf(config.retention);
  const bound = diskBoundOf(cluster, retention);
  const index = indexBoundBytes(retention);
  const text = `the log takes at most ${formatBytes(bound)}, its index in memory at most ${formatBytes(index)}`;
  return ok('disk', `${text}, by the formulas of docs/limits.md`);
}

/** The ceiling on protocol memory, from the limits that hold here. */
export function examineMemory(cluster: ClusterDefinition, config: Config): Finding {
  const limits = { ...NODE_LIMITS_DEFAULT, ...config.limits };
  const bound = memoryBoundBytes(cluster.committee, cluster.limits, limits);
  return ok('memory', `protocol memory at most ${formatBytes(bound)}, by the formula of docs/limits.md`);
}
