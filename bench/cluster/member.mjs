// One member of the measured cluster, in a process of its own.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { corruptNode } from '../../dist/cli/adversary.js';
import { giveHeapRoom } from '../../dist/cli/heap.js';
import { loadClusterDefinition, startNode } from '../../dist/node/index.js';
import { Bell, nowMs, serve, spent, steadily } from './calls.mjs';

/** @import { MemberCalls } from '../types.ts' */
/** @import { RunningNode } from '../../dist/node/index.js' */

/** The member that broadcasts. */
const SENDER = 0;
/** Members without a disk keep more than one run, for the logs to be compared after it; and messages of 16 MiB may wait, here and on a link. */
const ROOM = {
  ...{ backlogMessages: 16_777_216, backlogBytes: 301_989_888 },
  ...{ pendingBytes: 67_108_864, bufferedBytesPerPeer: 134_217_728 },
};
/** Arrival times kept, the latest ones. */
const ARRIVALS_MAX = 65_536;

const silent = () => undefined;
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

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
  /** By sender, how far its instances were looked at.
   * @type {Map<number, { next: number, digest: string }>} */
  #chains = new Map();
  #lag = monitorEventLoopDelay({ resolution: 10 });

  get node() {
    if (this.#node === undefined) throw new Error('this member was not started');
    return this.#node;
  }

  /** @type {MemberCalls['start'] extends (setup: infer Setup) => string ? (setup: Setup) => Promise<string> : never} */
  async start({ clusterFile, keyFile, dataDir, byBatch, keepBytes, lies }) {
    const kept = keepBytes === undefined ? {} : { retention: { bytes: keepBytes } };
    const cluster = await loadClusterDefinition(clusterFile);
    this.#node = await startNode(
      { cluster, identity: keyFile, dataDir, listen: '127.0.0.1:0', limits: ROOM, ...kept },
      { addressOverrides: this.#addresses, ...(lies ? corruptNode('equivocate', cluster, SILENT) : {}) },
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
    let sentBytes = 0;
    for (const peer of this.node.peers()) sentBytes += peer.sentBytes;
    const messages = this.node.driver.counters.messagesOut;
    return { ...spent(), syncs, syncMs: syncSecondsTotal * 1_000, sentBytes, messages };
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

  /**
   * What was delivered so far, by sender: each digest covers a payload, its sender and its instance. Asked for after each
   * run, before a member in memory forgets it.
   */
  log() {
    const { store } = this.node;
    return this.node.status().streams.map(({ sender }) => {
      const chain = this.#chains.get(sender) ?? { next: 1, digest: '' };
      this.#chains.set(sender, chain);
      const hash = createHash('sha256').update(chain.digest);
      for (let entry = store.entry(sender, chain.next); entry; entry = store.entry(sender, chain.next)) {
        hash.update(entry.digest).update(`${entry.firstSeq} ${entry.count}`);
        chain.next += 1;
      }
      if (chain.next < store.firstInstance(sender))
        throw new Error('a run was longer than what is kept of it');
      chain.digest = hash.digest('hex');
      return `${chain.next} ${chain.digest}`;
    });
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

// As `quorumcast run` does.
giveHeapRoom();
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
