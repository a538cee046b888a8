// Real members in processes of their own, with a wire between every two of them.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { freeRow } from '../../dist/cli/ports.js';
import {
  generateIdentity,
  initCluster,
  makeCard,
  serializeClusterDefinition,
  signCluster,
  writeIdentity,
} from '../../dist/node/index.js';
import { Life, OrderFailed } from './life.mjs';
import { Wire } from './wire.mjs';

/** @import { AdversaryName } from '../../dist/simulator/index.js' */
/** @import { Limits } from '../../dist/committee/index.js' */
/** @import { DiskName, ProcessStatus, Setup } from '../process/orders.ts' */

/** What a broadcast carries, and how often a member makes one. */
const LOAD = { pauseMs: 150, bytes: 300 };
/** Zeros left between the last record and rubbish: the record may end with some. */
const TAIL_GAP_BYTES = 64;
const REST_MS = 10_000;
/** Errors that an order meets when its member is killed or closes. */
const EXPECTED = ['ENDED', 'ERR_CLOSED', 'ERR_STORAGE_FAILED'];

/** A member over all its lives. */
export class Crewman {
  id;
  port;
  name;
  /** Own messages that are durable here, by number. @type {Map<number, string>} */
  accepted = new Map();
  lastAccepted = 0;
  /** @type {Life | undefined} */
  life;
  lives = 0;
  /** How long its slowest start took until it listened. */
  slowestStartMs = 0;
  /** Somebody does something to it: nobody else may. */
  busy = false;
  /** @type {string[]} */
  complaints = [];
  #setup;
  /** @type {AdversaryName | undefined} */
  adversary;

  /** @param {number} id @param {number} port @param {Setup} setup @param {AdversaryName | undefined} adversary */
  constructor(id, port, setup, adversary) {
    this.id = id;
    this.port = port;
    this.name = `p${id}`;
    this.#setup = setup;
    this.adversary = adversary;
  }

  get alive() {
    return this.life !== undefined && this.life.exit === undefined;
  }

  /** Why its node has closed by itself, if it has. */
  get closedBecause() {
    return (this.life?.events ?? []).flatMap((event) =>
      event.kind === 'closed'
        ? [`${this.name} closed by itself: ${event.report.error?.code} ${event.report.error?.message}`]
        : [],
    );
  }

  get dataDir() {
    return this.#setup.dataDir === false ? '' : this.#setup.dataDir;
  }

  get keyFile() {
    return this.#setup.keyFile;
  }

  get traceFile() {
    return this.#setup.trace ?? '';
  }

  /** Starts a process for it and, unless told otherwise, lets it broadcast. */
  async start({ load = true } = {}) {
    const binding = this.adversary === undefined;
    const life = new Life((seq, digest) => {
      if (binding) this.#onAccepted(seq, digest);
    });
    this.life = life;
    this.lives += 1;
    const startedMs = performance.now();
    try {
      const liar = this.adversary === undefined ? {} : { adversary: this.adversary };
      await life.ask('start', { setup: { ...this.#setup, ...liar } });
      this.slowestStartMs = Math.max(this.slowestStartMs, performance.now() - startedMs);
      if (load) await life.ask('load', LOAD);
    } catch (error) {
      // A disk that fails may do so before all is said.
      if (!(error instanceof OrderFailed && EXPECTED.includes(error.code))) {
        this.complaints.push(`${this.name} did not start: ${String(error)}`);
      }
    }
  }

  async kill() {
    const { life } = this;
    if (life === undefined) return;
    life.signal('SIGCONT');
    await life.kill();
    // Of a liar nothing is expected.
    if (life.stderr !== '' && this.adversary === undefined) {
      this.complaints.push(`${this.name} wrote to standard error: ${life.stderr}`);
    }
  }

  /** Lets it broadcast no more. Of a liar, and of one that is stuck, not too much is expected. */
  async rest() {
    const rested = this.life?.ask('rest', {}).catch(() => undefined);
    await Promise.race([rested, pause(REST_MS, undefined, { ref: false })]);
  }

  /** Its status, if it answers within a moment. @returns {Promise<ProcessStatus | undefined>} */
  async status(ms = 2_000) {
    if (!this.alive) return undefined;
    const asked = this.life?.ask('status', {}).catch(() => undefined);
    return Promise.race([asked, pause(ms, undefined, { ref: false })]);
  }

  /** Puts `bytes` of rubbish where its next record would go. */
  spoilTail(/** @type {number} */ bytes) {
    const name = readdirSync(this.dataDir)
      .filter((file) => file.endsWith('.qcl'))
      .sort()
      .at(-1);
    if (name === undefined) return;
    const path = join(this.dataDir, name);
    const log = readFileSync(path);
    let end = log.length;
    while (end > 0 && log[end - 1] === 0) end -= 1;
    const rubbish = Buffer.alloc(bytes, `rubbish ${bytes} `);
    writeFileSync(path, Buffer.concat([log.subarray(0, end), Buffer.alloc(TAIL_GAP_BYTES), rubbish]));
  }

  /** @param {number} seq @param {string} digest */
  #onAccepted(seq, digest) {
    const earlier = this.accepted.get(seq) ?? digest;
    if (earlier !== digest) this.complaints.push(`${this.name} accepted two messages as number ${seq}`);
    this.accepted.set(seq, earlier);
    this.lastAccepted = Math.max(this.lastAccepted, seq);
  }
}

/** All members of one cluster and the wires between them. */
export class Crew {
  dir;
  clusterFile;
  members;
  wires;

  /**
   * @param {string} dir @param {string} clusterFile @param {readonly Crewman[]} members
   * @param {readonly Wire[]} wires
   */
  constructor(dir, clusterFile, members, wires) {
    this.dir = dir;
    this.clusterFile = clusterFile;
    this.members = members;
    this.wires = wires;
  }

  /**
   * Makes keys, a definition and wires under `dir`; nobody is started.
   * @param {string} dir @param {number} count @param {number | undefined} liar
   * @param {{ disk: DiskName, limits?: Partial<Limits>, trace?: boolean }} options
   */
  static async make(dir, count, liar, { disk, limits = {}, trace = false }) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const identities = Array.from({ length: count }, (_, id) => generateIdentity(`p${id}`));
    const ports = await freeRowOf(count);
    const cards = identities.map((identity, id) => makeCard(identity, [`127.0.0.1:${ports[id]}`]));
    let definition = initCluster(cards, { name: 'nemesis', limits });
    for (const identity of identities) definition = signCluster(definition, identity);
    const clusterFile = join(dir, 'cluster.json');
    writeFileSync(clusterFile, serializeClusterDefinition(definition));
    for (const identity of identities) await writeIdentity(identity, join(dir, `${identity.name}.key`));
    const wires = await Promise.all(pairsOf(count).map(([from, to]) => Wire.open(from, to, ports[to] ?? 0)));
    const members = identities.map(({ name }, id) => {
      const addresses = wires
        .filter(({ from }) => from === id)
        .map(({ to, port }) => /** @type {const} */ ([`p${to}`, [`127.0.0.1:${port}`]]));
      const files = { clusterFile, keyFile: join(dir, `${name}.key`), dataDir: join(dir, name) };
      // A crash loses what was not synced, as a loss of power does.
      const setup = { ...files, addresses, disk, ...(trace ? { trace: join(dir, `${name}.trace`) } : {}) };
      return new Crewman(id, ports[id] ?? 0, setup, id === liar ? 'equivocate' : undefined);
    });
    return new Crew(dir, clusterFile, members, wires);
  }

  get honest() {
    return this.members.filter(({ adversary }) => adversary === undefined);
  }

  /** @param {number} id */
  member(id) {
    const member = this.members[id];
    if (member === undefined) throw new RangeError(`there is no member ${id}`);
    return member;
  }

  /** @param {number} id */
  wire(id) {
    const wire = this.wires[id];
    if (wire === undefined) throw new RangeError(`there is no wire ${id}`);
    return wire;
  }

  /** @param {number} member */
  wiresOf(member) {
    return this.wires.filter(({ from, to }) => from === member || to === member);
  }

  /** How far each honest member has delivered each stream; undefined for one that gives no answer. */
  async delivered() {
    const statuses = await Promise.all(this.honest.map((member) => member.status()));
    return statuses.map((status) => status?.streams.map(({ delivered }) => delivered));
  }

  async end() {
    await Promise.all(this.members.map((member) => member.kill()));
    await Promise.all(this.wires.map((wire) => wire.close()));
  }

  traces() {
    return this.honest.map(({ traceFile }) => traceFile).filter((path) => existsSync(path));
  }
}

/**
 * Below the ports that the system itself gives out: there a member that is down could find its own taken, by any
 * outgoing connection.
 * @param {number} count
 */
async function freeRowOf(count) {
  const first = await freeRow(10_000 + Math.floor(Math.random() * 18_000), count);
  if (first === undefined) throw new Error('no free ports between 10000 and 30000');
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Every two members, the lower number first: it dials. @param {number} count @returns {readonly (readonly [number, number])[]} */
export function pairsOf(count) {
  const ids = Array.from({ length: count }, (_, id) => id);
  return ids.flatMap((from) => ids.filter((to) => to > from).map((to) => /** @type {const} */ ([from, to])));
}
