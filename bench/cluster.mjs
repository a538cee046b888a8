// Four members on this machine, each a process: broadcasts a second that all of them delivered, and how long one
// takes, beside the plain fan-out of the same bytes over the same kind of links, in turn with it. Run by hand:
// npm run bench -- [--quick] [--json] [--size BYTES] [--mode single|batched|many] [--store durable|memory] [--rounds N]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cluster, Fanout } from './cluster/measure.mjs';
import { load, machine, machineLine } from './machine.mjs';
import { show, size as sizeText, spread } from './numbers.mjs';

/** @import { Throughput } from './cluster/measure.mjs' */
/** @typedef {'single' | 'batched' | 'many'} Mode */
/** @typedef {{ size: number, mode: Mode, durable: boolean }} Case */

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    size: { type: 'string', multiple: true },
    mode: { type: 'string' },
    store: { type: 'string' },
    rounds: { type: 'string' },
    dir: { type: 'string', default: tmpdir() },
    latency: { type: 'boolean', default: true },
    profile: { type: 'string' },
  },
  allowNegative: true,
});

const ROUNDS = Number(flags.rounds ?? (flags.quick ? 1 : 5));
const RUN_MS = flags.quick ? 500 : 2_000;
const WARM_MS = flags.quick ? 400 : 1_000;
const RUN_BYTES_MAX = flags.quick ? 67_108_864 : 201_326_592;
/** A member without a disk keeps everything it delivered in memory. */
const RUN_BYTES_MAX_MEMORY = 67_108_864;

/** Broadcasts under way at once: enough to keep all members busy, within the node's backlog of 16 MiB. */
const WINDOWS = new Map([
  [32, { single: 1_024, batched: 16_384, many: 131_072 }],
  [1_024, { single: 1_024, batched: 4_096, many: 8_192 }],
  [65_536, { single: 128, batched: 128, many: 128 }],
  [1_048_576, { single: 8, batched: 8, many: 8 }],
]);

/** @returns {Case[]} */
function cases() {
  const sizes = flags.size?.map(Number) ?? [...WINDOWS.keys()];
  const modes = /** @type {const} */ (['single', 'batched', 'many']).filter(
    (mode) => (flags.mode ?? mode) === mode,
  );
  const stores = [true, false].filter(
    (durable) => (flags.store ?? storeName(durable)) === storeName(durable),
  );
  return stores.flatMap((durable) =>
    sizes.flatMap((size) =>
      modes
        // The default limits let no second message of this length into an instance.
        .filter((mode) => mode === 'single' || size < 1_048_576)
        .filter((mode) => mode !== 'many' || size <= 1_024)
        .map((mode) => ({ size, mode, durable })),
    ),
  );
}

/** @param {boolean} durable */
function storeName(durable) {
  return durable ? 'durable' : 'memory';
}

/** @param {string} text @param {object} line */
function say(text, line) {
  console.log(flags.json ? JSON.stringify(line) : text);
}

/** @param {Case} one @param {Cluster} cluster @param {Fanout} fanout */
async function measureLoad({ size, mode, durable }, cluster, fanout) {
  const bytesMax = durable ? RUN_BYTES_MAX : Math.min(RUN_BYTES_MAX, RUN_BYTES_MAX_MEMORY);
  const window = WINDOWS.get(size)?.[mode] ?? 256;
  const atOnce = mode === 'many' ? Math.min(1_024, window / 8) : 1;
  const warm = { size, window, durationMs: WARM_MS, bytesMax, atOnce };
  await cluster.load(warm);
  await fanout.load(warm);
  /** @type {{ members: Throughput, plain: Throughput, ratio: number }[]} */
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const run = { size, window, durationMs: RUN_MS, bytesMax, atOnce };
    const members = await cluster.load(run);
    const plain = await fanout.load(run);
    rounds.push({ members, plain, ratio: members.perSecond / plain.perSecond });
  }
  /** @param {(round: (typeof rounds)[number]) => number} figure */
  const over = (figure) => spread(rounds.map(figure));
  const figures = {
    perSecond: over(({ members }) => members.perSecond),
    plainPerSecond: over(({ plain }) => plain.perSecond),
    ratio: over(({ ratio }) => ratio),
    cpuMicros: over(({ members }) => members.cpuMicros),
    plainCpuMicros: over(({ plain }) => plain.cpuMicros),
    perSync: over(({ members }) => members.perSync),
    syncMs: over(({ members }) => members.syncMs),
  };
  const name = `${sizeText(size).padEnd(7)} ${mode.padEnd(7)} ${storeName(durable).padEnd(7)}`;
  const { perSecond, plainPerSecond, ratio, cpuMicros, plainCpuMicros, perSync, syncMs } = figures;
  const disk = durable ? `, ${show(perSync)} a sync of ${show(syncMs)} ms` : '';
  const cpu = `${show(cpuMicros)} µs of processor each (plain ${show(plainCpuMicros)})`;
  say(
    `${name} ${show(perSecond)} /s, plain ${show(plainPerSecond)} /s, ratio ${show(ratio)}, ${cpu}${disk}, load ${load()}`,
    {
      event: 'throughput',
      size,
      mode,
      store: storeName(durable),
      window,
      rounds: ROUNDS,
      ...figures,
      load: load(),
    },
  );
}

/** @param {Case} one @param {Cluster} cluster @param {Fanout} fanout */
async function measureLatency({ size, mode, durable }, cluster, fanout) {
  const perSecond = size >= 1_048_576 ? 20 : 200;
  const count = flags.quick ? perSecond / 4 : perSecond * 2;
  const pace = { size, perSecond, count };
  await cluster.pace({ ...pace, count: perSecond / 10 });
  await fanout.pace({ ...pace, count: perSecond / 10 });
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const members = await cluster.pace(pace);
    const plain = await fanout.pace(pace);
    rounds.push({ members, plain, ratio: members.p50 / plain.p50 });
  }
  const p50 = spread(rounds.map(({ members }) => members.p50));
  const p99 = spread(rounds.map(({ members }) => members.p99));
  const plainP50 = spread(rounds.map(({ plain }) => plain.p50));
  const plainP99 = spread(rounds.map(({ plain }) => plain.p99));
  const ratio = spread(rounds.map((round) => round.ratio));
  const name = `${sizeText(size).padEnd(7)} ${`${perSecond}/s`.padEnd(7)} ${storeName(durable).padEnd(7)}`;
  const plain = `plain ${show(plainP50)} / ${show(plainP99)} ms`;
  say(
    `${name} p50 ${show(p50)} ms, p99 ${show(p99)} ms, ${plain}, ratio of p50 ${show(ratio)}, load ${load()}`,
    {
      ...{
        event: 'latency',
        size,
        mode,
        store: storeName(durable),
        offeredPerSecond: perSecond,
        samples: count,
      },
      ...{ rounds: ROUNDS, p50, p99, plainP50, plainP99, ratio, load: load() },
    },
  );
}

async function main() {
  const about = machine();
  say(machineLine(about), { event: 'machine', ...about });
  const dir = await mkdtemp(join(flags.dir, 'quorumcast-bench-'));
  const fanout = await Fanout.start(join(dir, 'fanout'));
  let differ = 0;
  try {
    for (const [index, one] of cases().entries()) {
      const limits = one.mode === 'single' ? { messagesPerInstance: 1 } : {};
      const { profile } = flags;
      const cluster = await Cluster.start({
        dir: join(dir, `${index}`),
        durable: one.durable,
        limits,
        profile,
        byBatch: one.mode === 'many',
      });
      try {
        await measureLoad(one, cluster, fanout);
        // At a low rate every message is alone in its instance, whatever the limits allow.
        if (flags.latency && one.mode === 'single') await measureLatency(one, cluster, fanout);
        if (!(await cluster.agrees())) {
          differ += 1;
          console.error('the delivered logs of the members differ');
        }
      } finally {
        await cluster.stop();
      }
    }
  } finally {
    await fanout.stop();
    await rm(dir, { recursive: true, force: true });
  }
  say(differ === 0 ? 'all delivered logs agree' : 'DELIVERED LOGS DIFFER', {
    event: 'end',
    agree: differ === 0,
  });
  process.exitCode = differ === 0 ? 0 : 1;
}

await main();
