#!/usr/bin/env node
/**
 * Mutation testing of `src/broadcast`, its coded form and `src/stream`: every operator, condition, literal and block is
 * changed in turn, and some test has to fail. StrykerJS makes the mutants; they are judged here, all in a few processes,
 * each of which holds every mutant and a switch. `docs/mutation.md` has the results.
 *
 *   npm run mutation -- [--state FILE] [--jobs N] [src/broadcast/pull.ts ...]
 *
 * `--state`: writes down what is judged, and goes on from there when it is started again. Exit code 1 if the score is below
 * the threshold or a mutant survives that the page does not explain, 2 if nothing could be judged, 130 if interrupted.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { judgeAll } from './mutation/judging.mjs';
import { filesIn, instrument, prepare } from './mutation/prepare.mjs';
import { report } from './mutation/report.mjs';
import { State } from './mutation/state.mjs';

const FOLDERS = ['src/broadcast', 'src/broadcast/coded', 'src/stream'];
/**
 * Those that look at broadcast and streams from near, and a short sweep of the simulator. Not the conformance suites and
 * random trials, which are most of the time for few mutants: what they alone find deserves a test that shows it.
 */
const TESTS = [
  'test/transcripts',
  'test/broadcast',
  'test/coded',
  'test/stream',
  'test/member',
  'test/mutation',
];
const NOT = [
  'test/broadcast/short.test.ts',
  'test/coded/conformance.test.ts',
  'test/member/agreements.test.ts',
];

/** Built code has no mutants in it. @param {string} folder @param {string} name */
function runsSources(folder, name) {
  return !readFileSync(join(folder, name), 'utf8').includes("from '../../bench/");
}

const { values, positionals } = parseArgs({
  options: { state: { type: 'string' }, jobs: { type: 'string' } },
  allowPositionals: true,
});
const jobs = Number(values.jobs ?? availableParallelism());
if (!Number.isInteger(jobs) || jobs < 1) throw new RangeError(`--jobs ${values.jobs}: a number from 1 on`);

const abort = new AbortController();
process.once('SIGINT', () => abort.abort());
const folder = mkdtempSync(join(tmpdir(), 'quorumcast-mutation-'));
try {
  prepare(folder);
  const files =
    positionals.length > 0 ? positionals : FOLDERS.flatMap((name) => filesIn(folder, name, '.ts'));
  const mutants = await instrument(folder, files);
  const state = new State(values.state);
  const near = TESTS.flatMap((name) => filesIn(folder, name, '.test.ts')).filter(
    (name) => !NOT.includes(name),
  );
  const tests = near.filter((name) => runsSources(folder, name));
  const known = mutants.filter(({ name }) => state.get(name) !== undefined).length;
  console.error(
    `${mutants.length} mutants in ${files.length} files, ${known} judged before; ${jobs} processes`,
  );
  await judgeAll({ folder, tests, mutants, jobs, state, signal: abort.signal });
  const good = report(mutants, state);
  process.exitCode = abort.signal.aborted ? 130 : good ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
