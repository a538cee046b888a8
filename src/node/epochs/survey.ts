import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SEGMENT, Shelf } from './shelf.ts';

/** What a data directory says of epochs while its node does not run. */
export interface EpochsOnDisk {
  /** The one whose log was begun last; undefined before any was. */
  readonly present: EpochOnDisk | undefined;
  /** The one that the node is going over to. */
  readonly next: EpochOnDisk | undefined;
  /** What the logs of earlier epochs take, bytes. */
  readonly earlierBytes: number;
}

export interface EpochOnDisk {
  readonly epoch: number;
  /** Short form for people. */
  readonly digest: string;
  /** When this node was handed its definition, wall clock, ISO 8601. */
  readonly since: string;
}

/** Looks into a data directory, and changes nothing. @throws QuorumcastError ERR_DATA_DIR for a damaged file */
export async function surveyEpochs(dataDir: string): Promise<EpochsOnDisk> {
  const shelf = await Shelf.open(dataDir);
  const { volumes } = shelf;
  const begun = await Promise.all(volumes.map((volume) => shelf.hasBegun(volume)));
  const at = begun.lastIndexOf(true);
  const now = volumes[at];
  const [present, next] = [now, now === undefined ? undefined : shelf.after(now).at(-1)].map((volume) => {
    if (volume === undefined) return undefined;
    const { epoch, shortDigest: digest } = volume.cluster;
    return { epoch, digest, since: volume.since };
  });
  let earlierBytes = 0;
  for (const { dir } of volumes.slice(0, Math.max(at, 0))) earlierBytes += await logBytes(dir);
  return { present, next, earlierBytes };
}

async function logBytes(dir: string): Promise<number> {
  const names = (await readdir(dir).catch(() => [])).filter((name) => SEGMENT.test(name));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(dir, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
