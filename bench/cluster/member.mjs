// One member of the measured cluster, in a process of its own.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startNode } from '../../dist/node/index.js';
import { Bell, cpuMs, nowMs, serve, steadily } from './calls.mjs';

/** @import { MemberCalls } from '../types.ts' */
/** @import { RunningNode } from '../../dist/node/index.js' */

/** The member that broadcasts. */
const SENDER = 0;
/** Members without a disk keep everything, for the logs to be compared at the end. */
const BACKLOG = { backlogMessages: 2 ** 31, backlogBytes: 2 ** 40 };
/** Arrival times kept, the latest ones. */
const ARRIVALS_MAX = 65_536;

class MeasuredMember {
  /** @type {Map<string, readonly string[]>} */
  #addresses = new Map();
  /** @type {RunningNode | undefined} */
  #node;
  #bell = new Bell();
  /** The last message of the sender that this member's consumer has, and when it came. */
  #seq = 0;
  #bytes = 0;
  #arrivedMs = 0;
  #arrivals = new Float64Array(ARRIVALS_MAX);
  #lag = monitorEventLoopDelay({ resolution: 10 });

  get node() {
    if (this.#node === undefined) throw new Error('this member was not started');
    return this.#node;
  }

  /** @type {MemberCalls['start'] extends (setup: infer Setup) => string ? (setup: Setup) => Promise<string> : never} */
  async start({ clusterFile, keyFile, dataDir, byBatch, keepBytes }) {
    const kept = keepBytes === undefined ? {} : { retention: { bytes: keepBytes } };
    this.#node = await startNode(
      { cluster: clusterFile, identity: keyFile, dataDir, listen: '127.0.0.1:0', limits: BACKLOG, ...kept },
      { addressOverrides: this.#addresses },
    );
    this.#lag.enable();
    this.#node.closed.then(({ error }) => {
      if (error !== undefined) console.error(error);
    }, console.error);
    (byBatch ? this.#consumeBatches(this.#node) : this.#consume(this.#node)).catch(console.error);
    return this.#node.address;
  }

  /** @param {readonly (readonly [string, string])[]} addresses */
  async connect(addresses) {
    for (const [name, address] of addresses) this.#addresses.set(name, [address]);
    while (!this.node.peers().every(({ connected }) => connected)) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** @param {import('../types.ts').Load} load */
  async load({ size, window, durationMs, bytesMax, atOnce }) {
    const payload = new Uint8Array(size);
    const view = new DataView(payload.buffer);
    const first = this.#seq;
    const count = Math.floor(bytesMax / size);
    const startedMs = nowMs();
    let begun = 0;
    for (;;) {
      const late = nowMs() - startedMs >= durationMs;
      const until = late ? begun : Math.min(count, this.#seq - first + window);
      if (atOnce > 1) begun = this.#broadcastMany(payload, begun, until, atOnce);
      else {
        for (; begun < until; begun += 1) {
          view.setUint32(0, begun);
          this.#broadcast(payload);
        }
      }
      if (this.#seq - first === begun && (late || begun === count)) break;
      await this.#bell.wait();
    }
    return { startedMs, count: begun, lastSeq: this.#seq };
  }

  /** @param {import('../types.ts').Pace} pace */
  async pace(pace) {
    const last = this.#seq + pace.count;
    const payload = new Uint8Array(pace.size);
    const begun = await steadily(pace, () => this.#broadcast(payload));
    while (this.#seq < last) await this.#bell.wait();
    return { begun, lastSeq: last };
  }

  /** @param {number} seq */
  async reached(seq) {
    while (this.#seq < seq) await this.#bell.wait();
    return this.#arrivedMs;
  }

  /** @param {number} count */
  arrivals(count) {
    return Array.from({ length: count }, (_, i) => {
      return this.#arrivals[(this.#seq - count + 1 + i) % ARRIVALS_MAX] ?? Number.NaN;
    });
  }

  spent() {
    const { syncs, syncSecondsTotal } = this.node.store.stats;
    return { cpuMs: cpuMs(), syncs, syncMs: syncSecondsTotal * 1_000 };
  }

  vitals() {
    globalThis.gc?.();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    const lagP99Ms = this.#lag.percentile(99) / 1e6;
    this.#lag.reset();
    const { bytes } = this.node.status().storage;
    return {
      heapBytes: heapUsed,
      arrayBytes: arrayBuffers,
      rssBytes: rss,
      descriptors: descriptors(),
      logBytes: bytes,
      lagP99Ms,
    };
  }

  async log() {
    const hashes = this.node.status().streams.map(() => createHash('sha256'));
    const last = this.node.store.deliveredCount;
    const head = new DataView(new ArrayBuffer(12));
    let read = 0;
    if (last > 0) {
      for await (const { sender, seq, payload } of this.node.deliveries()) {
        head.setBigUint64(0, BigInt(seq));
        head.setUint32(8, payload.length);
        hashes[sender]?.update(head).update(payload);
        read += 1;
        if (read === last) break;
      }
    }
    return hashes.map((hash) => hash.digest('hex'));
  }

  async stop() {
    await this.#node?.close();
  }

  /** @param {Uint8Array} payload */
  #broadcast(payload) {
    this.node.broadcast(payload).catch((error) => {
      console.error(error);
      process.exit(1);
    });
  }

  /**
   * Hands over whole lists only, all of them copies of `payload`; returns how many messages are begun now.
   * @param {Uint8Array} payload @param {number} begun @param {number} until @param {number} atOnce
   */
  #broadcastMany(payload, begun, until, atOnce) {
    let next = begun;
    for (; next + atOnce <= until; next += atOnce) {
      this.node.broadcastMany(new Array(atOnce).fill(payload)).catch((error) => {
        console.error(error);
        process.exit(1);
      });
    }
    return next;
  }

  /** Reads batches as a user's program would, and looks at every message. @param {RunningNode} node */
  async #consumeBatches(node) {
    for await (const { sender, firstSeq, count, payloads } of node.deliveryBatches()) {
      if (sender !== SENDER) continue;
      for (const payload of payloads) this.#bytes += payload.length;
      this.#seq = firstSeq + count - 1;
      this.#arrivedMs = nowMs();
      this.#bell.notify();
    }
  }

  /** Reads deliveries as a user's program would. @param {RunningNode} node */
  async #consume(node) {
    for await (const { sender, seq } of node.deliveries()) {
      if (sender !== SENDER) continue;
      this.#seq = seq;
      this.#arrivedMs = nowMs();
      this.#arrivals[seq % ARRIVALS_MAX] = this.#arrivedMs;
      this.#bell.notify();
    }
  }
}

/** Files and sockets that are open; 0 where the system does not tell. */
function descriptors() {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

const member = new MeasuredMember();
/** @type {import('./calls.mjs').Answers<MemberCalls>} */
const answers = {
  start: (setup) => member.start(setup),
  connect: (addresses) => member.connect(addresses),
  load: (load) => member.load(load),
  pace: (pace) => member.pace(pace),
  reached: (seq) => member.reached(seq),
  arrivals: (count) => member.arrivals(count),
  spent: () => member.spent(),
  vitals: () => member.vitals(),
  log: () => member.log(),
  stop: () => member.stop(),
};
serve(answers);
