import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that says nothing for so long, and so many times what all its tests take, has met a mutant that never returns. */
const SILENT_MS = 60_000;
const SILENT_TIMES = 5;
const STARTING_MS = 300_000;
const LOOK_MS = 500;
const TOLD_EVERY_MS = 30_000;

/**
 * @typedef {import('./prepare.mjs').Mutant} Mutant
 * @typedef {{ readonly folder: string, readonly tests: readonly string[], readonly mutants: readonly Mutant[],
 *   readonly jobs: number, readonly state: import('./state.mjs').State, readonly signal: AbortSignal,
 *   readonly last: boolean }} Judging `last`: whether what these tests leave alive survives, or has others to meet.
 */

/** Judges what is not judged yet, in `jobs` processes. Returns early, with what is done, when `signal` says so. @param {Judging} judging */
export async function judgeAll(judging) {
  const { mutants, jobs } = judging;
  // What goes wrong in one process ends the others.
  const failed = new AbortController();
  const signal = AbortSignal.any([judging.signal, failed.signal]);
  const left = () => mutants.filter((mutant) => isOpen(judging, mutant));
  const total = left().length;
  const startedMs = performance.now();
  /** @type {(number | undefined)[]} */
  const bounds = new Array(Math.min(jobs, total)).fill(undefined);
  const onReady = (/** @type {number} */ job, /** @type {number} */ boundMs) => {
    const first = bounds[job] === undefined;
    bounds[job] = boundMs;
    if (!first || bounds.includes(undefined)) return;
    const minutes = Math.max(...bounds.map((ms) => ms ?? 0)) / 60_000;
    console.error(
      `at most ${minutes.toFixed(0)} minutes, if every test that meets a mutant had to run; mostly one in ten`,
    );
  };
  const ticker = setInterval(() => {
    const done = total - left().length;
    const ms = ((performance.now() - startedMs) / Math.max(1, done)) * (total - done);
    console.error(`${done} of ${total} judged, about ${(ms / 60_000).toFixed(1)} minutes to go`);
  }, TOLD_EVERY_MS);
  try {
    const ends = await Promise.allSettled(
      bounds.map(async (_, job) => {
        const own = left().filter((_mutant, index) => index % jobs === job);
        for (let run = 0; own.some((mutant) => isOpen(judging, mutant)) && !signal.aborted; run += 1)
          await judgeSome({ ...judging, signal }, own, `${job}-${run}`, (boundMs) =>
            onReady(job, boundMs),
          ).catch((error) => {
            failed.abort();
            throw error;
          });
      }),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    clearInterval(ticker);
  }
}

/** Whether a mutant is to be judged yet. @param {Pick<Judging, 'state' | 'last'>} judging @param {Mutant} mutant */
function isOpen({ state, last }, { name }) {
  const { status = 'new' } = state.get(name) ?? {};
  return status === 'new' || status === 'static' || (last && status === 'alive');
}

/** @param {string} folder @param {string} judging @param {number} output @param {Mutant | undefined} constant Switched on at once. */
function started(folder, judging, output, constant) {
  return spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'scripts/mutation/vitest.config.ts'],
    {
      cwd: folder,
      stdio: ['ignore', output, output],
      detached: true,
      env: {
        ...process.env,
        MUTATION_JUDGING: judging,
        ...(constant ? { __STRYKER_ACTIVE_MUTANT__: constant.id } : {}),
      },
    },
  );
}

/** One process, until it ends or hangs. @param {Judging} judging @param {readonly Mutant[]} own @param {string} run @param {(boundMs: number) => void} onReady */
async function judgeSome({ folder, tests, state, signal, last }, own, run, onReady) {
  // Constants are read when a file is imported, before a switch can be set: each has a process of its own.
  const constant = own.find(({ name }) => state.get(name)?.status === 'static');
  const todo = constant ? [constant] : own.filter((mutant) => isOpen({ state, last }, mutant));
  const stage = `${last ? 'last' : 'first'}-${run}`;
  const results = join(folder, `results-${stage}.ndjson`);
  const file = join(folder, `judging-${stage}.json`);
  const alone = constant !== undefined;
  writeFileSync(file, JSON.stringify({ tests, todo: todo.map(({ id }) => id), results, alone }));
  const output = openSync(join(folder, `output-${stage}`), 'w');
  const child = started(folder, file, output, constant);
  closeSync(output);
  const exited = once(child, 'exit');
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const end = () => child.pid !== undefined && !ended && process.kill(-child.pid, 'SIGKILL');
  const seen = { lines: 0, ready: false, running: '', silentMs: SILENT_MS, atMs: performance.now() };
  const read = () => {
    const text = existsSync(results) ? readFileSync(results, 'utf8') : '';
    const lines = text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .slice(seen.lines, -1);
    seen.lines += lines.length;
    if (lines.length > 0) seen.atMs = performance.now();
    for (const line of lines) {
      const told = JSON.parse(line);
      if (told.broken !== undefined) throw new Error(`${told.broken} fails without a mutant: ${told.wrong}`);
      if (told.boundMs !== undefined) onReady(told.boundMs);
      if (told.allMs !== undefined) seen.silentMs += SILENT_TIMES * told.allMs;
      if (told.start !== undefined) seen.running = told.start;
      seen.ready ||= told.start !== undefined;
      const mutant = own.find(({ id }) => id === told.id);
      if (mutant === undefined) continue;
      const alive = told.status === 'survived' || told.status === 'not met';
      state.add({ ...told, name: mutant.name, status: alive && !last ? 'alive' : told.status });
    }
  };
  try {
    while (!ended && !signal.aborted) {
      await Promise.race([exited, sleep(LOOK_MS)]);
      read();
      if (performance.now() - seen.atMs < (seen.ready && !alone ? seen.silentMs : STARTING_MS)) continue;
      if (!seen.ready)
        throw new Error(`the tests did not start: ${readFileSync(join(folder, `output-${stage}`))}`);
      break;
    }
  } finally {
    end();
  }
  await exited;
  read();
  if (!seen.ready && !signal.aborted && todo.length > 0)
    throw new Error(`the tests did not start: ${readFileSync(join(folder, `output-${stage}`))}`);
  if (signal.aborted) return;
  const hung = todo.find((mutant) => mutant.id === seen.running && isOpen({ state, last }, mutant));
  if (hung !== undefined) state.add({ name: hung.name, status: 'timeout' });
}
