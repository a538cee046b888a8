import { randomBytes, randomInt } from 'node:crypto';
import { open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { bytesEqual, fromHex, toHex } from '../../base/index.ts';
import { LOG_ID_BYTES } from '../../codec/index.ts';
import {
  type ClusterDefinition,
  follows,
  parseClusterDefinition,
  serializeClusterDefinition,
} from '../cluster/index.ts';
import { QuorumcastError } from '../errors.ts';
import { makeFolder } from '../folder.ts';
import { fileKind } from '../identity/index.ts';
import { parseStrictJson } from '../strict-json.ts';

/** One epoch in a data directory. */
export interface Volume {
  readonly cluster: ClusterDefinition;
  /** Where its log is, or will be. */
  readonly dir: string;
  /** What its log is called, from before there is one: peers may have been told. */
  readonly identity: { readonly logId: Uint8Array; readonly mark: number };
  /** When it was noted, wall clock, ISO 8601. */
  readonly since: string;
}

const schema = v.object({
  ...fileKind('epoch'),
  folder: v.string(),
  logId: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'must be 32 digits of lower-case hex')),
  mark: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(0xffff_ffff)),
  since: v.string(),
  cluster: v.string(),
});

const NAME = /^epoch-([1-9][0-9]{0,9})(-[1-9][0-9]{0,2})?\.json$/;
/** Names of the files that a log is made of. */
export const SEGMENT = /^log-[0-9a-f]{16}\.qcl$/;

/**
 * The epochs that a data directory knows: a file each, `epoch-2.json`, durable before anything is said that rests on it. The
 * log of the first one lies in the directory itself, those of the others in `epoch-2` and so on. An epoch has begun
 * here once its log is there. Of one that was to begin there may be several, `epoch-2-1.json` the second, each of which gives up
 * more members than the one before.
 */
export class Shelf {
  readonly dir: string;
  readonly #volumes: Volume[];
  #last: Promise<unknown> = Promise.resolve();

  private constructor(dir: string, volumes: Volume[]) {
    this.dir = dir;
    this.#volumes = volumes;
  }

  /** A directory that is not there, or cannot be read, knows none. @throws QuorumcastError ERR_DATA_DIR for a damaged file */
  static async open(dir: string): Promise<Shelf> {
    const names = (await readdir(dir).catch(() => [])).filter((name) => NAME.test(name));
    const volumes = await Promise.all(names.map((name) => read(dir, name)));
    return new Shelf(
      dir,
      volumes.sort(
        (a, b) => a.cluster.epoch - b.cluster.epoch || a.cluster.givenUp.length - b.cluster.givenUp.length,
      ),
    );
  }

  /** The oldest first. */
  get volumes(): readonly Volume[] {
    return this.#volumes;
  }

  /** The epoch of this definition, noted durably. One after the other: each has a name of its own. */
  add(cluster: ClusterDefinition): Promise<Volume> {
    const added = this.#last.then(() => this.#add(cluster));
    this.#last = added.catch(() => undefined);
    return added;
  }

  async #add(cluster: ClusterDefinition): Promise<Volume> {
    const known = this.#volumes.find((volume) => bytesEqual(volume.cluster.digest, cluster.digest));
    if (known !== undefined) return known;
    const earlier = this.#volumes.filter((volume) => volume.cluster.epoch === cluster.epoch).length;
    const name = `epoch-${cluster.epoch}${earlier === 0 ? '' : `-${earlier}`}`;
    const folder = this.#volumes.length === 0 ? '.' : name;
    const identity = { logId: new Uint8Array(randomBytes(LOG_ID_BYTES)), mark: randomInt(1, 0x1_0000_0000) };
    const since = new Date().toISOString();
    const file = {
      quorumcast: 'epoch',
      version: 1,
      folder,
      logId: toHex(identity.logId),
      mark: identity.mark,
      since,
      cluster: serializeClusterDefinition(cluster),
    };
    await writeDurably(this.dir, `${name}.json`, `${JSON.stringify(file)}\n`);
    const volume = { cluster, dir: join(this.dir, folder), identity, since };
    this.#volumes.push(volume);
    return volume;
  }

  /** Those that may follow the epoch of `now`, the last one in force. */
  after(now: Pick<Volume, 'cluster'>): readonly Volume[] {
    return this.#volumes.filter(({ cluster }) => follows(now.cluster, cluster));
  }

  /** Whether this epoch has begun here. */
  async hasBegun({ dir }: Volume): Promise<boolean> {
    const names = await readdir(dir).catch(() => []);
    return names.some((name) => SEGMENT.test(name));
  }
}

async function read(dir: string, name: string): Promise<Volume> {
  const path = join(dir, name);
  const file = parseStrictJson(await readFile(path, 'utf8'), path, schema, {
    code: 'ERR_DATA_DIR',
    hint: 'this file is written by the node and not edited; put the right one back',
  });
  return {
    cluster: parseClusterDefinition(file.cluster, path),
    dir: join(dir, file.folder),
    identity: { logId: fromHex(file.logId) ?? new Uint8Array(LOG_ID_BYTES), mark: file.mark },
    since: file.since,
  };
}

/** All of it or nothing, whatever happens. @throws QuorumcastError ERR_STORAGE_FAILED */
async function writeDurably(dir: string, name: string, text: string): Promise<void> {
  const path = join(dir, name);
  try {
    await makeFolder(dir, 0o700);
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
    const folder = await open(dir, 'r');
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    throw new QuorumcastError('ERR_STORAGE_FAILED', `cannot write ${path}`, {
      hint: 'free space or replace the disk, then start the member again',
      definite: false,
      cause,
    });
  }
}
