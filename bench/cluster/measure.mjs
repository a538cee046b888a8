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
const MEMBERS = 4;

/**
 * What one run at full load came to.
 * @typedef {object} Throughput
 * @property {number} perSecond Messages that everybody had, by the time between the first and the last.
 * @property {number} cpuMicros Processor time of all processes together, per message.
 * @property {number} perSync Messages per commit to disk of the sender; 0 without a disk.
 * @property {number} syncMs What one commit to disk took there.
 */
/** @typedef {{ p50: number, p99: number }} Latency Milliseconds until the slowest had it. */

/** Keys of four members, and a cluster of them. Their addresses are told later. */
/** @param {string} dir @param {{ messagesPerInstance?: number }} limits */
async function makeCluster(dir, limits) {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const identities = Array.from({ length: MEMBERS }, (_, id) => generateIdentity(`p${id}`));
  const cards = identities.map((identity, id) => makeCard(identity, [`127.0.0.1:${id + 1}`]));
  let definition = initCluster(cards, { name: 'bench', limits });
  for (const identity of identities) definition = signCluster(definition, identity);
  const clusterFile = join(dir, 'cluster.json');
  await writeFile(clusterFile, serializeClusterDefinition(definition));
  const keyFiles = identities.map(({ name }) => join(dir, `${name}.key`));
  for (const [id, identity] of identities.entries()) await writeIdentity(identity, keyFiles[id] ?? '');
  return { clusterFile, keyFiles };
}

/** Four members in processes of their own; member 0 broadcasts, every member's consumer reads. */
export class Cluster {
  /** @type {readonly Helper<MemberCalls>[]} */
  #members;
  /** @type {Helper<MemberCalls>} */
  #sender;
  #dir;

  /** @param {string} dir @param {readonly Helper<MemberCalls>[]} members */
  constructor(dir, members) {
    const [sender] = members;
    if (sender === undefined) throw new Error('a cluster has members');
    this.#dir = dir;
    this.#members = members;
    this.#sender = sender;
  }

  /**
   * `dir` is removed by `stop`. `profile`: a folder for processor profiles of members 0 and 1.
   * @param {{ dir: string, durable: boolean, limits: { messagesPerInstance?: number }, profile: string | undefined, byBatch: boolean,
   *   nodeFlags?: readonly string[], keepBytes?: number }} options
   */
  static async start({ dir, durable, limits, profile, byBatch, nodeFlags = [], keepBytes }) {
    const { clusterFile, keyFiles } = await makeCluster(dir, limits);
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
          return member.ask('start', {
            clusterFile,
            keyFile: keyFiles[id] ?? '',
            dataDir,
            byBatch,
            keepBytes,
          });
        }),
      );
      const named = addresses.map((address, id) => /** @type {const} */ ([`p${id}`, address]));
      await Promise.all(members.map((member) => member.ask('connect', named)));
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
    const reached = await Promise.all(this.#members.map((member) => member.ask('reached', ran.lastSeq)));
    return throughput(ran, reached, before, await this.#spent());
  }

  /** @param {Pace} pace @returns {Promise<Latency>} */
  async pace(pace) {
    const { begun, lastSeq } = await this.#sender.ask('pace', pace);
    await Promise.all(this.#members.map((member) => member.ask('reached', lastSeq)));
    const all = await Promise.all(this.#members.map((member) => member.ask('arrivals', pace.count)));
    return latency(begun, all);
  }

  /** Of each member. */
  vitals() {
    return Promise.all(this.#members.map((member) => member.ask('vitals', undefined)));
  }

  /** Whether the delivered logs of all members hold the same messages of each sender. */
  async agrees() {
    const logs = await Promise.all(this.#members.map((member) => member.ask('log', undefined)));
    return new Set(logs.map((digests) => digests.join())).size === 1;
  }

  async stop() {
    await Promise.all(this.#members.map((member) => member.stop()));
    await rm(this.#dir, { recursive: true, force: true });
  }

  #spent() {
    return Promise.all(this.#members.map((member) => member.ask('spent', undefined)));
  }
}

/** The plain fan-out: process 0 sends, three receive and count. */
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

  /** `dir`: for the keys. @param {string} dir */
  static async start(dir) {
    const { keyFiles } = await makeCluster(dir, {});
    const [source, ...sinks] = keyFiles.map(() => /** @type {Helper<FanoutCalls>} */ (new Helper(FANOUT)));
    if (source === undefined) throw new Error('no source');
    const fanout = new Fanout(source, sinks);
    const port = await source.ask('listen', keyFiles[0] ?? '');
    const dials = sinks.map((sink, i) => sink.ask('dial', { keyFile: keyFiles[i + 1] ?? '', port }));
    await Promise.all(dials);
    return fanout;
  }

  /** @param {Load} load @returns {Promise<Throughput>} */
  async load(load) {
    await this.#expect(load.size, false);
    const before = await this.#spent();
    const ran = await this.#source.ask('load', load);
    const reached = await Promise.all(this.#sinks.map((sink) => sink.ask('reached', ran.count)));
    return throughput(ran, reached, before, await this.#spent());
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

/** @param {Ran} ran @param {readonly number[]} reached @param {readonly Spent[]} before @param {readonly Spent[]} after @returns {Throughput} */
function throughput(ran, reached, before, after) {
  const elapsedMs = Math.max(...reached) - ran.startedMs;
  const cpu = sum(after.map(({ cpuMs }) => cpuMs)) - sum(before.map(({ cpuMs }) => cpuMs));
  const syncs = (after[0]?.syncs ?? 0) - (before[0]?.syncs ?? 0);
  const syncMs = (after[0]?.syncMs ?? 0) - (before[0]?.syncMs ?? 0);
  return {
    perSecond: (ran.count * 1_000) / elapsedMs,
    cpuMicros: (cpu * 1_000) / ran.count,
    perSync: syncs === 0 ? 0 : ran.count / syncs,
    syncMs: syncs === 0 ? 0 : syncMs / syncs,
  };
}

/** Of each message, how long until the last one had it. @param {readonly number[]} begun @param {readonly (readonly number[])[]} all */
function latency(begun, all) {
  const took = begun.map((at, i) => Math.max(...all.map((arrivals) => arrivals[i] ?? Number.NaN)) - at);
  return { p50: percentile(took, 50), p99: percentile(took, 99) };
}

/** @param {readonly number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
