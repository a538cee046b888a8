import { readFile } from 'node:fs/promises';
import { type ClusterDefinition, shortDigest } from '../node/index.ts';
import { CommandError } from './command-error.ts';
import { replaceFile } from './files.ts';

/**
 * A member approves one successor of an epoch. Which one stands in a file beside its key, written before the approval is
 * shown to anybody: by the hexadecimal digest of the epoch before.
 */
const SUFFIX = '.approved';

/**
 * Notes durably that the owner of this key approves `next`. `instead`: although it approved another one before.
 * @throws CommandError ERR_CLUSTER_MISMATCH
 */
export async function noteApproval(
  keyPath: string,
  before: ClusterDefinition,
  next: ClusterDefinition,
  instead: boolean,
): Promise<void> {
  const path = `${keyPath}${SUFFIX}`;
  const approved = await readApproved(path);
  const epoch = hex(before.digest);
  const digest = hex(next.digest);
  const earlier = approved.get(epoch);
  if (earlier === digest) return;
  if (earlier !== undefined && !instead) {
    const short = shortDigest(Buffer.from(earlier, 'hex'));
    throw new CommandError(
      'ERR_CLUSTER_MISMATCH',
      `this key has approved another successor of epoch ${before.epoch}: ${short}, not ${next.shortDigest}`,
      {
        hint:
          'sign that one; if it is given up and no node of any member was handed it, sign this one with --instead ' +
          '(nodes that were handed both would wait for each other)',
      },
    );
  }
  await replaceFile(path, `${JSON.stringify(Object.fromEntries(approved.set(epoch, digest)))}\n`, 0o600);
}

async function readApproved(path: string): Promise<Map<string, string>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw unreadable(path, error);
  }
  const pairs = /^\{(.*)\}\n?$/.exec(text)?.[1]?.split(',') ?? [''];
  const found = pairs.map((pair) => /^"([0-9a-f]{64})":"([0-9a-f]{64})"$/.exec(pair));
  const approved = new Map<string, string>();
  for (const match of found) {
    if (match?.[1] === undefined || match[2] === undefined) throw unreadable(path, undefined);
    approved.set(match[1], match[2]);
  }
  return approved;
}

function unreadable(path: string, cause: unknown): CommandError {
  return new CommandError('ERR_CONFIG', `${path} does not say which definitions this key has approved`, {
    hint: 'put the right file back: without it the key could approve two successors of one epoch',
    cause,
  });
}

function hex(digest: Uint8Array): string {
  return Buffer.from(digest).toString('hex');
}
