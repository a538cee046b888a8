// A thread of the campaigns of agreement: takes pieces, and answers each with its tally.
import { parentPort } from 'node:worker_threads';
import { BinaryAgreement } from '../dist/agreement/index.js';
import { Committee, faultyMax } from '../dist/committee/index.js';
import { asDigest } from '../dist/crypto/index.js';
import { inStep, modelled } from '../dist/simulator/agreement/index.js';
import { drawAgreement, drawTrial, runAgreement, runTrial } from '../dist/simulator/index.js';
import { PredictableCoin } from '../dist/testing/index.js';
import { AGREEMENT_SUBJECTS } from './agreement-subjects.mjs';

/** @import { AgreementMaker, AgreementPlan, AgreementScenario, TrialScenario } from '../dist/simulator/index.js' */

/**
 * Runs `from` to `to` of one committee; `cell` names the row of the table that they belong to.
 *
 * @typedef {{ readonly protocol: string, readonly cell: string, readonly n: number, readonly plan?: AgreementPlan,
 *   readonly base: number, readonly from: number, readonly to: number }} Piece
 */
/**
 * What came of them. `rounds`: how many decided in each round, which is the index. `expected`: what the analysis says of
 * `expectedOf` of them, summed. `last`: the last round that anybody was in.
 *
 * @typedef {{ cell: string, runs: number, failed: number, steps: number, last: number, expected: number, expectedOf: number,
 *   rounds: number[], failures: string[] }} Tally
 */

/** Failures told of a piece; the rest is counted. */
const FAILURES_MAX = 5;

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

/** Nobody lies or crashes, and any message is next. @type {Partial<TrialScenario>} */
const INDIFFERENT = { faulty: [], schedule: 'uniform', restarts: false };

/** @param {Tally} tally @param {number} round @param {number} [count] */
function decided(tally, round, count = 1) {
  while (tally.rounds.length <= round) tally.rounds.push(0);
  tally.rounds[round] = (tally.rounds[round] ?? 0) + count;
  tally.last = Math.max(tally.last, round);
}

/** @param {Tally} tally @param {unknown} scenario @param {string} what */
function failed(tally, scenario, what) {
  tally.failed += 1;
  if (tally.failures.length < FAILURES_MAX) tally.failures.push(`${JSON.stringify(scenario)}: ${what}`);
}

/** Binary agreement with a common coin, against somebody with a plan. @param {Piece} piece @param {Tally} tally */
function planned({ n, plan, base, from, to }, tally) {
  for (let run = from; run <= to; run += 1) {
    /** @type {AgreementScenario} */
    const scenario = drawAgreement(base + run, { n, ...(plan === undefined ? {} : { plan }) });
    const result = runAgreement(maker, scenario);
    tally.runs += 1;
    tally.steps += result.deliveries;
    if (result.violated !== undefined) {
      failed(tally, scenario, result.violated);
      continue;
    }
    decided(tally, result.firstRound);
    tally.last = Math.max(tally.last, result.lastRound);
    tally.expected += result.alignedAfter === undefined ? result.firstRound : result.alignedAfter + 2;
    tally.expectedOf += 1;
  }
}

/**
 * One protocol under the schedules of the laboratory. `fixed`: of its scenarios.
 *
 * @param {Piece} piece @param {Tally} tally @param {any} subject @param {Partial<TrialScenario>} fixed
 */
function tried({ n, base, from, to }, tally, subject, fixed) {
  const heard = {
    ...subject,
    properties: {
      ...subject.properties,
      heard: (/** @type {any} */ { outputs, ended }) => {
        // Who only learns it from others decides in round 0.
        for (const { round = 0 } of ended ? outputs.flat() : []) if (round > 0) decided(tally, round);
        return undefined;
      },
    },
  };
  for (let run = from; run <= to; run += 1) {
    const scenario = drawTrial(base + run, { ...fixed, n });
    const { violated, ended, count } = runTrial(heard, { scenario });
    tally.runs += 1;
    tally.steps += count;
    if (violated !== undefined) failed(tally, scenario, `${violated.property}: ${violated.note}`);
    else if (!ended) failed(tally, scenario, 'it came to no end');
  }
}

/** Bracha's agreement over ideal broadcasts, and its analysis, as many runs of each. @param {Piece} piece @param {Tally} tally */
function inPhases({ n, base, from, to }, tally) {
  const committee = new Committee(n, faultyMax(n));
  const [seed, runs] = [base + from, to - from + 1];
  const play = inStep(committee, { seed, runs });
  play.histogram.forEach((count, index) => {
    decided(tally, index + 1, count);
  });
  tally.steps += play.deliveries;
  modelled(committee, { seed, runs }).forEach((count, index) => {
    tally.expected += (index + 1) * count;
    tally.expectedOf += count;
  });
  tally.runs += runs;
  const undecided = runs * n - tally.rounds.reduce((sum, count) => sum + count, 0);
  if (undecided > 0) failed(tally, { n, seed, runs }, `${undecided} members did not decide`);
}

/** @param {Piece} piece @returns {Tally} */
function done(piece) {
  /** @type {Tally} */
  const tally = {
    ...{ cell: piece.cell, runs: 0, failed: 0, steps: 0, last: 0, expected: 0, expectedOf: 0 },
    ...{ rounds: [], failures: [] },
  };
  if (piece.protocol === 'mmr') planned(piece, tally);
  else if (piece.cell.endsWith('ideal')) inPhases(piece, tally);
  else if (piece.cell.endsWith('real')) tried(piece, tally, AGREEMENT_SUBJECTS['bracha87'], INDIFFERENT);
  else tried(piece, tally, AGREEMENT_SUBJECTS[piece.protocol], {});
  return tally;
}

parentPort?.on('message', (piece) => parentPort?.postMessage(done(piece)));
