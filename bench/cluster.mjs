// Members on this machine, each a process: broadcasts a second that all of them delivered, and how long one takes,
// beside the plain fan-out of the same bytes over the same kind of links, in turn with it. docs/performance says what
// the figures mean. npm run bench -- [--quick] [--json] [--size BYTES] [--mode single|batched|many]
// [--store durable|memory] [--members N] [--rounds N] [--cores 1] [--out PATH] [--against COMMIT] [--beside floor,ws,nats]
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cases, limitsOf, storeName, windowOf } from './cluster/cases.mjs';
import { against } from './cluster/compare.mjs';
import { Goals } from './cluster/goals.mjs';
import { Cluster, Fanout } from './cluster/measure.mjs';
import { nameOf, Report } from './cluster/report.mjs';
import { rival, rivalNames } from './cluster/rivals.mjs';
import { CASES, deliveryTimes, firstAndLast } from './delays.mjs';
import { load, machine, machineLine } from './machine.mjs';
import { short, spread } from './numbers.mjs';

/** @import { Case } from './cluster/cases.mjs' */
/** @import { Latency, Throughput } from './cluster/measure.mjs' */
/** @import { Load } from './types.ts' */

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    size: { type: 'string', multiple: true },
    mode: { type: 'string' },
    store: { type: 'string' },
    members: { type: 'string', multiple: true },
    rounds: { type: 'string' },
    cores: { type: 'string' },
    out: { type: 'string' },
    against: { type: 'string' },
    beside: { type: 'string', default: '' },
    dir: { type: 'string', default: tmpdir() },
    latency: { type: 'boolean', default: true },
    faults: { type: 'boolean', default: true },
    profile: { type: 'string' },
  },
  allowNegative: true,
});

const ROUNDS = Number(flags.rounds ?? (flags.quick ? 1 : 5));
const RUN_MS = flags.quick ? 700 : 2_000;
/** Long enough for the engine to have compiled what matters: four processes on two cores still do after five seconds. */
const WARM_MS = flags.quick ? 3_000 : 8_000;
/** The same by the broadcast, where one takes long: after 256 of them the engine still compiles a hundred functions in the next 128. */
const WARM_BROADCASTS = 2_048;
const WARM_LONG_MS = flags.quick ? 4_000 : 12_000;
const WARM_LONG_BYTES = 65_536;
const RUN_BYTES_MAX = flags.quick ? 67_108_864 : 268_435_456;
/** Shares of the rate at full load at which latency is measured. */
const SHARES = flags.quick ? [] : [0.1, 0.5, 0.9];
/** Most broadcasts of one latency run: their arrivals are kept. */
const PACED_MAX = 20_000;
/** What one run may take: members in memory keep no more of it to compare. @param {number} size */
const runBytes = (size) => Math.max(RUN_BYTES_MAX, 8 * size);
const BESIDE = rivalNames(flags.beside);
const report = new Report({ json: flags.json, out: flags.out });
const goals = new Goals();

/**
 * Lets both run until what matters is compiled, in pieces no longer than what is measured: of each, what was delivered is compared.
 * @param {Load} run @param {readonly { load: (run: Load) => Promise<unknown> }[]} both
 */
async function warmUp(run, both) {
  const isLong = run.size >= WARM_LONG_BYTES;
  for (const one of both) {
    const startedMs = performance.now();
    let bytes = isLong ? WARM_BROADCASTS * run.size : Number.POSITIVE_INFINITY;
    for (;;) {
      const leftMs = (isLong ? WARM_LONG_MS : WARM_MS) - (performance.now() - startedMs);
      if (leftMs <= 0 || bytes <= 0) break;
      await one.load({
        ...run,
        durationMs: Math.min(RUN_MS, leftMs),
        bytesMax: Math.min(bytes, run.bytesMax),
      });
      bytes -= run.bytesMax;
    }
  }
}

/** @param {Case} one @param {Cluster} cluster @param {Fanout} fanout */
async function measureLoad(one, cluster, fanout) {
  const { size, mode } = one;
  const window = windowOf(one);
  const atOnce = mode === 'many' ? Math.min(1_024, window / 8) : 1;
  const run = { size, window, durationMs: RUN_MS, bytesMax: runBytes(size), atOnce };
  await warmUp(run, [cluster, fanout]);
  /** @type {{ members: Throughput, plain: Throughput }[]} */
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ members: await cluster.load(run), plain: await fanout.load(run) });
  }
  /** @param {(round: (typeof rounds)[number]) => number} figure */
  const over = (figure) => spread(rounds.map(figure));
  const figures = {
    perSecond: over(({ members }) => members.perSecond),
    plainPerSecond: over(({ plain }) => plain.perSecond),
    ratio: over(({ members, plain }) => members.perSecond / plain.perSecond),
    cpuMicros: over(({ members }) => members.cpuMicros),
    plainCpuMicros: over(({ plain }) => plain.cpuMicros),
    cpuRatio: over(({ members, plain }) => plain.cpuMicros / members.cpuMicros),
    cpuMicrosSender: over(({ members }) => members.cpuMicrosEach[0] ?? Number.NaN),
    cpuMicrosReceiver: over(({ members }) => members.cpuMicrosEach[1] ?? Number.NaN),
    gcShare: over(({ members }) => members.gcShare),
    rssMiB: over(({ members }) => members.rssMiB),
    wire: over(({ members }) => members.wire),
    messages: over(({ members }) => members.messages),
    perSync: over(({ members }) => members.perSync),
    syncMs: over(({ members }) => members.syncMs),
  };
  report.throughput(one, figures, { window, rounds: ROUNDS, load: load() });
  goals.add('throughput', one, figures);
  return figures.perSecond.median;
}

/** @param {Case} one @param {Cluster} cluster @param {Fanout} fanout @param {number} perSecond @param {number | undefined} share */
async function measureLatency(one, cluster, fanout, perSecond, share) {
  const { size } = one;
  const count = Math.min(PACED_MAX, Math.max(5, Math.round(perSecond * (flags.quick ? 0.25 : 2))));
  const pace = { size, perSecond, count };
  await cluster.pace({ ...pace, count: Math.max(2, Math.round(count / 10)) });
  await fanout.pace({ ...pace, count: Math.max(2, Math.round(count / 10)) });
  /** @type {{ members: Latency, plain: Latency }[]} */
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ members: await cluster.pace(pace), plain: await fanout.pace(pace) });
  }
  /** @param {(round: (typeof rounds)[number]) => number} figure */
  const over = (figure) => spread(rounds.map(figure));
  const figures = {
    p50: over(({ members }) => members.p50),
    p99: over(({ members }) => members.p99),
    p999: over(({ members }) => members.p999),
    plainP50: over(({ plain }) => plain.p50),
    plainP99: over(({ plain }) => plain.p99),
    ratio: over(({ members, plain }) => members.p50 / plain.p50),
  };
  const text = share === undefined ? `${perSecond} /s` : `${share * 100} % of full load`;
  const more = {
    offeredPerSecond: perSecond,
    share: share ?? null,
    samples: count,
    rounds: ROUNDS,
    load: load(),
  };
  report.latency(one, text, figures, more);
  if (share === undefined) goals.add('latency', one, figures);
}

/** Returns whether all went well and all correct members delivered the same. @param {Case} one @param {string} dir @param {Fanout} fanout */
async function measure(one, dir, fanout) {
  const { members, durable, fault, mode, size } = one;
  const { profile } = flags;
  const byBatch = mode === 'many';
  const cluster = await Cluster.start({
    dir,
    members,
    durable,
    limits: limitsOf(one),
    profile,
    byBatch,
    fault,
  });
  try {
    const perSecond = await measureLoad(one, cluster, fanout);
    if (flags.latency && mode === 'single') {
      // At a low rate every message is alone in its instance, whatever the limits allow.
      await measureLatency(one, cluster, fanout, size >= 1_048_576 ? 20 : 200, undefined);
      for (const share of SHARES) await measureLatency(one, cluster, fanout, perSecond * share, share);
    }
    if (await cluster.agrees()) return true;
    throw new Error('the delivered logs of the members differ');
  } catch (error) {
    console.error(`${nameOf(one)}:`, error);
    return false;
  } finally {
    await cluster.stop();
  }
}

/**
 * What others do with the same messages, in turn with the plain fan-out. A message is one call here, as in the row «single».
 * @param {string} name @param {readonly number[]} sizes @param {string} dir @param {number} members @param {Fanout} fanout
 */
async function measureBeside(name, sizes, dir, members, fanout) {
  const found = rival(name);
  if ('needs' in found) {
    report.say(`${name}: skipped: needs ${found.needs}`, { event: 'skipped', name, needs: found.needs });
    return;
  }
  const other = await Fanout.start(dir, members, found.script, found.modules, found.mesh);
  try {
    for (const size of sizes) {
      if (size > found.bytesMax) continue;
      const run = {
        size,
        window: 0,
        durationMs: RUN_MS,
        bytesMax: runBytes(size),
        atOnce: 1,
      };
      await warmUp(run, [other, fanout]);
      const rounds = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        rounds.push({ other: await other.load(run), plain: await fanout.load(run) });
      }
      const figures = {
        perSecond: spread(rounds.map((each) => each.other.perSecond)),
        plainPerSecond: spread(rounds.map((each) => each.plain.perSecond)),
        ratio: spread(rounds.map((each) => each.other.perSecond / each.plain.perSecond)),
        cpuMicros: spread(rounds.map((each) => each.other.cpuMicros)),
        plainCpuMicros: spread(rounds.map((each) => each.plain.cpuMicros)),
      };
      report.beside(name, found.about, { size, members, ...figures, rounds: ROUNDS, load: load() });
      if (flags.latency) await measureLatencyBeside(name, size, members, other, fanout);
    }
  } finally {
    await other.stop();
  }
}

/**
 * How long it takes at a low rate until the slowest has a message, in turn with one hop of the plain fan-out.
 * @param {string} name @param {number} size @param {number} members @param {Fanout} other @param {Fanout} fanout
 */
async function measureLatencyBeside(name, size, members, other, fanout) {
  const perSecond = size >= 1_048_576 ? 20 : 200;
  const pace = { size, perSecond, count: Math.max(5, Math.round(perSecond * (flags.quick ? 0.25 : 2))) };
  await other.pace({ ...pace, count: Math.max(2, Math.round(pace.count / 10)) });
  await fanout.pace({ ...pace, count: Math.max(2, Math.round(pace.count / 10)) });
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ other: await other.pace(pace), plain: await fanout.pace(pace) });
  }
  const figures = {
    p50: spread(rounds.map((each) => each.other.p50)),
    p99: spread(rounds.map((each) => each.other.p99)),
    plainP50: spread(rounds.map((each) => each.plain.p50)),
    ratio: spread(rounds.map((each) => each.other.p50 / each.plain.p50)),
  };
  report.latencyBeside(name, { size, members, perSecond, ...figures, rounds: ROUNDS, load: load() });
}

/** How many messages have to follow one another, exactly: in virtual time. @param {number} n */
function sayDelays(n) {
  for (const one of CASES) {
    const { first, last } = firstAndLast(deliveryTimes(n, one));
    report.say(`n=${n} message delays, ${one.name}: ${first} to ${last}`, {
      ...{ event: 'delays', members: n, form: one.form, faulty: one.faulty, first, last },
    });
  }
}

function sayGoals() {
  for (const goal of goals.reached()) {
    const { name, isLeast, met } = goal;
    const bound = `${isLeast ? 'at least' : 'at most'} ${goal.goal}`;
    report.say(`${name}: ${short(goal.reached)} (${bound}: ${met ? 'reached' : 'not reached'})`, {
      event: 'goal',
      ...goal,
    });
  }
}

async function main() {
  const about = machine();
  report.say(machineLine(about), { event: 'machine', ...about, arguments: process.argv.slice(2) });
  const dir = await mkdtemp(join(flags.dir, 'quorumcast-bench-'));
  const members = flags.members?.map(Number) ?? [4];
  const sizes = flags.size?.map(Number);
  let differ = 0;
  try {
    for (const count of members) {
      sayDelays(count);
      const fanout = await Fanout.start(join(dir, `fanout-${count}`), count);
      try {
        const wanted = { sizes, mode: flags.mode, store: flags.store, members: [count], quick: flags.quick };
        for (const [index, one] of cases(wanted).entries()) {
          if (one.fault !== 'none' && !flags.faults) continue;
          if (!(await measure(one, join(dir, `${count}-${index}-${storeName(one.durable)}`), fanout)))
            differ += 1;
        }
        for (const name of BESIDE) {
          const lengths = sizes ?? [32, 1_024, 65_536, 1_048_576];
          await measureBeside(name, lengths, join(dir, `${count}-${name}`), count, fanout);
        }
      } finally {
        await fanout.stop();
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  sayGoals();
  report.say(differ === 0 ? 'all delivered logs agree' : 'ROWS FAILED, OR DELIVERED LOGS DIFFER: see above', {
    event: 'end',
    agree: differ === 0,
  });
  report.picture(machineLine(about));
  process.exitCode = differ === 0 ? 0 : 1;
}

/** The same again with all processes on so many processors. @param {string} cores */
function onCores(cores) {
  const list = cores === '1' ? '0' : `0-${Number(cores) - 1}`;
  const own = process.argv
    .slice(2)
    .filter((word, i, words) => word !== '--cores' && words[i - 1] !== '--cores');
  const words = ['-c', list, process.execPath, fileURLToPath(import.meta.url), ...own];
  const { status, error } = spawnSync('taskset', words, { stdio: 'inherit' });
  if (error !== undefined) console.error(`--cores needs the program taskset: ${error.message}`);
  process.exitCode = status ?? 1;
}

if (flags.against !== undefined) process.exitCode = await against(flags.against, flags);
else if (flags.cores !== undefined) onCores(flags.cores);
else await main();
