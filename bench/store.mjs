// How many records a second become durable, by records in one commit, beside a plain write and fdatasync of as many
// bytes into a preallocated file. Then what a commit with a list in it costs: processor time of the log, and of a bare
// process that writes as many bytes and syncs as often, in turn. Run by hand after a build: node bench/store.mjs [directory on the disk in question]
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  rmSync,
  write,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Committee } from '../dist/committee/index.js';
import { asDigest } from '../dist/crypto/index.js';
import { FileStore, MemoryStore } from '../dist/node/store/index.js';

const SECONDS = 3;
const PER_COMMIT = [1, 10, 100, 1_000];
/** Of lists, to commit one after another: 256 messages of 32 bytes, 4,096 of those, and 1,024 of a kibibyte. */
const LIST_BYTES = [9_282, 147_522, 1_052_738];
/** Of records and a commit around a list. */
const LIST_OVERHEAD_BYTES = 57 + 80 + 80 + 79 + 41;
const COMMITS = 60;
const ROUNDS = 5;
const writeAsync = promisify(write);
const syncAsync = promisify(fdatasync);

const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'quorumcast-bench-'));
const committee = new Committee(4, 1);
const self = committee.member(1);
const sender = committee.member(0);
const digest = digestOf(7);

/** @param {number} byte */
function digestOf(byte) {
  const made = asDigest(new Uint8Array(32).fill(byte));
  if (made === undefined) throw new Error('a digest has 32 bytes');
  return made;
}

/**
 * What a member writes most: ECHO, READY and delivery of one instance after another, 80 bytes each.
 * @param {number} index
 * @returns {import('../dist/node/store/index.js').StoreRecord}
 */
function record(index) {
  const instance = 1 + Math.floor(index / 3);
  const about = { sender, instance, digest };
  if (index % 3 === 2) return { kind: 'delivered', ...about, firstSeq: instance, count: 1 };
  return { kind: 'said', ...about, statement: index % 3 === 0 ? 'echo' : 'ready', firstSeq: 0, count: 0 };
}

/** Commits for a while; commits a second. @param {() => Promise<void>} commit */
async function rate(commit) {
  for (let warm = 0; warm < 20; warm += 1) await commit();
  const from = performance.now();
  let commits = 0;
  while (performance.now() - from < SECONDS * 1_000) {
    await commit();
    commits += 1;
  }
  return (commits * 1_000) / (performance.now() - from);
}

/** @param {import('../dist/node/store/index.js').Store} store @param {number} perCommit */
async function measureStore(store, perCommit) {
  store.append({
    kind: 'keep',
    digest,
    payload: new Uint8Array(100),
  });
  let index = 0;
  const commits = await rate(async () => {
    for (let count = 0; count < perCommit; count += 1) store.append(record(index++));
    await store.sync();
  });
  await store.close();
  return commits * perCommit;
}

/** @param {number} perCommit @param {'sync' | 'async'} how */
async function measurePlain(perCommit, how) {
  const path = join(dir, `plain-${how}`);
  const fd = openSync(path, 'w');
  const size = 67_108_864;
  writeSync(fd, new Uint8Array(size));
  fdatasyncSync(fd);
  const bytes = new Uint8Array(perCommit * 80 + 41).fill(1);
  let at = 0;
  const commits = await rate(async () => {
    if (at + bytes.length > size) at = 0;
    if (how === 'sync') {
      writeSync(fd, bytes, 0, bytes.length, at);
      fdatasyncSync(fd);
    } else {
      await writeAsync(fd, bytes, 0, bytes.length, at);
      await syncAsync(fd);
    }
    at += bytes.length;
  });
  closeSync(fd);
  rmSync(path);
  return commits * perCommit;
}

/** Processor time of `commits` calls, microseconds each, and how long each took. @param {number} commits @param {() => Promise<void>} commit */
async function costs(commits, commit) {
  const before = process.cpuUsage();
  const from = performance.now();
  for (let done = 0; done < commits; done += 1) await commit();
  const { user, system } = process.cpuUsage(before);
  return { cpuMicros: (user + system) / commits, micros: ((performance.now() - from) * 1_000) / commits };
}

/**
 * A turn of a member that is handed list after list: it keeps one, echoes it, is ready for the one before and delivers it.
 * @param {import('../dist/node/store/index.js').Store} store @param {number} bytes
 */
function listTurn(store, bytes) {
  let instance = 0;
  let before = digest;
  return async () => {
    instance += 1;
    const payload = new Uint8Array(bytes).fill(instance);
    const made = asDigest(new Uint8Array(32).map((_, i) => (i < 4 ? instance >>> (8 * i) : 9)));
    if (made === undefined) throw new Error('a digest has 32 bytes');
    store.append({ kind: 'keep', digest: made, payload });
    const said = { kind: /** @type {const} */ ('said'), sender, firstSeq: 0, count: 0 };
    store.append({ ...said, instance, digest: made, statement: 'echo' });
    if (instance > 1) {
      const about = { sender, instance: instance - 1, digest: before };
      store.append({ ...said, ...about, statement: 'ready' });
      store.append({ kind: 'delivered', ...about, firstSeq: instance - 1, count: 1 });
    }
    before = made;
    await store.sync();
  };
}

/** A file that grows by `bytes` with each write and sync. @param {string} path @param {number} bytes */
function bareTurn(path, bytes) {
  const fd = openSync(path, 'w');
  let at = 0;
  const turn = async () => {
    await writeAsync(fd, new Uint8Array(bytes).fill(1), 0, bytes, at);
    await syncAsync(fd);
    at += bytes;
  };
  return { turn, close: () => closeSync(fd) };
}

/** @param {number} bytes of a list @param {Parameters<typeof FileStore.open>[0]} options */
async function measureLists(bytes, options) {
  const path = join(dir, `bare-${bytes}`);
  const store = await FileStore.open(options);
  const bare = bareTurn(path, bytes + LIST_OVERHEAD_BYTES);
  const turn = listTurn(store, bytes);
  await costs(COMMITS, turn);
  await costs(COMMITS, bare.turn);
  /** @typedef {{ cpuMicros: number, micros: number }} Cost */
  /** @type {{ log: Cost, bare: Cost }[]} */
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ log: await costs(COMMITS, turn), bare: await costs(COMMITS, bare.turn) });
  }
  await store.close();
  bare.close();
  /** @param {(round: (typeof rounds)[number]) => number} figure */
  const median = (figure) =>
    rounds
      .map(figure)
      .sort((a, b) => a - b)
      [rounds.length >> 1]?.toFixed(0);
  const log = `the log ${median(({ log }) => log.cpuMicros)} µs of processor in ${median(({ log }) => log.micros)} µs`;
  return `${log}, bare ${median(({ bare }) => bare.cpuMicros)} in ${median(({ bare }) => bare.micros)}`;
}

/** @param {number} value */
function thousands(value) {
  return `${(value / 1_000).toFixed(1)} k/s`.padStart(14);
}

console.log(`records of 80 bytes; ${' '.repeat(12)}store       in memory  plain (async)   plain (sync)`);
for (const perCommit of PER_COMMIT) {
  const options = { dir: join(dir, `log-${perCommit}`), cluster: new Uint8Array(32), committee, self };
  const figures = [
    await measureStore(await FileStore.open(options), perCommit),
    await measureStore(new MemoryStore(options), perCommit),
    await measurePlain(perCommit, 'async'),
    await measurePlain(perCommit, 'sync'),
  ];
  console.log(`${String(perCommit).padStart(6)} in a commit ${figures.map(thousands).join(' ')}`);
}
for (const bytes of LIST_BYTES) {
  const options = { dir: join(dir, `lists-${bytes}`), cluster: new Uint8Array(32), committee, self };
  console.log(`a list of ${bytes} bytes in a commit: ${await measureLists(bytes, options)}`);
}
const path = join(dir, 'log-1000');
const from = performance.now();
const store = await FileStore.open({ dir: path, cluster: new Uint8Array(32), committee, self });
const seconds = (performance.now() - from) / 1_000;
const megabytes = (store.bytesOnDisk / 1_048_576).toFixed(0);
console.log(`opened ${store.position} records, ${megabytes} MiB, in ${seconds.toFixed(2)} s`);
await store.close();
rmSync(dir, { recursive: true });
