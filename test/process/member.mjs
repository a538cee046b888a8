// One member in a process of its own, on the orders of the test that forked it; orders.ts says which. Ends with it.
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { PayloadHasher } from '../../dist/crypto/index.js';
// Not all of the node's index: tests start more than a hundred of these, and most of it is for people.
import { loadClusterDefinition } from '../../dist/node/cluster/index.js';
import { QuorumcastError } from '../../dist/node/errors.js';
import { startNode } from '../../dist/node/node.js';
import { nativeSha256 } from '../../dist/node/sha256.js';
import { DISK } from '../../dist/node/store/disk.js';
import { FailingDisk, lyingDisk, volatileDisk } from './disks.mjs';

/** @import { DiskName, Order, Orders, Setup, Event, Telling, PlainError, PlainReport } from './orders.ts' */
/** @import { Participant, Member } from '../../dist/member/index.js' */
/** @import { MemberMessage } from '../../dist/codec/index.js' */
/** @import { Disk } from '../../dist/node/store/index.js' */
/** @import { NodeInternals } from '../../dist/node/index.js' */
/** @import { NodeId } from '../../dist/committee/index.js' */
/** @import { RunningNode, CloseReport, ClusterDefinition } from '../../dist/node/index.js' */

/** As in the field, but for waits that add up when members are killed again and again. */
const LINK_TIMES = { backoffMaxMs: 500 };

/** @type {Readonly<Record<DiskName, () => Disk>>} */
const DISKS = { real: () => DISK, volatile: volatileDisk, lying: lyingDisk };

/** @type {RunningNode | undefined} */
let started;
/** @type {Promise<void> | undefined} */
let loading;
/** @type {FailingDisk | undefined} */
let disk;
let resting = false;
let leaving = false;

/** @param {Telling} telling */
function tell(telling) {
  if (process.connected) process.send?.(telling);
}

/** @param {Event} event */
function report(event) {
  tell({ kind: 'event', event });
}

/** @param {unknown} error @returns {PlainError} */
function plain(error) {
  if (error instanceof QuorumcastError) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'without a code', message: text, hint: '' };
}

/** @param {CloseReport} closed @returns {PlainReport} */
function plainReport({ abandoned, clean, error }) {
  return { abandoned, clean, error: error && plain(error) };
}

function node() {
  if (started === undefined) throw new Error('this process was not told to start yet');
  return started;
}

/**
 * Looks over an honest member's shoulder at all that it is told, and remembers who said what in which instance:
 * longer than the member itself, which forgets what it has delivered.
 * @param {Participant} participant
 * @param {(message: { kind: 'initial', payload: Uint8Array }, sender: NodeId, instance: number) => string} digestOf
 * @returns {Participant}
 */
function witnessed(participant, digestOf) {
  /** @type {Map<string, string>} */
  const said = new Map();
  /** @param {NodeId} from @param {MemberMessage} message */
  const listen = (from, message) => {
    if (message.kind !== 'instance') return;
    const { sender, instance, body } = message;
    if (body.kind === 'pull' || body.kind === 'payload') return;
    const digest =
      body.kind === 'initial' ? digestOf(body, sender, instance) : Buffer.from(body.digest).toString('hex');
    const place = `${body.kind} of p${from} in ${sender}:${instance}`;
    const earlier = said.get(place) ?? digest;
    said.set(place, earlier);
    if (earlier === digest) return;
    report({ kind: 'contradiction', accused: from, text: `${place}: ${earlier}, then ${digest}` });
  };
  return {
    restore: (memory) => participant.restore(memory),
    submit: (message) => participant.submit(message),
    linkUp: (peer) => participant.linkUp(peer),
    linkDown: (peer) => participant.linkDown(peer),
    tick: () => participant.tick(),
    flush: () => participant.flush(),
    handle: (from, message) => {
      listen(from, message);
      return participant.handle(from, message);
    },
  };
}

/** @param {Setup} setup @param {ClusterDefinition} cluster @returns {Promise<(honest: Member) => Participant>} */
async function participantOf({ adversary }, cluster) {
  const hasher = new PayloadHasher(nativeSha256, cluster.digest);
  if (adversary === undefined) {
    return (honest) =>
      witnessed(honest, ({ payload }, sender, instance) =>
        Buffer.from(hasher.digest(sender, instance, payload)).toString('hex'),
      );
  }
  const { ADVERSARIES } = await import('../../dist/simulator/index.js');
  return (honest) =>
    ADVERSARIES[adversary].make({
      committee: cluster.committee,
      self: honest.self,
      hasher,
      honest,
      report: ({ text }) => report({ kind: 'lie', text }),
    });
}

/** @param {Setup} setup @param {ClusterDefinition} cluster @returns {Promise<NodeInternals>} */
async function internalsOf(setup, cluster) {
  const { trace, addresses, adversary, unwitnessed } = setup;
  disk = new FailingDisk(DISKS[setup.disk ?? 'real']());
  const common = {
    linkTimes: LINK_TIMES,
    disk: disk.disk,
    ...(addresses === undefined ? {} : { addressOverrides: new Map(addresses) }),
  };
  if (trace !== undefined && adversary === undefined) {
    const { recordNode } = await import('../../dist/cli/sim/recorder.js');
    return { ...common, ...recordNode(cluster, trace) };
  }
  return unwitnessed === true ? common : { ...common, participant: await participantOf(setup, cluster) };
}

/** @param {RunningNode} running */
function watch(running) {
  running.addEventListener('state', ({ detail: { to, reason } }) => report({ kind: 'state', to, reason }));
  running.addEventListener('instance:stalled', ({ detail }) => report({ kind: 'stalled', view: detail }));
  running.addEventListener('evidence', ({ detail: { name, code } }) =>
    report({ kind: 'evidence', accused: name, code }),
  );
  running.addEventListener('peer:refused', ({ detail: { peer, reason, byPeer } }) => {
    if (peer !== undefined) report({ kind: 'refused', peer, reason, byPeer });
  });
  running.closed.then((closed) => report({ kind: 'closed', report: plainReport(closed) }), fail);
}

/** Broadcasts until told to rest, or until the node closes. @param {number} pauseMs @param {number} bytes */
async function load(pauseMs, bytes) {
  for (let count = 1; !resting && node().state !== 'closed'; count += 1) {
    try {
      const text = `${node().name} in process ${process.pid}, message ${count}. `.padEnd(bytes, '.');
      const { seq, digest } = await node().broadcast(text);
      tell({ kind: 'accepted', seq, digest });
      await pause(pauseMs);
    } catch (error) {
      if (error instanceof QuorumcastError && error.code === 'ERR_CLOSED') return;
      throw error;
    }
  }
}

/** @param {Orders['pace']['ask']} ask */
async function pace({ count, pauseMs, bytes }) {
  const took = Array.from({ length: count }, async (_, i) => {
    await pause(i * pauseMs);
    const startedMs = performance.now();
    const sent = await node().broadcast(`${node().name} at a pace ${i} `.padEnd(bytes, '.'));
    await sent.delivered();
    return performance.now() - startedMs;
  });
  return Promise.all(took);
}

/** Reads the node's own log from the start to what is delivered by now. */
async function readLog() {
  /** @type {string[][]} */
  const bySender = Array.from({ length: node().cluster.n }, () => []);
  let left = node().status().delivered;
  if (left === 0) return bySender;
  for await (const delivery of node().deliveries()) {
    const digests = bySender[delivery.sender] ?? [];
    digests.push(createHash('sha256').update(delivery.payload).digest('hex'));
    if (delivery.seq !== digests.length) {
      throw new Error(`p${delivery.sender}#${delivery.seq} came as number ${digests.length} of its sender`);
    }
    left -= 1;
    if (left === 0) break;
  }
  return bySender;
}

/** What the own log says of every instance delivered here, by sender. */
function readHistory() {
  /** @param {Uint8Array} digest */
  const hex = (digest) => Buffer.from(digest).toString('hex');
  return node()
    .status()
    .streams.map(({ sender }) => {
      const found = [];
      for (let instance = 1; ; instance += 1) {
        const entry = node().store.entry(sender, instance);
        if (entry === undefined) return found;
        const { digest, echo, firstSeq, count } = entry;
        found.push({ digest: hex(digest), echo: echo && hex(echo), firstSeq, count });
      }
    });
}

/** @param {Orders['consume']['ask']} ask */
async function consume({ consumer, reads, acks }) {
  const seen = [];
  for await (const delivery of node().deliveries({ consumer })) {
    seen.push({ sender: delivery.sender, seq: delivery.seq, cursor: delivery.cursor });
    if (seen.length <= acks) {
      await delivery.ack();
      report({ kind: 'acknowledged', sender: delivery.sender, seq: delivery.seq });
    }
    if (seen.length === reads) break;
  }
  return seen;
}

/** Closes the node and lets the process end by itself: what still keeps it then is a leak. @param {number} [timeoutMs] */
async function close(timeoutMs) {
  resting = true;
  const closed = await node().close(timeoutMs === undefined ? {} : { timeoutMs });
  await loading;
  return plainReport(closed);
}

function leave() {
  leaving = true;
  if (process.connected) process.disconnect();
}

/** @type {{ [Name in keyof Orders]: (ask: Orders[Name]['ask']) => Promise<Orders[Name]['answer']> }} */
const obey = {
  start: async ({ setup }) => {
    const { clusterFile, keyFile, dataDir, limits } = setup;
    const cluster = await loadClusterDefinition(clusterFile);
    /** @param {string} text */
    const notice = (text) => report({ kind: 'notice', text });
    const quiet = () => undefined;
    started = await startNode(
      {
        cluster,
        identity: keyFile,
        dataDir,
        ...(limits === undefined ? {} : { limits }),
        logger: {
          debug: quiet,
          info: quiet,
          warn: (event, fields) =>
            event.startsWith('storage.') && notice(JSON.stringify({ event, ...fields })),
          error: (event, fields) => notice(JSON.stringify({ event, ...fields })),
        },
      },
      await internalsOf(setup, cluster),
    );
    watch(started);
    return { address: started.address };
  },
  broadcast: async ({ text, bytes, key }) => {
    const options = key === undefined ? {} : { idempotencyKey: key };
    const { sender, seq, digest, duplicate } = await node().broadcast(text.padEnd(bytes ?? 0, '.'), options);
    tell({ kind: 'accepted', seq, digest });
    return { sender, seq, digest, duplicate };
  },
  load: async ({ pauseMs, bytes }) => {
    resting = false;
    loading = load(pauseMs, bytes);
    loading.catch(fail);
  },
  rest: async () => {
    resting = true;
    await loading;
  },
  pace,
  status: async () => ({
    ...node().status(),
    rssBytes: process.memoryUsage.rss(),
    receivedBytes: node()
      .peers()
      .reduce((sum, peer) => sum + peer.receivedBytes, 0),
    limited: Object.fromEntries(
      node()
        .peers()
        .map(({ name, limited }) => [name, limited]),
    ),
    refusals: Object.fromEntries(node().refusals),
  }),
  log: () => readLog(),
  history: async () => readHistory(),
  failDisk: async ({ what }) => {
    disk?.failNext(what);
  },
  trace: async ({ sender, seq }) => {
    const of = node()
      .status()
      .streams.find((stream) => stream.sender === sender);
    return of && node().inspect({ sender: of.sender, seq });
  },
  consume,
  close: ({ timeoutMs }) => close(timeoutMs),
};

/** @param {Order} order */
async function answer({ id, name, ask }) {
  try {
    // Each name has its own kind of question; which one this is, only the sender knows.
    const value = await obey[name](/** @type {never} */ (ask));
    tell({ kind: 'answer', id, value });
  } catch (error) {
    tell({ kind: 'failed', id, error: plain(error) });
  }
  if (name === 'close') leave();
}

/** @param {unknown} error */
function fail(error) {
  console.error(error);
  process.exitCode = 1;
}

process.on('message', (order) => {
  void answer(/** @type {Order} */ (order));
});
process.on('SIGINT', () => {
  close().then(leave, fail);
});
process.on('disconnect', () => {
  if (!leaving) process.exit();
});
