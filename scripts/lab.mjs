#!/usr/bin/env node
/**
 * The whole laboratory in one go: speed by committee size, a sweep of every campaign on all cores, bytes that are almost
 * right, every known exploration and every mutant. Exit code 1 if anything is violated or survives, 130 if interrupted.
 *
 *   --quick        two minutes instead of hours
 *   --part NAME    only that part, or several, between commas: speed, sweep, fuzz, explore, control, mutants
 *   --state FILE   writes down what is done, unit by unit, and goes on from there when it is started again
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { partsOf } from './lab-parts.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @typedef {{ readonly part: string, readonly unit: string, readonly ms: number, readonly result: unknown }} Done */

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(message);
  process.exit(2);
}

function given() {
  try {
    return parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        part: { type: 'string' },
        state: { type: 'string' },
      },
    }).values;
  } catch (error) {
    return refuse(
      `${error instanceof Error ? error.message : error}\nnpm run lab -- [--quick] [--part NAME] [--state FILE]`,
    );
  }
}

/** Which code this is: results of different code do not go into one table. */
function commit() {
  const git = (/** @type {string[]} */ ...args) =>
    spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout ?? '';
  const head = git('rev-parse', 'HEAD').trim();
  return git('status', '--porcelain', '--untracked-files=no') === '' ? head : `${head} with changes`;
}

/** What an earlier run wrote down. @param {string | undefined} file @param {string} mode @returns {Done[]} */
function earlier(file, mode) {
  const head = { commit: commit(), mode };
  if (file === undefined) return [];
  if (!existsSync(file)) {
    writeFileSync(file, `${JSON.stringify(head)}\n`);
    return [];
  }
  const text = readFileSync(file, 'utf8');
  // A line that was not written to its end belongs to a unit that is done again.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const [first = '{}', ...lines] = whole.split('\n').filter((line) => line !== '');
  const known = JSON.parse(first);
  if (known.commit !== head.commit || known.mode !== head.mode)
    refuse(
      `${file} holds results of ${known.mode} ${known.commit}, and this is ${mode} ${head.commit}: name another file`,
    );
  if (whole !== text) writeFileSync(file, whole);
  return lines.map((line) => JSON.parse(line));
}

const values = given();
const all = partsOf(values.quick);
const wanted = values.part?.split(',');
const unknown = wanted?.find((name) => !all.some((part) => part.name === name));
if (unknown !== undefined) refuse(`there is no part "${unknown}": ${all.map(({ name }) => name).join(', ')}`);
const parts = all.filter(({ name }) => wanted?.includes(name) ?? true);
const done = earlier(values.state, values.quick ? 'quick' : 'full');
const abort = new AbortController();
process.once('SIGINT', () => {
  console.error('\nending: what is done so far follows. Ctrl-C again ends at once');
  abort.abort();
});

/** How long what is left of a part takes, if it goes on as it went. @param {import('./lab-parts.mjs').Part<any>} part */
function estimate({ name, units }) {
  const own = done.filter((unit) => unit.part === name);
  const left = units.length - own.length;
  const ms = (own.reduce((total, unit) => total + unit.ms, 0) / Math.max(1, own.length)) * left;
  return `${name}: ${own.length} of ${units.length} done${left > 0 ? `, about ${(ms / 60_000).toFixed(1)} minutes to go` : ''}`;
}

let failed = false;
for (const part of parts) {
  for (const unit of part.units) {
    if (abort.signal.aborted) break;
    if (done.some((known) => known.part === part.name && known.unit === unit.name)) continue;
    const startedMs = performance.now();
    const result = await unit.run(abort.signal);
    if (abort.signal.aborted) break;
    const entry = { part: part.name, unit: unit.name, ms: Math.round(performance.now() - startedMs), result };
    done.push(entry);
    if (values.state !== undefined) appendFileSync(values.state, `${JSON.stringify(entry)}\n`);
    if (part.units.length > 1) console.error(`${estimate(part)}  (${unit.name})`);
  }
  const results = part.units.flatMap((unit) =>
    done.filter((known) => known.part === part.name && known.unit === unit.name).map(({ result }) => result),
  );
  if (results.length === 0) continue;
  const whole = results.length === part.units.length;
  const { text, bad } = part.report(results, whole);
  console.log(
    `${part.title}${whole ? '' : ` (${results.length} of ${part.units.length} units)`}:\n\n${text}\n`,
  );
  for (const line of bad) console.log(`wrong: ${line}`);
  failed ||= bad.length > 0;
}
if (abort.signal.aborted) process.exitCode = 130;
if (failed) process.exitCode = 1;
