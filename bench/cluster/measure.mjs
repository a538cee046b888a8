import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  generateIdentity,
  initCluster,
  makeCard,
  serializeClusterDefinition,
  signCluster,
  writeIdentity,
} from '../../dist/node/index.js';
import { percentile } from '../numbers.mjs';
import { Helper } from './calls.mjs';

/** @import { FanoutCalls, Load, MemberCalls, Pace, Ran, Spent } from '../types.ts' */

const MEMBER = new URL('./member.mjs', import.meta.url);
const FANOUT = new URL('./fanout.mjs', import.meta.url);

/**
 * What one run at full load came to.
 * @typedef {object} Throughput
 * @property {number} perSecond Messages that everybody had, by the time between the first and the last.
 * @property {number} cpuMicros Processor time of all processes together, per message.
 * @property {readonly number[]} cpuMicrosEach The same by process, the sender first.
 * @property {number} gcShare Of that time, the share of collecting garbage.
 * @property {number} rssMiB Resident memory of the largest process.
 * @property {number} wire Bytes that the sender framed for its peers, per peer and byte of payload.
 * @property {number} messages Protocol messages of all members, per message broadcast.
 * @property {number} perSync Messages per commit to disk of the sender; 0 without a disk.
 * @property {number} syncMs What one commit to disk took there.
 */
/** @typedef {{ p50: number, p99: number, p999: number }} Latency Milliseconds until the slowest had it. */

/**
 * @typedef {object} Shape
 * @property {string} dir Removed by `stop`.
 * @property {number} [members] Default: 4.
 * @property {boolean} durable
 * @property {{ messagesPerInstance?: number, payloadBytes?: number, window?: number, bytesPerSender?: number }} limits
 * @property {string | undefined} profile A folder for processor profiles of members 0 and 1.
 * @property {boolean} byBatch Whether consumers read by the batch.
 * @property {'none' | 'stopped' | 'lying'} [fault] What becomes of the last member.
 * @property {readonly string[]} [nodeFlags] Of every process.
 * @property {number} [keepBytes] Of its log; everything if it is not given.
 */

/** Keys of members, and a cluster of them. Their addresses are told later. */
/** @param {string} dir @param {number} members @param {Shape['limits']} limits */
async function makeCluster(dir, members, limits) {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const identities = Array.from({ length: members }, (_, id) => generateIdentity(`p${id}`));
  const cards = identities.map((identity, id) => makeCard(identity, [`127.0.0.1:${id + 1}`]));
  let definition = initCluster(cards, { name: 'bench', limits });
  for (const identity of identities) definition = signCluster(definition, identity);
  const clusterFile = join(dir, 'cluster.json');
  await writeFile(clusterFile, serializeClusterDefinition(definition));
  const keyFiles = identities.map(({ name }) => join(dir, `${name}.key`));
  for (const [id, identity] of identities.entries()) await writeIdentity(identity, keyFiles[id] ?? '');
  return { clusterFile, keyFiles };
}

/** Members in processes of their own; member 0 broadcasts, every correct member's consumer reads. */
export class Cluster {
  /** All processes that run, and those of them that are measured: the correct ones. */
  /** @type {readonly Helper<MemberCalls>[]} */
  #running;
  /** @type {readonly Helper<MemberCalls>[]} */
  #correct;
  /** @type {Helper<MemberCalls>} */
  #sender;
  #dir;

  /** @param {string} dir @param {readonly Helper<MemberCalls>[]} members */
  constructor(dir, members) {
    const [sender] = members;
    if (sender === undefined) throw new Error('a cluster has members');
    this.#dir = dir;
    this.#running = members;
    this.#correct = members;
    this.#sender = sender;
  }

  /** @param {Shape} shape */
  static async start({ dir, members: count = 4, durable, limits, profile, byBatch, fault = 'none', ...own }) {
    const { nodeFlags = [], keepBytes } = own;
    const { clusterFile, keyFiles } = await makeCluster(dir, count, limits);
    const members = keyFiles.map((_, id) => {
      const profiled = profile !== undefined && id < 2;
      const flags = profiled
        ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=p${id}.cpuprofile`]
        : [];
      return /** @type {Helper<MemberCalls>} */ (new Helper(MEMBER, [...flags, ...nodeFlags]));
    });
    const cluster = new Cluster(dir, members);
    try {
      const addresses = await Promise.all(
        members.map((member, id) => {
          const dataDir = durable ? join(dir, `p${id}`) : false;
          const lies = fault === 'lying' && id === count - 1;
          const keyFile = keyFiles[id] ?? '';
          return member.ask('start', { clusterFile, keyFile, dataDir, byBatch, keepBytes, lies });
        }),
      );
      const named = addresses.map((address, id) => /** @type {const} */ ([`p${id}`, address]));
      await Promise.all(members.map((member) => member.ask('connect', named)));
      if (fault !== 'none') cluster.#correct = members.slice(0, -1);
      if (fault === 'stopped') {
        cluster.#running = cluster.#correct;
        await members.at(-1)?.stop();
      }
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  /** @param {Load} load @returns {Promise<Throughput>} */
  async load(load) {
    const before = await this.#spent();
    const ran = await this.#sender.ask('load', load);
    const reached = await Promise.all(this.#correct.map((member) => member.ask('reached', ran.lastSeq)));
    const after = await this.#spent();
    // Members in memory do not keep all of it: what was delivered is compared run by run.
    if (!(await this.agrees())) throw new Error('the delivered logs of the members differ');
    return throughput(load, ran, reached, before, after, this.#running.length - 1);
  }

  /** @param {Pace} pace @returns {Promise<Latency>} */
  async pace(pace) {
    const { begun, lastSeq } = await this.#sender.ask('pace', pace);
    await Promise.all(this.#correct.map((member) => member.ask('reached', lastSeq)));
    const all = await Promise.all(this.#correct.map((member) => member.ask('arrivals', pace.count)));
    return latency(begun, all);
  }

  /** Of each member. */
  vitals() {
    return Promise.all(this.#correct.map((member) => member.ask('vitals', undefined)));
  }

  /** Whether the delivered logs of all correct members hold the same messages of each sender. */
  async agrees() {
    const logs = await Promise.all(this.#correct.map((member) => member.ask('log', undefined)));
    return new Set(logs.map((digests) => digests.join())).size === 1;
  }

  async stop() {
    await Promise.all(this.#running.map((member) => member.stop()));
    await rm(this.#dir, { recursive: true, force: true });
  }

  #spent() {
    return Promise.all(this.#correct.map((member) => member.ask('spent', undefined)));
  }
}

/** The plain fan-out, or what is measured like it: process 0 sends, the others receive and count. */
export class Fanout {
  /** @type {Helper<FanoutCalls>} */
  #source;
  /** @type {readonly Helper<FanoutCalls>[]} */
  #sinks;

  /** @param {Helper<FanoutCalls>} source @param {readonly Helper<FanoutCalls>[]} sinks */
  constructor(source, sinks) {
    this.#source = source;
    this.#sinks = sinks;
  }

  /**
   * `dir`: for the keys. `mesh`: whether there are links between any two processes.
   * @param {string} dir @param {number} members @param {URL} [script] @param {string} [modules] @param {boolean} [mesh]
   */
  static async start(dir, members, script = FANOUT, modules, mesh = false) {
    const { keyFiles } = await makeCluster(dir, members, {});
    const [source, ...sinks] = keyFiles.map(() => /** @type {Helper<FanoutCalls>} */ (new Helper(script)));
    if (source === undefined) throw new Error('no source');
    const fanout = new Fanout(source, sinks);
    try {
      const count = sinks.length;
      const keyOf = (/** @type {number} */ i) => keyFiles[i] ?? '';
      const port = await source.ask('listen', { keyFile: keyOf(0), count, modules });
      const listening = mesh ? sinks.slice(0, -1) : [];
      const others = await Promise.all(
        listening.map((sink, i) =>
          sink.ask('listen', { keyFile: keyOf(i + 1), count: count - 1 - i, modules }),
        ),
      );
      const ends = sinks.map((sink, i) =>
        sink.ask('dial', { keyFile: keyOf(i + 1), port, modules, others: others.slice(0, i) }),
      );
      await Promise.all(ends);
    } catch (error) {
      await fanout.stop();
      throw error;
    }
    return fanout;
  }

  /** @param {Load} load @returns {Promise<Throughput>} */
  async load(load) {
    await this.#expect(load.size, false);
    const before = await this.#spent();
    const ran = await this.#source.ask('load', load);
    const reached = await Promise.all(this.#sinks.map((sink) => sink.ask('reached', ran.count)));
    return throughput(load, ran, reached, before, await this.#spent());
  }

  /** @param {Pace} pace @returns {Promise<Latency>} */
  async pace(pace) {
    await this.#expect(pace.size, true);
    const { begun, lastSeq } = await this.#source.ask('pace', pace);
    await Promise.all(this.#sinks.map((sink) => sink.ask('reached', lastSeq)));
    const all = await Promise.all(this.#sinks.map((sink) => sink.ask('arrivals', pace.count)));
    return latency(begun, all);
  }

  async stop() {
    await Promise.all([this.#source, ...this.#sinks].map((helper) => helper.stop()));
  }

  /** @param {number} bytes @param {boolean} arrivals */
  async #expect(bytes, arrivals) {
    await Promise.all(this.#sinks.map((sink) => sink.ask('expect', { bytes, arrivals })));
  }

  #spent() {
    return Promise.all([this.#source, ...this.#sinks].map((helper) => helper.ask('spent', undefined)));
  }
}

/** @param {Load} load @param {Ran} ran @param {readonly number[]} reached @param {readonly Spent[]} before @param {readonly Spent[]} after @param {number} [peers] @returns {Throughput} */
function throughput({ size }, ran, reached, before, after, peers = after.length - 1) {
  const elapsedMs = Math.max(...reached) - ran.startedMs;
  /** @param {(spent: Spent) => number} figure */
  const more = (figure) => after.map((spent, i) => figure(spent) - figure(before[i] ?? spent));
  const cpu = more(({ cpuMs }) => cpuMs);
  const [syncs = 0] = more((spent) => spent.syncs);
  const [syncMs = 0] = more((spent) => spent.syncMs);
  const [sentBytes = 0] = more((spent) => spent.sentBytes);
  return {
    perSecond: (ran.count * 1_000) / elapsedMs,
    cpuMicros: (sum(cpu) * 1_000) / ran.count,
    cpuMicrosEach: cpu.map((ms) => (ms * 1_000) / ran.count),
    gcShare: sum(more(({ gcMs }) => gcMs)) / sum(cpu),
    rssMiB: Math.max(...after.map(({ rss }) => rss)) / 2 ** 20,
    wire: sentBytes / peers / (ran.count * size),
    messages: sum(more((spent) => spent.messages)) / ran.count,
    perSync: syncs === 0 ? 0 : ran.count / syncs,
    syncMs: syncs === 0 ? 0 : syncMs / syncs,
  };
}

/** Of each message, how long until the last one had it. @param {readonly number[]} begun @param {readonly (readonly number[])[]} all */
function latency(begun, all) {
  const took = begun.map((at, i) => Math.max(...all.map((arrivals) => arrivals[i] ?? Number.NaN)) - at);
  return { p50: percentile(took, 50), p99: percentile(took, 99), p999: percentile(took, 99.9) };
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
