import { readFile } from 'node:fs/promises';
import { type ClusterDefinition, shortDigest } from '../node/index.ts';
import { CommandError } from './command-error.ts';
import { replaceFile } from './files.ts';

/**
 * A member approves one successor of an epoch, and after it only such as give up ever more members. Which one was the last
 * stands in a file beside its key, written before the approval is shown to anybody: by the hexadecimal digest of the epoch
 * before, the digest, and behind it the names of those that it gives up.
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
  const [earlier, ...gone] = approved.get(epoch)?.split(' ') ?? [];
  if (earlier === digest) return;
  const more = gone.every((name) => next.givenUp.includes(name)) && next.givenUp.length > gone.length;
  if (earlier !== undefined && !instead && !more) {
    const short = shortDigest(Buffer.from(earlier, 'hex'));
    throw new CommandError(
      'ERR_CLUSTER_MISMATCH',
      `this key has approved another successor of epoch ${before.epoch}: ${short}, not ${next.shortDigest}`,
      {
        hint:
          'sign that one, or one that gives up more members; if it is dropped and no node was handed it, sign this one with --instead ' +
          '(nodes that were handed both would wait for each other)',
      },
    );
  }
  approved.set(epoch, [digest, ...next.givenUp].join(' '));
  await replaceFile(path, `${JSON.stringify(Object.fromEntries(approved))}\n`, 0o600);
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
  const found = pairs.map((pair) => /^"([0-9a-f]{64})":"([0-9a-f]{64}(?: [a-z0-9-]+)*)"$/.exec(pair));
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
