// What one vote costs in one core, without sockets and disks: the traffic of 32 broadcasts at a time, as one member
// of n hears it, through each layer of the core; processor time, so that a busy machine matters little. Run by hand:
// npm run bench:core -- [--quick] [--json] [--curves]; --curves: what a broadcast and a vote cost as committees grow
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bracha, rulesOf } from '../dist/broadcast/index.js';
import { encodeBatch, FRAME_HEADER_BYTES, FrameCursor, FramePacker } from '../dist/codec/index.js';
import { Committee, faultyMax, LIMITS_DEFAULT } from '../dist/committee/index.js';
import { asDigest, PayloadHasher } from '../dist/crypto/index.js';
import { Member } from '../dist/member/index.js';
import { nativeSha256 } from '../dist/node/index.js';
import { Stream } from '../dist/stream/index.js';
import { AT_ONCE, CURVE_MEMBERS, costOf } from './curves.mjs';
import { machine, machineLine } from './machine.mjs';
import { each, short, show, size, spread, UNHEARD } from './numbers.mjs';

/** @import { Spread } from './numbers.mjs' */

/** @import { InstanceMessage, MemberMessage } from '../dist/codec/index.js' */
/** @import { NodeId } from '../dist/committee/index.js' */

const BLOCK = 32;
const EPOCH = 1;
const PAYLOAD = encodeBatch([new Uint8Array(32)]);
const MEMBERS = [4, 16, 64];

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    allocation: { type: 'boolean' },
    curves: { type: 'boolean' },
  },
});
const ROUNDS = flags.quick === true ? 3 : 7;
const ROUND_NS = flags.quick === true ? 1e8 : 4e8;
/** Instances that are heard of between two reports of progress: the default window. */
const WINDOW = 256;

/** Stands for SHA-256 where its cost is not the question: sender and instance, from the end of the prefix. */
/** @type {import('../dist/crypto/index.js').Sha256} */
const placeSha256 = (prefix) => {
  const digest = new Uint8Array(32);
  if (prefix !== undefined) digest.set(prefix.subarray(prefix.length - 10));
  return digest;
};

/** @typedef {{ from: NodeId, instance: number, body: InstanceMessage }} Heard */

/** A committee, and the place in it from which everything is seen: member 1; member 0 broadcasts. */
/** @param {number} n @param {number} window */
function place(n, window) {
  const committee = new Committee(n, faultyMax(n));
  const hasher = new PayloadHasher(placeSha256, new Uint8Array(32));
  return {
    committee,
    self: committee.member(1),
    sender: committee.member(0),
    rules: rulesOf(committee, 'early'),
    limits: { ...LIMITS_DEFAULT, window },
    hasher,
    /** @param {number} instance */
    digest: (instance) => hasher.digest(0, instance, PAYLOAD),
  };
}

/** @typedef {ReturnType<typeof place>} Place */

/** INITIAL of instances `from` to `from + count - 1`. @param {Place} at @param {number} from @param {number} count */
function initials({ sender }, from, count) {
  /** @type {Heard[]} */
  const heard = [];
  for (let instance = from; instance < from + count; instance += 1) {
    heard.push({ from: sender, instance, body: { kind: 'initial', payload: PAYLOAD } });
  }
  return heard;
}

/** One vote of each of these members on each of these instances, in the order in which frames would bring them. */
/**
 * @param {Place} at @param {'echo' | 'ready'} kind @param {readonly NodeId[]} voters @param {number} from
 * @param {number} count
 */
function votes(at, kind, voters, from, count) {
  /** @type {Heard[]} */
  const heard = [];
  for (const voter of voters) {
    for (let instance = from; instance < from + count; instance += 1) {
      heard.push({ from: voter, instance, body: { kind, digest: at.digest(instance) } });
    }
  }
  return heard;
}

/** All that one member hears of a block of broadcasts. @param {Place} at @param {number} from */
function block(at, from) {
  const others = at.committee.ids.filter((id) => id !== at.self);
  return {
    initials: initials(at, from, BLOCK),
    votes: [...votes(at, 'echo', others, from, BLOCK), ...votes(at, 'ready', others, from, BLOCK)],
  };
}

/**
 * Something that hears messages. `prepare` is not timed and returns what is: a call for each of them.
 * @typedef {{ prepare(heard: readonly Heard[]): () => void, settle(upTo: number): void }} Hearer
 */

/** @type {Record<string, (at: Place) => Hearer>} */
const LAYERS = {
  'Bracha.handle': (at) => {
    /** @type {Map<number, Bracha>} */
    const machines = new Map();
    /** @param {number} instance */
    const open = (instance) => {
      const { committee, self, sender, rules } = at;
      const digest = at.digest(instance);
      const options = { committee, self, sender, rules, digestOf: () => digest, valid: () => true };
      const made = new Bracha({ ...options, payloadBytesMax: 1_024 });
      machines.set(instance, made);
      return made;
    };
    return {
      prepare(heard) {
        const calls = heard.map(({ from, instance, body }) => ({
          from,
          body,
          machine: machines.get(instance) ?? open(instance),
        }));
        return () => {
          each(calls, ({ from, body, machine: one }) => {
            const effects = one.handle(from, body);
            if (effects.length === 0) return;
            for (const effect of effects) {
              if (effect.kind === 'broadcast') one.handle(at.self, effect.message);
            }
          });
        };
      },
      settle: () => machines.clear(),
    };
  },

  'Stream.handle': (at) => {
    const stream = new Stream({ ...at, valid: () => true });
    return {
      prepare: (heard) => () =>
        each(heard, ({ from, instance, body }) => {
          if (instance >= stream.base) stream.handle(from, instance, body, UNHEARD);
        }),
      settle: () => undefined,
    };
  },

  'Member.handle': (at) => {
    const member = new Member({ ...at, form: 'early' });
    connect(member, at);
    return {
      prepare(heard) {
        const calls = heard.map(({ from, instance, body }) => ({
          from,
          message: /** @type {MemberMessage} */ ({ kind: 'instance', sender: at.sender, instance, body }),
        }));
        return () => {
          each(calls, ({ from, message }) => void member.handle(from, message));
        };
      },
      settle: (upTo) => report(member, at, upTo),
    };
  },

  'FrameCursor and Member.vote': (at) => {
    const member = new Member({ ...at, form: 'early' });
    connect(member, at);
    const cursor = new FrameCursor({ committee: at.committee, limits: at.limits, epoch: EPOCH });
    return {
      prepare(heard) {
        const frames = pack(heard, at);
        return () => {
          each(frames, ({ from, body }) => {
            const error = cursor.open(body);
            if (error !== undefined) throw new Error(error);
            while (cursor.next()) {
              const { vote } = cursor;
              if (vote !== undefined) member.vote(from, vote);
              else member.handle(from, /** @type {MemberMessage} */ (cursor.message()));
            }
          });
        };
      },
      settle: (upTo) => report(member, at, upTo),
    };
  },
};

/** Most messages of a frame here. */
const FRAME_VOTES = 128;

/** Frames of a row of messages of one member each. @param {readonly Heard[]} heard @param {Place} at */
function pack(heard, { sender }) {
  /** @type {{ from: NodeId, body: Uint8Array }[]} */
  const frames = [];
  const packer = new FramePacker(EPOCH);
  for (const [index, { from, instance, body }] of heard.entries()) {
    packer.add({ kind: 'instance', sender, instance, body });
    const next = heard[index + 1];
    if (next?.from !== from || next.body.kind !== body.kind || (index + 1) % FRAME_VOTES === 0) {
      frames.push({ from, body: packer.take().slice(FRAME_HEADER_BYTES) });
    }
  }
  return frames;
}

/** @param {Member} member @param {Place} at */
function connect(member, at) {
  for (const peer of at.committee.ids) if (peer !== at.self) member.linkUp(peer);
  report(member, at, 0);
}

/** Every peer says that it has delivered all instances up to this one. @param {Member} member @param {Place} at @param {number} upTo */
function report(member, { committee, self, sender }, upTo) {
  const bases = committee.ids.map((id) => (id === sender ? upTo + 1 : 1));
  for (const peer of committee.ids) {
    if (peer !== self) member.handle(peer, { kind: 'status', bases, resync: false });
  }
  member.flush();
}

/** Processor time of this process so far, in nanoseconds: what others do to the clock does not count. */
function processorNs() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
}

/** Nanoseconds of processor time per vote, INITIALs and the member's own votes included, in several rounds. */
/** @param {(at: Place) => Hearer} layer @param {number} n */
function time(layer, n) {
  const at = place(n, WINDOW);
  const hearer = layer(at);
  let next = 1;
  const round = () => {
    let spentNs = 0;
    let count = 0;
    while (spentNs < ROUND_NS) {
      const hear = [];
      for (let blocks = 0; blocks < WINDOW / BLOCK; blocks += 1, next += BLOCK) {
        const heard = block(at, next);
        hear.push(hearer.prepare([...heard.initials, ...heard.votes]));
        count += heard.votes.length;
      }
      const startedNs = processorNs();
      for (const one of hear) one();
      spentNs += processorNs() - startedNs;
      hearer.settle(next - 1);
    }
    return spentNs / count;
  };
  round();
  return spread(Array.from({ length: ROUNDS }, round));
}

/** Bytes allocated and nanoseconds per vote that is its member's first and crosses no threshold, among n. */
/** @param {(at: Place) => Hearer} layer @param {number} n */
function below(layer, n) {
  const open = 1_024;
  /** @param {boolean} collect Whether to collect garbage first. */
  const round = (collect) => {
    const at = place(n, open);
    const { echoEarly, amplify } = at.committee.quorums;
    const hearer = layer(at);
    hearer.prepare(initials(at, 1, open))();
    // The member's own ECHO counts where it hears itself, the sender's never does.
    const echoers = [at.sender, ...at.committee.ids.slice(2, echoEarly)];
    const heard = [
      ...votes(at, 'echo', echoers, 1, open),
      ...votes(at, 'ready', at.committee.ids.slice(2, 1 + amplify), 1, open),
    ];
    const hear = hearer.prepare(heard);
    if (collect) globalThis.gc?.();
    const before = allocated();
    const startedNs = processorNs();
    hear();
    const ns = processorNs() - startedNs;
    return { bytes: allocated() - before, ns, votes: heard.length };
  };
  /** A few votes take less time than the clock of the processor can tell. @param {boolean} collect */
  const some = (collect) => {
    const sum = { bytes: 0, ns: 0, votes: 0 };
    while (sum.votes < 60_000) {
      const { bytes, ns, votes: count } = round(collect);
      sum.bytes += bytes;
      sum.ns += ns;
      sum.votes += count;
    }
    return { bytes: sum.bytes / sum.votes, ns: sum.ns / sum.votes };
  };
  some(false);
  // Apart from memory: a collection before has emptied the caches, and fetching all again costs more than the votes.
  const times = Array.from({ length: ROUNDS }, () => some(false));
  const sizes = Array.from({ length: ROUNDS }, () => some(true));
  return { bytes: spread(sizes.map(({ bytes }) => bytes)), ns: spread(times.map(({ ns }) => ns)) };
}

/** On the heap: frames, which are made beforehand, are beside it. */
function allocated() {
  return process.memoryUsage().heapUsed;
}

/** As `below` for every layer and n, in a process whose young generation is never collected meanwhile. */
function allocations() {
  const semiSpace = ['--min-semi-space-size=128', '--max-semi-space-size=128'];
  const script = fileURLToPath(import.meta.url);
  const quick = flags.quick === true ? ['--quick'] : [];
  const text = execFileSync(
    process.execPath,
    ['--expose-gc', ...semiSpace, script, '--allocation', ...quick],
    {
      encoding: 'utf8',
    },
  );
  return /** @type {{ name: string, n: number, bytes: Spread, ns: Spread }[]} */ (JSON.parse(text));
}

/** Nanoseconds of processor time for one payload digest. @param {number} bytes */
function timeHash(bytes) {
  const hasher = new PayloadHasher(nativeSha256, new Uint8Array(32));
  const payload = new Uint8Array(bytes).fill(7);
  const calls = Math.max(20, Math.min(20_000, Math.round(2e7 / (bytes + 1_000))));
  const round = () => {
    const startedNs = processorNs();
    for (let instance = 1; instance <= calls; instance += 1) {
      if (asDigest(hasher.digest(0, instance, payload)) === undefined) throw new Error('no digest');
    }
    return (processorNs() - startedNs) / calls;
  };
  round();
  return spread(Array.from({ length: ROUNDS }, round));
}

function main() {
  const say = sayer();
  for (const [name, layer] of Object.entries(LAYERS)) {
    for (const n of MEMBERS) {
      const ns = time(layer, n);
      const perSecond = Math.round(1e9 / ns.median);
      const text = `${show(ns)} ns, ${(perSecond / 1e6).toFixed(2)} M votes/s`;
      say(`${name.padEnd(34)} n=${String(n).padEnd(3)} ${text}`, { event: 'vote', name, n, ns, perSecond });
    }
  }
  tellBelow(say);
  for (const bytes of [32, 1_024, 65_536, 1_048_576]) {
    const ns = timeHash(bytes);
    say(`digest of ${size(bytes).padEnd(24)}       ${show(ns)} ns`, { event: 'digest', bytes, ns });
  }
}

/** @typedef {(text: string, line: object) => void} Say */

/** @param {Say} say */
function tellBelow(say) {
  for (const { name, n, bytes, ns } of allocations()) {
    const text = `a vote that crosses no threshold: ${show(ns)} ns, ${bytes.median.toFixed(1)} bytes allocated`;
    say(`${name.padEnd(28)} n=${String(n).padEnd(3)} ${text}`, { event: 'below', name, n, bytes, ns });
  }
}

function curves() {
  const say = sayer();
  tellBelow(say);
  for (const size of [32, 1_024]) {
    for (const atOnce of [1, AT_ONCE]) {
      for (const n of CURVE_MEMBERS) {
        const cost = costOf(n, { atOnce, size, rounds: Math.max(2, Math.round(2_000 / (n * atOnce))) });
        const { messages, bytes, microsEach } = cost;
        const text = `${messages} messages, ${Math.round(bytes)} bytes, ${short(microsEach)} µs of each member`;
        say(`${`${size} B, ${atOnce} at a time`.padEnd(20)} n=${String(n).padEnd(3)} ${text}`, {
          ...{ event: 'curve', size, atOnce, n, ...cost },
        });
      }
    }
  }
}

function sayer() {
  /** @type {Say} */
  const say = (text, line) => console.log(flags.json === true ? JSON.stringify(line) : text);
  const about = machine();
  say(machineLine(about), { event: 'machine', ...about });
  return say;
}

if (flags.allocation === true) {
  const figures = Object.entries(LAYERS).flatMap(([name, layer]) =>
    CURVE_MEMBERS.map((n) => ({ name, n, ...below(layer, n) })),
  );
  console.log(JSON.stringify(figures));
} else if (flags.curves === true) curves();
else main();
