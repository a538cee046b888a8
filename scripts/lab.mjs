#!/usr/bin/env node
/**
 * The whole laboratory in one go: speed by committee size, a sweep of every campaign on all cores, and every mutant.
 * `--quick`: two minutes instead of hours. Exit code 1 if anything is violated or survives.
 */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { exploreInThread } from '../dist/cli/sim/explore.js';
import { importSimulator } from '../dist/cli/sim/selection.js';
import { missedPaths, SIMULATOR_URL, sweep } from '../dist/cli/sim/sweep.js';
import { RECORDED_EVERY } from '../dist/cli/sim/worker.js';
import { table } from '../dist/cli/terminal.js';
import { nativeSha256 } from '../dist/node/index.js';
import * as simulator from '../dist/simulator/index.js';

const quick = process.argv.includes('--quick');
const { CAMPAIGNS, EXPLORATIONS, KILLS, MUTANTS, RARE_PATHS, noCounts, runScenario, scenario } = simulator;
const SIZES = quick ? [4, 7] : [4, 7, 16, 31];
const SPEED_MS = quick ? 3_000 : 10_000;
const INPUTS = quick ? 4_000_000 : 50_000_000;
const RUNS = quick ? 4_000 : 1_000_000;
/** Rare paths are counted in one run of so many: a short sweep has to look at more of its runs. */
const RECORD_EVERY = quick ? 4 : RECORDED_EVERY;
/** Committees of the sweep beside those that a campaign draws. */
const LARGER = quick ? [] : [10, 13];

/** @typedef {typeof import('../dist/simulator/index.js')} Simulator */
/** @typedef {import('../dist/simulator/index.js').CampaignName} CampaignName */
/** @typedef {Partial<import('../dist/simulator/index.js').Scenario>} Fixed */

let failed = false;

/** @param {number} n */
function speed(n) {
  let runs = 0;
  let steps = 0;
  const until = performance.now() + SPEED_MS;
  const startedMs = performance.now();
  const { user } = process.cpuUsage();
  for (let seed = 1; performance.now() < until; seed += 1) {
    steps += runScenario(scenario({ n, seed }), { sha256: nativeSha256 }).steps;
    runs += 1;
  }
  const cpuMs = (process.cpuUsage().user - user) / 1_000;
  const second = (/** @type {number} */ ms) => String(Math.round((runs * 1_000) / ms));
  return [String(n), second(performance.now() - startedMs), second(cpuMs), String(Math.round(steps / runs))];
}

/**
 * @param {CampaignName} campaign
 * @param {Fixed} fixed
 * @param {number} runs
 */
async function swept(campaign, fixed, runs) {
  const startedMs = performance.now();
  const data = { url: SIMULATOR_URL, campaign, fixed, recordEvery: RECORD_EVERY };
  const state = await sweep({ ...data, seeds: { from: 1, to: runs } });
  for (const path of missedPaths(state, data)) {
    failed = true;
    console.error(`${campaign}: never happened: ${path}`);
  }
  if (state.failed > 0) {
    failed = true;
    console.error(campaign, fixed, state.failures.slice(0, 3));
  }
  const perSecond = Math.round((runs * 1_000) / (performance.now() - startedMs));
  const name = fixed.n === undefined ? campaign : `${campaign}, n=${fixed.n}`;
  return { row: [name, String(runs), String(perSecond), String(state.failed)], rare: state.rare };
}

/**
 * @param {Simulator} code
 * @param {import('../dist/simulator/index.js').Kill} kill
 */
function outcome(code, { campaign, seed }) {
  const { violated, quiescent } = code.runScenario(code.CAMPAIGNS[campaign].draw(seed), {
    sha256: nativeSha256,
  });
  return violated?.property ?? (quiescent ? 'holds' : 'undecided');
}

/** The fuzzers on all cores, each with a seed of its own. */
async function fuzzed() {
  const jobs = availableParallelism();
  const inputs = Math.ceil(INPUTS / jobs);
  const results = await Promise.all(
    Array.from({ length: jobs }, async (_, i) => {
      const worker = new Worker(new URL('./lab-fuzz.mjs', import.meta.url), {
        workerData: { inputs, seed: i + 1 },
      });
      const [outcomes] = /** @type {[import('./lab-fuzz.mjs').Outcome[]]} */ (await once(worker, 'message'));
      return outcomes;
    }),
  );
  const names = results[0]?.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const same = results.flat().filter((outcome) => outcome.name === name);
    const bad = same.flatMap((outcome) => outcome.bad);
    for (const line of bad) console.error(name, line);
    const sum = (/** @type {'inputs' | 'accepted'} */ key) =>
      same.reduce((total, outcome) => total + outcome[key], 0);
    if (bad.length > 0 || sum('accepted') === 0) failed = true;
    return [name, String(sum('inputs')), String(sum('accepted')), String(bad.length)];
  });
}

/** Every known exploration, one after another: each is one thread and much memory. */
async function explored() {
  const rows = [];
  for (const known of EXPLORATIONS) {
    if (quick && known.long) continue;
    const startedMs = performance.now();
    const { states, transitions, depth, violations } = await exploreInThread({
      url: SIMULATOR_URL,
      options: known.options,
    });
    const same = states === known.states && transitions === known.transitions && depth === known.depth;
    if (!same || violations.length > 0) failed = true;
    const verdict = violations[0]?.property ?? (same ? 'holds' : 'another count than the known one');
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
    rows.push([known.name, String(states), String(transitions), String(depth), seconds, verdict]);
  }
  return rows;
}

console.log('One core, one broadcast of each member, uniform schedule, through member and codec:\n');
console.log(table([['n', 'runs/s', 'runs/s of CPU time', 'steps a run'], ...SIZES.map(speed)], [0, 1, 2, 3]));

console.log(`\nEvery campaign, on ${availableParallelism()} cores:\n`);
const rows = [];
const rare = noCounts();
const campaigns = /** @type {CampaignName[]} */ (Object.keys(CAMPAIGNS));
const share = Math.ceil(RUNS / (campaigns.length + LARGER.length));
/** @type {{ campaign: CampaignName, fixed: Fixed }[]} */
const sweeps = [
  ...campaigns.map((campaign) => ({ campaign, fixed: {} })),
  ...LARGER.map((n) => ({
    campaign: /** @type {const} */ ('mixed'),
    fixed: { n, f: Math.floor((n - 1) / 3) },
  })),
];
for (const { campaign, fixed } of sweeps) {
  const result = await swept(campaign, fixed, share);
  rows.push(result.row);
  for (const path of RARE_PATHS) rare[path] += result.rare[path];
}
console.log(table([['campaign', 'runs', 'runs/s', 'failed'], ...rows], [1, 2, 3]));
console.log(
  `\n${table([['rare path', `counted in one run of ${RECORD_EVERY}`], ...RARE_PATHS.map((path) => [path, String(rare[path])])], [1])}`,
);
if (RARE_PATHS.some((path) => rare[path] === 0)) failed = true;

console.log('\nBytes that are almost right, for everything that reads what others wrote:\n');
const outcomes = await fuzzed();
console.log(table([['reader', 'inputs', 'accepted', 'wrong'], ...outcomes], [1, 2, 3]));

console.log('\nEverything that can happen in one broadcast:\n');
const head = ['exploration', 'states', 'steps', 'depth', 'seconds', 'verdict'];
console.log(table([head, ...(await explored())], [1, 2, 3, 4]));
if (!quick) {
  const options = /** @type {const} */ ({ n: 5, form: 'classic', rules: { echo: 3 } });
  const [violation] = (await exploreInThread({ url: SIMULATOR_URL, options })).violations;
  console.log(`\nn=5, classic, with an ECHO quorum of 2f+1: ${violation?.property ?? 'nothing'} is violated`);
  for (const sentence of violation?.path ?? []) console.log(`  ${sentence}`);
  if (violation?.property !== 'agreement') failed = true;
}

console.log('\nMutants:\n');
let killed = 0;
let equivalent = 0;
for (const mutant of MUTANTS) {
  const kill = KILLS[mutant.name];
  if (kill === undefined) {
    equivalent += mutant.equivalent === undefined ? 0 : 1;
    continue;
  }
  const found = outcome(await importSimulator(mutant.name), kill);
  if (found === kill.property) killed += 1;
  else console.log(`${mutant.name}: ${found}, not ${kill.property}`);
}
console.log(`${killed} of ${MUTANTS.length} killed, ${equivalent} argued to be equivalent`);
if (killed + equivalent < MUTANTS.length) failed = true;
process.exitCode = failed ? 1 : 0;
