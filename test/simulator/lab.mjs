/**
 * What needs built code and mutants of it, in a process of its own. Prints one JSON object a line.
 * `kills`: replays the first killing seed of every mutant, on it and on the correct code.
 * `presets`: runs every preset, and shrinks those that fail.
 * `shrinks`: shortens the killing run of every mutant of a threshold.
 * `hashes`: the hash of the trace of some runs of every campaign.
 */
import { createHash } from 'node:crypto';
import { importSimulator } from '../../dist/cli/sim/selection.js';
import { nativeSha256 } from '../../dist/node/index.js';
import * as simulator from '../../dist/simulator/index.js';

const sha256 = nativeSha256;
/** Where thresholds stand. */
const THRESHOLDS = ['committee/quorum.js', 'broadcast/rules.js'];
const { CAMPAIGNS, KILLS, MUTANTS, PRESETS } = simulator;

/** @param {import('../../dist/simulator/index.js').RunResult} result */
function outcome({ violated, quiescent }) {
  return violated?.property ?? (quiescent ? 'holds' : 'undecided');
}

async function kills() {
  for (const { name, equivalent } of MUTANTS) {
    const kill = KILLS[name];
    if (kill === undefined) {
      console.log(JSON.stringify({ name, equivalent: equivalent ?? '' }));
      continue;
    }
    const mutant = await importSimulator(name);
    const { campaign, seed, property } = kill;
    const run = (/** @type {typeof simulator} */ code) =>
      outcome(code.runScenario(code.CAMPAIGNS[campaign].draw(seed), { sha256 }));
    console.log(JSON.stringify({ name, property, found: run(mutant), correct: run(simulator) }));
  }
}

async function presets() {
  for (const [name, { campaign, fixed, mutant, seed, verdict }] of Object.entries(PRESETS)) {
    const code = mutant === '' ? simulator : await importSimulator(mutant);
    const draw = (/** @type {number} */ seed) => code.CAMPAIGNS[campaign].draw(seed, fixed);
    const found = outcome(code.runScenario(draw(seed), { sha256 }));
    let held = 0;
    if (verdict === 'holds') {
      for (let k = 0; k < 60; k += 1)
        held += outcome(code.runScenario(draw(seed + k), { sha256 })) === 'holds' ? 1 : 0;
      console.log(JSON.stringify({ name, verdict, found, held }));
      continue;
    }
    const shrunk = code.shrink(draw(seed), sha256);
    const broken = shrunk?.result.violated;
    if (shrunk === undefined || broken === undefined) {
      console.log(JSON.stringify({ name, verdict, found: 'nothing to shrink' }));
      continue;
    }
    const story = code.narrate(shrunk.scenario, shrunk.events, broken);
    console.log(JSON.stringify({ name, verdict, found, decisions: shrunk.decisions.length, story }));
  }
}

async function shrinks() {
  for (const { name, file } of MUTANTS) {
    const kill = KILLS[name];
    if (kill === undefined || !THRESHOLDS.includes(file)) continue;
    const code = await importSimulator(name);
    const shrunk = code.shrink(code.CAMPAIGNS[kill.campaign].draw(kill.seed), sha256);
    const found = shrunk?.result.violated?.property ?? '';
    console.log(
      JSON.stringify({ name, property: kill.property, found, decisions: shrunk?.decisions.length }),
    );
  }
}

function hashes() {
  for (const name of /** @type {import('../../dist/simulator/index.js').CampaignName[]} */ (
    Object.keys(CAMPAIGNS)
  )) {
    const hash = createHash('sha256');
    for (let seed = 1; seed <= 6; seed += 1) {
      const scenario = CAMPAIGNS[name].draw(seed);
      simulator.runScenario(scenario, {
        sha256,
        observe: (event) => hash.update(`${JSON.stringify(event)}\n`),
      });
    }
    console.log(JSON.stringify({ name, hash: hash.digest('hex') }));
  }
}

const parts = { kills, presets, shrinks, hashes };
await parts[/** @type {keyof typeof parts} */ (process.argv[2] ?? 'kills')]();
