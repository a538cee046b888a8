// Whether members that work hard for long stay as they were: npm run soak -- [--minutes N] [--share PERCENT] [--json]
// Measures how much they can do, then lets them do seventy percent of it and watches their memory. Exit code 1 if the
// heap grows after it has warmed up.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Cluster } from './cluster/measure.mjs';
import { load, machine, machineLine } from './machine.mjs';

/** @import { Vitals } from './types.ts' */

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '15' },
    share: { type: 'string', default: '70' },
    json: { type: 'boolean', default: false },
  },
});
const MINUTES = Number(flags.minutes);
const SHARE = Number(flags.share) / 100;
const SIZE = 256;
const SLICE_MS = 15_000;
/** Slices before the heap counts as warm. */
const WARM_SHARE = 0.25;
/** What the log of each member may take. */
const KEEP_BYTES = 268_435_456;
/** By how much a warm heap may be larger in the last third than in the first, MiB: the noise of collections. */
const GROWTH_MAX = 2;
const MIB = 1_048_576;

/** @param {number} value */
function show(value) {
  return value.toFixed(value < 10 ? 1 : 0);
}

/** Slope of `values`, one a slice, in units an hour: least squares. @param {readonly number[]} values */
function slopePerHour(values) {
  const n = values.length;
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / n;
  let over = 0;
  let under = 0;
  for (const [x, y] of values.entries()) {
    over += (x - meanX) * (y - meanY);
    under += (x - meanX) ** 2;
  }
  return n < 3 ? Number.NaN : (over / under) * (3_600_000 / SLICE_MS);
}

/** Mean of the last third less that of the first. @param {readonly number[]} values */
function growthOf(values) {
  const third = Math.max(1, Math.floor(values.length / 3));
  const mean = (/** @type {readonly number[]} */ of) => of.reduce((sum, value) => sum + value, 0) / of.length;
  return mean(values.slice(-third)) - mean(values.slice(0, third));
}

/** @param {string} text @param {object} line */
function say(text, line) {
  console.log(flags.json ? JSON.stringify(line) : text);
}

/** Messages a second that all members deliver with as many under way as they like. @param {Cluster} cluster */
async function saturation(cluster) {
  const run = { size: SIZE, window: 1_024, durationMs: 4_000, bytesMax: 2 ** 40, atOnce: 1 };
  await cluster.load(run);
  const rounds = [];
  for (let round = 0; round < 3; round += 1) rounds.push((await cluster.load(run)).perSecond);
  return /** @type {number} */ (rounds.sort((a, b) => a - b)[1]);
}

/** @param {readonly Vitals[]} all @param {keyof Vitals} what */
function worst(all, what) {
  return Math.max(...all.map((vitals) => vitals[what]));
}

/**
 * One slice of steady work, and how everybody is after it.
 * @param {Cluster} cluster @param {number} perSecond @param {string} name
 */
async function worked(cluster, perSecond, name) {
  const count = Math.round((perSecond * SLICE_MS) / 1_000);
  const { p50, p99 } = await cluster.pace({ size: SIZE, perSecond, count });
  const vitals = await cluster.vitals();
  const mib = (/** @type {keyof Vitals} */ what) => `${show(worst(vitals, what) / MIB)} MiB`;
  const memory = `heap ${mib('heapBytes')}, buffers ${mib('arrayBytes')}, resident ${mib('rssBytes')}`;
  const rest = `log ${mib('logBytes')}, ${worst(vitals, 'descriptors')} descriptors, loop ${show(worst(vitals, 'lagP99Ms'))} ms`;
  say(`${name}  p50 ${show(p50)} ms, p99 ${show(p99)} ms; at most ${memory}, ${rest}; load ${load()}`, {
    ...{ event: 'slice', name, count, p50, p99, vitals, load: load() },
  });
  return { count, p99, vitals };
}

/** @param {readonly Awaited<ReturnType<typeof worked>>[]} slices @param {number} perSecond */
function judged(slices, perSecond) {
  const warm = slices.slice(Math.floor(slices.length * WARM_SHARE)).map(({ vitals }) => vitals);
  const heaps = (slices[0]?.vitals ?? []).map((_, id) => warm.map((all) => (all[id]?.heapBytes ?? 0) / MIB));
  const slope = Math.max(...heaps.map(slopePerHour));
  const growth = Math.max(...heaps.map(growthOf));
  const descriptors = warm.map((all) => worst(all, 'descriptors'));
  return {
    event: 'end',
    minutes: MINUTES,
    perSecond,
    messages: slices.reduce((sum, { count }) => sum + count, 0),
    p99Median: slices.map(({ p99 }) => p99).sort((a, b) => a - b)[Math.floor(slices.length / 2)] ?? 0,
    heapFirstMiB: Math.max(...heaps.map((of) => of[0] ?? 0)),
    heapLastMiB: Math.max(...heaps.map((of) => of.at(-1) ?? 0)),
    heapSlopeMiBPerHour: slope,
    logMiB: worst(warm.at(-1) ?? [], 'logBytes') / MIB,
    heapGrowthMiB: growth,
    flat: growth < GROWTH_MAX && Math.max(...descriptors) - Math.min(...descriptors) <= 4,
  };
}

async function main() {
  if (!(MINUTES > 0 && SHARE > 0 && SHARE <= 1)) {
    console.error('npm run soak -- [--minutes N] [--share PERCENT, 1 to 100] [--json]');
    process.exit(2);
  }
  const about = machine();
  say(machineLine(about), { event: 'machine', ...about });
  const dir = await mkdtemp(join(tmpdir(), 'quorumcast-soak-'));
  const cluster = await Cluster.start({
    ...{ dir: join(dir, 'cluster'), durable: true, limits: { messagesPerInstance: 1 }, profile: undefined },
    ...{ byBatch: false, nodeFlags: ['--expose-gc'], keepBytes: KEEP_BYTES },
  });
  try {
    const most = await saturation(cluster);
    const perSecond = Math.round(most * SHARE);
    say(`saturation ${show(most)}/s, going on at ${perSecond}/s for ${MINUTES} min`, {
      ...{ event: 'saturation', most, perSecond },
    });
    const count = Math.max(4, Math.round((MINUTES * 60_000) / SLICE_MS));
    const slices = [];
    for (let slice = 1; slice <= count; slice += 1) {
      slices.push(await worked(cluster, perSecond, `${slice}/${count}`));
    }
    const result = judged(slices, perSecond);
    const { messages, heapFirstMiB, heapLastMiB, heapSlopeMiBPerHour, flat } = result;
    say(
      `${messages} messages; once warm, the heap went from ${show(heapFirstMiB)} to ${show(heapLastMiB)} MiB, by ${show(heapSlopeMiBPerHour)} MiB an hour: ${flat ? 'flat' : 'NOT FLAT'}`,
      result,
    );
    process.exitCode = flat ? 0 : 1;
  } finally {
    await cluster.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

await main();
