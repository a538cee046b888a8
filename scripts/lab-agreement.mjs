#!/usr/bin/env node
/**
 * A long campaign of binary agreement: every plan of the adversary, committees of 4, 5, 6, 7 and 10, members that begin
 * late, fall behind, crash and come back. Prints how many rounds it took, and compares that with the analysis of
 * `docs/protocols/binary-agreement.md`. Exit code 1 if anything is violated, or if the analysis is off by a tenth.
 *
 *   npm run lab:agreement -- [--runs 100000] [--json]
 */
import { parseArgs } from 'node:util';
import { BinaryAgreement } from '../dist/agreement/index.js';
import { table } from '../dist/cli/terminal.js';
import { asDigest } from '../dist/crypto/index.js';
import { AGREEMENT_PLANS, drawAgreement, ROUNDS_LIMIT, runAgreement } from '../dist/simulator/index.js';
import { PredictableCoin } from '../dist/testing/index.js';

/** @import { AgreementMaker, AgreementScenario } from '../dist/simulator/index.js' */

const { values: flags } = parseArgs({ options: { runs: { type: 'string' }, json: { type: 'boolean' } } });
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
process.exitCode = failed ? 1 : 0;
