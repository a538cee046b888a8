// What the laboratory does, in parts, each of which is made of units that can be done one at a time and on different
// days: `lab.mjs` runs them. A unit gives plain data, from which its part makes a table.
import { once } from 'node:events';
import { availableParallelism, totalmem } from 'node:os';
import { Worker } from 'node:worker_threads';
import { exploreInThread } from '../dist/cli/sim/explore.js';
import { importSimulator } from '../dist/cli/sim/selection.js';
import { SIMULATOR_URL, sweep } from '../dist/cli/sim/sweep.js';
import { RECORDED_EVERY } from '../dist/cli/sim/worker.js';
import { table } from '../dist/cli/terminal.js';
import { nativeSha256 } from '../dist/node/index.js';
import * as simulator from '../dist/simulator/index.js';

const { CAMPAIGNS, EXPLORATIONS, KILLS, MUTANTS, RARE_PATHS, runScenario, scenario } = simulator;

/** @typedef {import('../dist/simulator/index.js').CampaignName} CampaignName */
/** @typedef {import('../dist/cli/sim/sweep.js').SweepState} SweepState */
/** @typedef {Partial<import('../dist/simulator/index.js').Scenario>} Fixed */
/** @typedef {import('./lab-fuzz.mjs').Outcome} Outcome */
/** @template Result @typedef {import('./lab-run.mjs').Unit<Result>} Unit */
/** @template Result @typedef {import('./lab-run.mjs').Part<Result>} Part */

/** @template Result @param {Part<Result>} part @returns {Part<Result>} */
const part = (part) => part;
const count = (/** @type {number} */ value) => value.toLocaleString('en-US');

/** Schedules a second by committee size, once the code is warm. @param {readonly number[]} sizes @param {number} ms */
function speed(sizes, ms) {
  const runFor = (/** @type {number} */ n, /** @type {number} */ durationMs) => {
    const startedMs = performance.now();
    const { user } = process.cpuUsage();
    let runs = 0;
    let steps = 0;
    // By processor time: on a busy machine the code would be measured before it is warm.
    while (process.cpuUsage().user < user + durationMs * 1_000) {
      runs += 1;
      steps += runScenario(scenario({ n, seed: runs }), { sha256: nativeSha256 }).steps;
    }
    const cpuMs = (process.cpuUsage().user - user) / 1_000;
    return { n, runs, steps, cpuMs, ms: performance.now() - startedMs };
  };
  const rate = (/** @type {number} */ runs, /** @type {number} */ durationMs) =>
    (runs * 1_000) / durationMs >= 10
      ? count(Math.round((runs * 1_000) / durationMs))
      : ((runs * 1_000) / durationMs).toFixed(1);
  return part({
    name: 'speed',
    title:
      'One core, one broadcast of each member, uniform schedule, through member and codec, after a warm-up',
    units: sizes.map((n) => ({
      name: `n=${n}`,
      run: async () => {
        runFor(n, ms / 2);
        return runFor(n, ms);
      },
    })),
    report: (results) => ({
      bad: [],
      text: table(
        [
          ['n', 'runs/s', 'runs/s of CPU time', 'steps a run'],
          ...results.map(({ n, runs, steps, cpuMs, ms }) => [
            String(n),
            rate(runs, ms),
            rate(runs, cpuMs),
            count(Math.round(steps / runs)),
          ]),
        ],
        [0, 1, 2, 3],
      ),
    }),
  });
}

/**
 * @typedef {{ readonly name: string, readonly campaign: CampaignName, readonly fixed: Fixed, readonly runs: number }} Sweeping
 * @param {readonly Sweeping[]} sweepings
 * @param {{ readonly chunk: number, readonly recordEvery: number }} how
 */
function sweeps(sweepings, { chunk, recordEvery }) {
  /** @type {Unit<{ name: string, state: SweepState, ms: number }>[]} */
  const units = [];
  const most = Math.max(...sweepings.map(({ runs }) => runs));
  // In turn, so that a part that was not done to its end has seen something of everything.
  for (let from = 1; from <= most; from += chunk) {
    for (const { name, campaign, fixed, runs } of sweepings) {
      if (from > runs) continue;
      const seeds = { from, to: Math.min(runs, from + chunk - 1) };
      units.push({
        name: `${name} ${seeds.from}..${seeds.to}`,
        run: async (signal) => {
          const startedMs = performance.now();
          const state = await sweep({ url: SIMULATOR_URL, campaign, fixed, recordEvery, seeds, signal });
          return { name, state, ms: performance.now() - startedMs };
        },
      });
    }
  }
  return part({
    name: 'sweep',
    title: `Every campaign, on ${availableParallelism()} cores`,
    units,
    report: (results, whole) => {
      const bad = [];
      const rows = [];
      const rare = simulator.noCounts();
      for (const { name, campaign, fixed } of sweepings) {
        const own = results.filter((result) => result.name === name);
        const sum = (/** @type {(state: SweepState) => number} */ of) =>
          own.reduce((total, { state }) => total + of(state), 0);
        const runs = sum((state) => state.runs);
        const ms = own.reduce((total, result) => total + result.ms, 0);
        const failed = sum((state) => state.failed);
        rows.push([name, count(runs), count(Math.round((runs * 1_000) / Math.max(1, ms))), String(failed)]);
        for (const { seed, property, note } of own.flatMap(({ state }) => state.failures).slice(0, 5))
          bad.push(`${name}, seed ${seed}: ${property}: ${note}`);
        for (const path of RARE_PATHS) rare[path] += sum((state) => state.rare[path]);
        if (!whole || runs < 10_000 || Object.keys(fixed).length > 0) continue;
        for (const path of CAMPAIGNS[campaign].reaches)
          if (sum((state) => state.rare[path]) === 0) bad.push(`${name}: never happened: ${path}`);
      }
      if (whole) for (const path of RARE_PATHS) if (rare[path] === 0) bad.push(`never happened: ${path}`);
      const total = results.reduce((all, { state }) => all + state.runs, 0);
      const paths = RARE_PATHS.map((path) => [path, count(rare[path])]);
      const tables = [
        table([['campaign', 'runs', 'runs/s', 'failed'], ...rows, ['all', count(total), '', '']], [1, 2, 3]),
        table([['rare path', `counted in one run of ${recordEvery}`], ...paths], [1]),
      ];
      return { bad, text: tables.join('\n\n') };
    },
  });
}

/** Nothing, if it is interrupted. @param {number} inputs @param {number} seed @param {AbortSignal} signal @returns {Promise<Outcome[]>} */
async function fuzzed(inputs, seed, signal) {
  const worker = new Worker(new URL('./lab-fuzz.mjs', import.meta.url), { workerData: { inputs, seed } });
  try {
    const [outcomes] = /** @type {[Outcome[]]} */ (await once(worker, 'message', { signal }));
    return outcomes;
  } catch (error) {
    if (!signal.aborted) throw error;
    return [];
  } finally {
    await worker.terminate();
  }
}

/** @param {number} inputs @param {number} each Inputs of one thread of a unit. */
function fuzz(inputs, each) {
  const threads = 2;
  return part({
    name: 'fuzz',
    title: 'Bytes that are almost right, for everything that reads what others wrote',
    units: Array.from({ length: Math.ceil(inputs / (each * threads)) }, (_, unit) => ({
      name: `seeds ${unit * threads + 1}..${(unit + 1) * threads}`,
      run: async (signal) =>
        (
          await Promise.all(
            Array.from({ length: threads }, (_, thread) => fuzzed(each, unit * threads + thread + 1, signal)),
          )
        ).flat(),
    })),
    report: (results, whole) => {
      const all = results.flat();
      const bad = all.flatMap((outcome) => outcome.bad.map((line) => `${outcome.name}: ${line}`));
      const rows = [...new Set(all.map(({ name }) => name))].map((name) => {
        const same = all.filter((outcome) => outcome.name === name);
        const sum = (/** @type {'inputs' | 'accepted'} */ key) =>
          same.reduce((total, outcome) => total + outcome[key], 0);
        if (whole && sum('accepted') === 0) bad.push(`${name}: nothing was ever accepted`);
        return [
          name,
          count(sum('inputs')),
          count(sum('accepted')),
          String(same.flatMap((o) => o.bad).length),
        ];
      });
      return { bad, text: table([['reader', 'inputs', 'accepted', 'wrong'], ...rows], [1, 2, 3]) };
    },
  });
}

/** Two of the longest explorations at a time hold five gigabytes. */
const ABREAST_BYTES = 12e9;

/** Every known exploration: each is one thread and much memory. @param {boolean} long */
function explorations(long) {
  return part({
    name: 'explore',
    title: 'Everything that can happen in one broadcast',
    abreast: totalmem() < ABREAST_BYTES ? 1 : Math.min(2, availableParallelism()),
    units: EXPLORATIONS.filter((known) => long || !known.long).map((known) => ({
      name: known.name,
      run: async (signal) => {
        const startedMs = performance.now();
        const { options } = known;
        const found = await exploreInThread({ url: SIMULATOR_URL, options, signal });
        const same = ['states', 'transitions', 'depth'].every(
          (key) => found[/** @type {'states'} */ (key)] === known[/** @type {'states'} */ (key)],
        );
        const verdict =
          found.violations[0]?.property ?? (same ? 'holds' : 'another count than the known one');
        const seconds = Math.round((performance.now() - startedMs) / 1_000);
        return { name: known.name, ...pick(found), seconds, verdict };
      },
    })),
    report: (results) => ({
      bad: results.flatMap(({ name, verdict }) => (verdict === 'holds' ? [] : [`${name}: ${verdict}`])),
      text: table(
        [
          ['exploration', 'states', 'steps', 'depth', 'seconds', 'verdict'],
          ...results.map(({ name, states, transitions, depth, seconds, verdict }) => [
            name,
            count(states),
            count(transitions),
            String(depth),
            count(seconds),
            verdict,
          ]),
        ],
        [1, 2, 3, 4],
      ),
    }),
  });
}

/** @param {{ states: number, transitions: number, depth: number }} found */
function pick({ states, transitions, depth }) {
  return { states, transitions, depth };
}

/** What must go wrong: an ECHO quorum made for n = 3f+1 with five members. */
function control() {
  return part({
    name: 'control',
    title: 'n=5, classic, with an ECHO quorum of 2f+1',
    units: [
      {
        name: 'echo 3 of 5',
        run: async (signal) => {
          const options = /** @type {const} */ ({ n: 5, form: 'classic', rules: { echo: 3 } });
          const [violation] = (await exploreInThread({ url: SIMULATOR_URL, options, signal })).violations;
          return { property: violation?.property ?? 'nothing', path: violation?.path ?? [] };
        },
      },
    ],
    report: (results) => ({
      bad: results.flatMap(({ property }) =>
        property === 'agreement' ? [] : [`${property} is violated, not agreement`],
      ),
      text: results
        .flatMap(({ property, path }) => [`${property} is violated:`, ...path.map((line) => `  ${line}`)])
        .join('\n'),
    }),
  });
}

/** Every mutant on the seed that is known to kill it. */
function mutants() {
  const tried = async (/** @type {AbortSignal} */ signal) => {
    const lost = [];
    for (const { name, equivalent } of MUTANTS) {
      if (signal.aborted) break;
      const kill = KILLS[name];
      if (kill === undefined) {
        if (equivalent === undefined) lost.push(`${name}: neither killed nor argued to be equivalent`);
        continue;
      }
      const code = await importSimulator(name);
      const drawn = code.CAMPAIGNS[kill.campaign].draw(kill.seed);
      const { violated, quiescent } = code.runScenario(drawn, { sha256: nativeSha256 });
      const found = violated?.property ?? (quiescent ? 'holds' : 'undecided');
      if (found !== kill.property) lost.push(`${name}: ${found}, not ${kill.property}`);
    }
    const killed = Object.keys(KILLS).length;
    return { lost, text: `${killed} killed, ${MUTANTS.length - killed} argued to be equivalent` };
  };
  return part({
    name: 'mutants',
    title: `${MUTANTS.length} mutants, each on the seed that is kept for it`,
    units: [{ name: 'all', run: tried }],
    report: (results) => ({
      bad: results.flatMap(({ lost }) => lost),
      text: results.map(({ text }) => text).join('\n'),
    }),
  });
}

/** @param {boolean} quick @returns {readonly Part<any>[]} */
export function partsOf(quick) {
  const campaigns = /** @type {CampaignName[]} */ (Object.keys(CAMPAIGNS));
  const each = quick ? 300 : 98_500;
  // A run of ten members takes as long as ten of four, one of thirteen as long as forty.
  const larger = quick
    ? []
    : [
        [10, 10_000],
        [13, 5_000],
      ];
  /** @type {Sweeping[]} */
  const sweepings = campaigns.map((campaign) => ({ name: campaign, campaign, fixed: {}, runs: each }));
  for (const [n = 0, runs = 0] of larger) {
    const fixed = { n, f: Math.floor((n - 1) / 3) };
    sweepings.push({ name: `mixed, n=${n}`, campaign: 'mixed', fixed, runs });
  }
  const faults = { chaos: { crashes: true, disks: true, cuts: false, partition: false } };
  if (!quick)
    sweepings.push({ name: 'crashes and disks', campaign: 'crashes', fixed: faults, runs: 100_000 });
  return [
    speed(quick ? [4, 7] : [4, 7, 16, 31], quick ? 2_000 : 10_000),
    // A short sweep has to look at more of its runs.
    sweeps(sweepings, { chunk: 2_500, recordEvery: quick ? 4 : RECORDED_EVERY }),
    fuzz(quick ? 4_000_000 : 50_000_000, quick ? 2_000_000 : 2_500_000),
    explorations(!quick),
    ...(quick ? [] : [control()]),
    mutants(),
  ];
}
