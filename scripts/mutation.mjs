#!/usr/bin/env node
/**
 * Mutation testing of `src/broadcast`, its coded form and `src/stream`: every operator, condition, literal and block is
 * changed in turn, and some test has to fail. StrykerJS makes the mutants; they are judged here, all in a few processes,
 * each of which holds every mutant and a switch. `docs/mutation.md` has the results.
 *
 *   npm run mutation -- [--quick] [--state FILE] [--jobs N] [src/broadcast/pull.ts ...]
 *
 * `--quick`: without the suites that take long, which can only kill more.
 * `--state`: writes down what is judged, and goes on from there when it is started again. Exit code 1 if the score is below
 * the threshold or a mutant survives that the page does not explain, 2 if nothing could be judged, 130 if interrupted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { flagsOf, numberIn } from './lab-run.mjs';
import { judgeAll } from './mutation/judging.mjs';
import { filesIn, instrument, prepare } from './mutation/prepare.mjs';
import { report } from './mutation/report.mjs';
import { State } from './mutation/state.mjs';

const FOLDERS = ['src/broadcast', 'src/broadcast/coded', 'src/stream'];
/** Those that look at broadcast and streams from near, and a short sweep of the simulator. */
const FIRST = [
  'test/transcripts',
  'test/broadcast',
  'test/broadcast/coded',
  'test/coded',
  'test/stream',
  'test/member',
  'test/mutation',
];
/** What those leave alive meets the suites that take long. */
const LAST = ['test/broadcast/short.test.ts', 'test/coded/conformance.test.ts', 'test/conformance.test.ts'];
/** Agreements of members, which are no streams. */
const NOT = ['test/member/agreements.test.ts'];

/** Built code has no mutants in it. @param {string} folder @param {string} name */
function runsSources(folder, name) {
  return !readFileSync(join(folder, name), 'utf8').includes("from '../../bench/");
}

const { values, positionals } = flagsOf(
  () =>
    parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        state: { type: 'string' },
        jobs: { type: 'string' },
      },
      allowPositionals: true,
    }),
  'npm run mutation -- [--quick] [--state FILE] [--jobs N] [src/broadcast/pull.ts ...]',
);
const jobs = Math.floor(numberIn(values.jobs, 'jobs', 1) ?? availableParallelism());

const abort = new AbortController();
process.once('SIGINT', () => abort.abort());
const folder = mkdtempSync(join(tmpdir(), 'quorumcast-mutation-'));
try {
  prepare(folder);
  const files =
    positionals.length > 0 ? positionals : FOLDERS.flatMap((name) => filesIn(folder, name, '.ts'));
  const mutants = await instrument(folder, files);
  const state = new State(values.state);
  const near = FIRST.flatMap((name) => filesIn(folder, name, '.test.ts'));
  const first = near.filter((name) => ![...LAST, ...NOT].includes(name) && runsSources(folder, name));
  const known = mutants.filter(({ name }) => state.get(name) !== undefined).length;
  console.error(
    `${mutants.length} mutants in ${files.length} files, ${known} judged before; ${jobs} processes`,
  );
  const judging = { folder, mutants, jobs, state, signal: abort.signal };
  await judgeAll({ ...judging, tests: first, last: false });
  if (!values.quick) await judgeAll({ ...judging, tests: LAST, last: true });
  const good = report(mutants, state);
  process.exitCode = abort.signal.aborted ? 130 : good ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
