#!/usr/bin/env node
/**
 * A long campaign of binary agreement: every plan of the adversary, committees of 4, 5, 6, 7 and 10, members that begin
 * late, fall behind, crash and come back. Prints how many rounds it took, and compares that with the analysis of
 * `docs/protocols/binary-agreement.md`. Exit code 1 if anything is violated, or if the analysis is off by a tenth.
 *
 * With --protocol bracha87, subset, value or local-value instead: that one under every schedule, liar and restart of the
 * laboratory, as many runs, for the same committees.
 *
 *   npm run lab:agreement -- [--runs 100000] [--protocol bracha87] [--minutes 30] [--json]
 */
import { parseArgs } from 'node:util';
import { BinaryAgreement } from '../dist/agreement/index.js';
import { table } from '../dist/cli/terminal.js';
import { asDigest } from '../dist/crypto/index.js';
import {
  AGREEMENT_PLANS,
  drawAgreement,
  drawTrial,
  ROUNDS_LIMIT,
  runAgreement,
  runTrial,
} from '../dist/simulator/index.js';
import { PredictableCoin } from '../dist/testing/index.js';
import { AGREEMENT_SUBJECTS } from './agreement-subjects.mjs';

/** @import { AgreementMaker, AgreementScenario } from '../dist/simulator/index.js' */

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string' },
    protocol: { type: 'string', default: 'mmr' },
    minutes: { type: 'string' },
    json: { type: 'boolean' },
  },
});
const RUNS = Number(flags.runs ?? '100000');
const SIZES = [4, 5, 6, 7, 10];
const EACH = Math.ceil(RUNS / (SIZES.length * AGREEMENT_PLANS.length));
const CELL_SEEDS = 1_000_003;
/** Runs from which a mean is worth comparing. */
const COMPARED_FROM = 300;

const cluster = asDigest(new Uint8Array(32));
if (cluster === undefined) throw new Error('32 bytes are a digest');
const scope = { cluster, epoch: 1, instance: Uint8Array.of(1) };

/** @type {AgreementMaker} */
const maker = {
  machine: (committee, self, seed) =>
    new BinaryAgreement({ committee, self, scope, coin: new PredictableCoin({ committee, self, seed }) }),
  toss: (committee, self, seed, round) =>
    new PredictableCoin({ committee, self, seed }).toss({ ...scope, round }),
  peek: (committee, seed, round) =>
    new PredictableCoin({ committee, self: committee.member(0), seed }).peek({ ...scope, round }),
};

let failed = false;
/** Of the runs in which the adversary does not know the coins: how many decided in each round. */
const histogram = new Array(ROUNDS_LIMIT + 1).fill(0);

/** @param {number} n @param {(typeof AGREEMENT_PLANS)[number]} plan @param {number} cell Its runs share no seed with others. */
function campaign(n, plan, cell) {
  let [first, expected, last, deliveries, violated] = [0, 0, 0, 0, 0];
  for (let run = 1; run <= EACH; run += 1) {
    const seed = cell * CELL_SEEDS + run;
    /** @type {AgreementScenario} */
    const drawn = drawAgreement(seed, { n, plan });
    const result = runAgreement(maker, drawn);
    if (result.violated !== undefined) {
      violated += 1;
      failed = true;
      console.error(JSON.stringify(drawn), result.violated);
      continue;
    }
    first += result.firstRound;
    expected += result.alignedAfter === undefined ? result.firstRound : result.alignedAfter + 2;
    last = Math.max(last, result.lastRound);
    deliveries += result.deliveries;
    if (plan !== 'foresee') histogram[result.firstRound] += 1;
  }
  const [mean, analysis] = [first / EACH, expected / EACH];
  if (plan !== 'foresee' && EACH >= COMPARED_FROM && Math.abs(mean / analysis - 1) > 0.1) {
    failed = true;
    console.error(`n=${n}, ${plan}: ${mean.toFixed(3)} rounds, and the analysis says ${analysis.toFixed(3)}`);
  }
  const analysed = plan === 'foresee' ? '-' : analysis.toFixed(3);
  return [
    String(n),
    plan,
    String(EACH),
    mean.toFixed(3),
    analysed,
    String(last),
    String(Math.round(deliveries / EACH)),
    String(violated),
  ];
}

/** One protocol under the schedules of the laboratory. @param {string} name @param {any} subject */
function trials(name, subject) {
  const each = Math.ceil(RUNS / SIZES.length);
  const until = performance.now() + Number(flags.minutes ?? 'Infinity') * 60_000;
  /** By committee: runs, deciding rounds summed and their number, the last of them, runs with something wrong. */
  const counts = SIZES.map(() => ({ runs: 0, rounds: 0, decisions: 0, last: 0, violated: 0 }));
  // In turn, so that a run which is cut short has something of each.
  for (let run = 1; run <= each && performance.now() < until; run += 1)
    for (const [at, n] of SIZES.entries()) {
      const count = counts[at];
      if (count === undefined) continue;
      const heard = {
        ...subject,
        properties: {
          ...subject.properties,
          heard: (/** @type {any} */ { outputs, ended }) => {
            for (const { round = 0 } of ended ? outputs.flat() : []) {
              if (round === 0) continue;
              count.rounds += round;
              count.decisions += 1;
              count.last = Math.max(count.last, round);
            }
            return undefined;
          },
        },
      };
      const scenario = drawTrial(n * CELL_SEEDS + run, { n });
      const { violated, ended } = runTrial(heard, { scenario });
      count.runs += 1;
      if (violated === undefined && ended) continue;
      count.violated += 1;
      failed = true;
      console.error(JSON.stringify(scenario), violated ?? 'no end');
    }
  const columns = ['n', 'protocol', 'runs', 'mean round', 'last round', 'violated'];
  const rows = counts.map(({ runs, rounds, decisions, last, violated }, at) => [
    ...[String(SIZES[at]), name, String(runs), decisions === 0 ? '-' : (rounds / decisions).toFixed(3)],
    ...[last === 0 ? '-' : String(last), String(violated)],
  ]);
  console.log(flags.json === true ? JSON.stringify({ columns, rows }) : table([columns, ...rows]));
}

function rounds() {
  const rows = SIZES.flatMap((n) =>
    AGREEMENT_PLANS.map((plan, at) => campaign(n, plan, n * AGREEMENT_PLANS.length + at)),
  );
  const decided = histogram.flatMap((count, round) => (count > 0 ? [[round, count]] : []));
  const columns = ['n', 'plan', 'runs', 'mean round', 'analysis', 'last round', 'deliveries', 'violated'];
  if (flags.json === true) console.log(JSON.stringify({ columns, rows, decided }));
  else {
    console.log(table([columns, ...rows]));
    console.log('\nround of the first decision, the coins unknown to the adversary:');
    const total = decided.reduce((sum, [, count = 0]) => sum + count, 0);
    for (const [round, count = 0] of decided) {
      const share = (100 * count) / total;
      console.log(
        `${String(round).padStart(3)} ${String(count).padStart(7)} ${share.toFixed(2).padStart(6)} %  ${'#'.repeat(Math.round(share))}`,
      );
    }
  }
}

const subject = AGREEMENT_SUBJECTS[flags.protocol];
if (flags.protocol === 'mmr') rounds();
else if (subject !== undefined) trials(flags.protocol, subject);
else throw new Error(`--protocol is mmr or one of ${Object.keys(AGREEMENT_SUBJECTS).join(', ')}`);
process.exitCode = failed ? 1 : 0;
