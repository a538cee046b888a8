// What a broadcast costs where nothing but its own work counts: four nodes in this one process, with their links, TLS and stores in
// memory, one of them broadcasting with 1,024 under way. Processor time of a broadcast, all four together, and with --heap how many
// bytes on the heap each of the four makes for it, and where.
// npm run bench:together -- [--size BYTES] [--count N] [--rounds N] [--heap] [--dist FOLDER] [--json]
// --dist: another build of this package, to be measured in turn.
import { mkdtemp, rm } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { machine, machineLine } from './machine.mjs';
import { short, show, spread } from './numbers.mjs';

const { values: flags } = parseArgs({
  options: {
    size: { type: 'string', default: '32' },
    count: { type: 'string', default: '40000' },
    rounds: { type: 'string', default: '5' },
    heap: { type: 'boolean', default: false },
    dist: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const SIZE = Number(flags.size);
const COUNT = Number(flags.count);
const ROUNDS = Number(flags.rounds);
const NAMES = ['p0', 'p1', 'p2', 'p3'];
const UNDER_WAY = 1_024;
/** Bytes between two samples of the heap. */
const SAMPLING_BYTES = 8_192;
/** Places where memory is made that are named, the largest first. */
const PLACES = 25;

const dist =
  flags.dist === undefined ? fileURLToPath(new URL('../dist', import.meta.url)) : resolve(flags.dist);
/** @param {string} name @returns {Promise<typeof import('../dist/node/index.js')>} */
const built = (name) => import(pathToFileURL(join(dist, name)).href);
const { generateIdentity, initCluster, makeCard, signCluster, startNode } = await built('node/index.js');

/** The nodes, linked with each other. */
async function start() {
  /** @type {Map<string, readonly string[]>} */
  const addresses = new Map();
  const identities = NAMES.map((name) => generateIdentity(name));
  const cards = identities.map((identity, id) => makeCard(identity, [`127.0.0.1:${id + 1}`]));
  let cluster = initCluster(cards, { name: 'together', limits: { messagesPerInstance: 1 } });
  for (const identity of identities) cluster = signCluster(cluster, identity);
  const nodes = await Promise.all(
    identities.map((identity) =>
      startNode(
        { cluster, identity, dataDir: false, listen: '127.0.0.1:0' },
        { addressOverrides: addresses },
      ),
    ),
  );
  for (const node of nodes) addresses.set(node.name, [node.address]);
  while (!nodes.every((node) => node.peers().every(({ connected }) => connected))) {
    await new Promise((done) => setTimeout(done, 10));
  }
  return nodes;
}

/** Lets the first node broadcast, and counts what all deliver. */
class Load {
  /** @type {readonly import('../dist/node/index.js').RunningNode[]} */
  #nodes;
  /** @type {number[]} */
  #delivered = NAMES.map(() => 0);
  #begun = 0;
  /** @type {() => void} */
  #wake = () => undefined;

  /** @param {readonly import('../dist/node/index.js').RunningNode[]} nodes */
  constructor(nodes) {
    this.#nodes = nodes;
    for (const [id, node] of nodes.entries()) this.#read(id, node).catch(console.error);
  }

  /** @param {number} count */
  async broadcast(count) {
    const until = this.#begun + count;
    const payload = new Uint8Array(SIZE);
    const view = new DataView(payload.buffer);
    while (Math.min(...this.#delivered) < until) {
      const next = Math.min(until, (this.#delivered[0] ?? 0) + UNDER_WAY);
      for (; this.#begun < next; this.#begun += 1) {
        view.setUint32(0, this.#begun);
        this.#nodes[0]?.broadcast(payload).catch(console.error);
      }
      await new Promise((done) => {
        this.#wake = () => done(undefined);
      });
    }
  }

  /** @param {number} id @param {import('../dist/node/index.js').RunningNode} node */
  async #read(id, node) {
    for await (const { seq } of node.deliveries()) {
      this.#delivered[id] = seq;
      this.#wake();
    }
  }
}

/** Processor time of one broadcast, all members together, µs. @param {Load} load */
async function round(load) {
  const before = process.cpuUsage();
  await load.broadcast(COUNT);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / COUNT;
}

/** Bytes on the heap that each member makes for one broadcast, by place, most first. @param {Load} load */
async function heapOf(load) {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLING_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await load.broadcast(COUNT);
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  /** @type {Map<string, number>} */
  const places = new Map();
  /** @param {import('node:inspector').HeapProfiler.SamplingHeapProfileNode} node */
  const add = ({ callFrame: { functionName, url, lineNumber }, selfSize, children }) => {
    const file = url.startsWith('file:') ? url.split('/').slice(-2).join('/') : url;
    const place = `${functionName || 'anonymous'} ${file}:${lineNumber + 1}`;
    places.set(place, (places.get(place) ?? 0) + selfSize / COUNT / NAMES.length);
    for (const child of children) add(child);
  };
  add(profile.head);
  return [...places].sort(([, a], [, b]) => b - a);
}

/** @param {string} text @param {object} line */
function say(text, line) {
  console.log(flags.json ? JSON.stringify(line) : text);
}

const about = machine();
say(machineLine(about), { event: 'machine', ...about, size: SIZE, count: COUNT });
// A folder of its own for whatever a node writes.
const dir = await mkdtemp(join(tmpdir(), 'quorumcast-together-'));
process.chdir(dir);
const nodes = await start();
const load = new Load(nodes);
try {
  await load.broadcast(COUNT);
  if (flags.heap) {
    const places = await heapOf(load);
    const total = places.reduce((sum, [, bytes]) => sum + bytes, 0);
    say(`${Math.round(total)} bytes on the heap of each member for a broadcast`, {
      event: 'heap',
      bytes: total,
    });
    for (const [place, bytes] of places.slice(0, PLACES))
      say(`${String(Math.round(bytes)).padStart(8)}  ${place}`, { event: 'place', place, bytes });
  } else {
    const micros = [];
    for (let i = 0; i < ROUNDS; i += 1) micros.push(await round(load));
    const figures = spread(micros);
    const turns = nodes[1]?.driver.counters.turns ?? 0;
    const each = (COUNT * (ROUNDS + 1)) / turns;
    say(
      `${show(figures)} µs of processor time a broadcast, four members together, ${short(each)} broadcasts a turn of a receiver`,
      { event: 'micros', ...figures, perTurn: each },
    );
  }
} finally {
  await Promise.all(nodes.map((node) => node.close({ timeoutMs: 2_000 })));
  await rm(dir, { recursive: true, force: true });
}
