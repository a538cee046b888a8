#!/usr/bin/env node
/**
 * Mutation testing of `src/broadcast` and `src/stream` with StrykerJS: every operator, condition, literal and statement
 * is changed in turn, and some test has to fail. `npm run mutation`, or `npm run mutation -- src/broadcast/pull.ts`.
 *
 * Stryker brings many packages, so it is no part of an ordinary installation: the tracked files are copied into a
 * temporary folder, and it is fetched from the npm registry there. Exit code 1 if the score is below the threshold, or
 * if a mutant survives that `docs/mutation.md` does not explain.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const STRYKER = '9.5.1';
const SCORE_MIN = 90;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EVERYTHING = ['src/broadcast/*.ts', 'src/stream/*.ts'];

/** @param {string} folder */
function prepare(folder) {
  const files = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).stdout.split('\0');
  for (const file of files.filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  console.error(`installing into ${folder}`);
  const packages = [`@stryker-mutator/core@${STRYKER}`, `@stryker-mutator/vitest-runner@${STRYKER}`];
  for (const args of [['ci'], ['install', '--no-save', ...packages]]) {
    const { status } = spawnSync('npm', [...args, '--ignore-scripts', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new Error(`npm ${args[0]} failed: Stryker ${STRYKER} cannot be had`);
  }
}

/** @param {string} folder @param {readonly string[]} mutate */
function configure(folder, mutate) {
  const config = {
    testRunner: 'vitest',
    vitest: { configFile: 'scripts/mutation.vitest.config.ts' },
    plugins: ['@stryker-mutator/vitest-runner'],
    mutate,
    coverageAnalysis: 'perTest',
    concurrency: availableParallelism(),
    reporters: [process.stderr.isTTY ? 'progress' : 'dots', 'json'],
    jsonReporter: { fileName: 'mutation.json' },
    timeoutMS: 20_000,
    disableTypeChecks: true,
  };
  writeFileSync(join(folder, 'stryker.config.json'), JSON.stringify(config));
}

/**
 * @typedef {{ readonly line: number, readonly column: number }} Place
 * @typedef {{ readonly mutatorName: string, readonly replacement: string, readonly status: string,
 *   readonly location: { readonly start: Place, readonly end: Place } }} Mutant
 * @typedef {{ readonly files: Readonly<Record<string, { readonly source: string, readonly mutants: readonly Mutant[] }>> }} Report
 */

/** The mutated text and what takes its place, in a line: what docs/mutation.md names a survivor by. */
function nameOf(/** @type {string} */ file, /** @type {string} */ source, /** @type {Mutant} */ mutant) {
  const { start, end } = mutant.location;
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  lines[last] = (lines[last] ?? '').slice(0, end.column - 1);
  lines[0] = (lines[0] ?? '').slice(start.column - 1);
  const short = (/** @type {string} */ text) => text.replace(/\s+/g, ' ').trim();
  return `${file}: \`${short(lines.join('\n'))}\` → \`${short(mutant.replacement)}\``;
}

/** @param {Report} report */
function judge({ files }) {
  const page = readFileSync(join(ROOT, 'docs', 'mutation.md'), 'utf8');
  const alive = Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map((mutant) => ({ line: mutant.location.start.line, name: nameOf(file, source, mutant) })),
  );
  const all = Object.values(files).flatMap(({ mutants }) => mutants);
  const killed = all.filter(({ status }) => status === 'Killed' || status === 'Timeout').length;
  const total = killed + alive.length;
  const unexplained = alive.filter(({ name }) => !page.includes(name));
  for (const { line, name } of unexplained) console.log(`survived, unexplained: line ${line} of ${name}`);
  const score = (100 * killed) / Math.max(1, total);
  console.log(
    `${killed} of ${total} mutants killed: ${score.toFixed(1)} %; ${alive.length} survived, ` +
      `${alive.length - unexplained.length} of them explained in docs/mutation.md`,
  );
  return score >= SCORE_MIN && unexplained.length === 0;
}

const mutate = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'quorumcast-mutation-'));
const remove = () => rmSync(folder, { recursive: true, force: true });
prepare(folder);
configure(folder, mutate.length === 0 ? EVERYTHING : mutate);
const stryker = spawn(join(folder, 'node_modules', '.bin', 'stryker'), ['run'], {
  cwd: folder,
  stdio: ['ignore', 'inherit', 'inherit'],
});
process.on('SIGINT', () => stryker.kill('SIGINT'));
stryker.on('exit', (code, signal) => {
  const report = join(folder, 'mutation.json');
  try {
    if (signal !== null || code === 130) throw new Error('interrupted: nothing was judged');
    process.exitCode = judge(JSON.parse(readFileSync(report, 'utf8'))) ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
  remove();
});
