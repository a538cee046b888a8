// Does the units of parts one at a time, tells how far it is, writes down what is done and goes on from there: what `lab.mjs`
// and `lab-agreement.mjs` share.
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Something that can be done at once, and gives plain data. `runs`: of how many runs it is made.
 *
 * @template Result
 * @typedef {{ readonly name: string, readonly runs?: number, readonly run: (signal: AbortSignal) => Promise<Result> }} Unit
 */
/**
 * Units, and what their results come to. `abreast`: how many are done at a time, where a unit is one thread; default: 1.
 * `whole`: all of them are there. `data`: the same for programs.
 *
 * @template Result
 * @typedef {{ readonly name: string, readonly title: string, readonly units: readonly Unit<Result>[],
 *   readonly abreast?: number, readonly report: (results: readonly Result[], whole: boolean) =>
 *     { text: string, bad: readonly string[], data?: unknown } }} Part
 */
/** @typedef {{ readonly part: string, readonly unit: string, readonly ms: number, readonly result: unknown }} Done */
/**
 * `mode`: what makes results of the same code different, such as how many runs there are. `minutes`: after which it ends.
 *
 * @typedef {{ readonly parts: readonly Part<any>[], readonly mode: string, readonly state?: string | undefined,
 *   readonly minutes?: number | undefined, readonly json?: boolean | undefined }} Lab
 */

/** @param {string} message @returns {never} */
export function refuse(message) {
  console.error(message);
  process.exit(2);
}

/**
 * What `parse` makes of the command line; ends the program with `usage` if that is wrong.
 *
 * @template Flags
 * @param {() => Flags} parse @param {string} usage @returns {Flags}
 */
export function flagsOf(parse, usage) {
  try {
    return parse();
  } catch (error) {
    return refuse(`${error instanceof Error ? error.message : error}\n${usage}`);
  }
}

/** The number in a flag; undefined if it is not given. @param {string | undefined} text @param {string} flag @param {number} least */
export function numberIn(text, flag, least) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < least)
    refuse(`--${flag} ${text}: it must be a number, ${least} or more`);
  return number;
}

/** Those of the parts that are named, between commas. @param {readonly Part<any>[]} all @param {string | undefined} names */
export function partsNamed(all, names) {
  const wanted = names?.split(',');
  const unknown = wanted?.find((name) => !all.some((part) => part.name === name));
  if (unknown !== undefined)
    refuse(`there is no part "${unknown}": ${all.map(({ name }) => name).join(', ')}`);
  return all.filter(({ name }) => wanted?.includes(name) ?? true);
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

/** How far a part is, and how long the rest takes if it goes on as it went. @param {Part<any>} part @param {readonly Done[]} done */
function progress({ name, units, abreast = 1 }, done) {
  const own = done.filter((unit) => unit.part === name);
  const left = units.length - own.length;
  const ms = own.reduce((total, unit) => total + unit.ms, 0);
  const runs = units
    .filter((unit) => own.some((known) => known.unit === unit.name))
    .reduce((total, unit) => total + (unit.runs ?? 0), 0);
  const rate = runs > 0 ? `, ${((runs * 1_000 * abreast) / Math.max(1, ms)).toFixed(1)} runs/s` : '';
  const minutes = ((ms / Math.max(1, own.length)) * left) / abreast / 60_000;
  return `${name}: ${own.length} of ${units.length} done${rate}${left > 0 ? `, about ${minutes.toFixed(1)} minutes to go` : ''}`;
}

/** Ends with Ctrl-C, or when the time is up. @param {number | undefined} minutes */
function ending(minutes) {
  const abort = new AbortController();
  let interrupted = false;
  process.once('SIGINT', () => {
    console.error('\nending: what is done so far follows. Ctrl-C again ends at once');
    interrupted = true;
    abort.abort();
  });
  if (minutes !== undefined)
    setTimeout(() => {
      console.error(`the ${minutes} minutes are up: what is done so far follows`);
      abort.abort();
    }, minutes * 60_000).unref();
  return { signal: abort.signal, interrupted: () => interrupted };
}

/** Does what is not done yet, and prints what came of each part. @param {Lab} lab */
export async function runLab({ parts, mode, state, minutes, json }) {
  const done = earlier(state, mode);
  const { signal, interrupted } = ending(minutes);
  const of = (/** @type {Part<any>} */ part, /** @type {Unit<any>} */ unit) =>
    done.find((known) => known.part === part.name && known.unit === unit.name);
  const doUnit = async (/** @type {Part<any>} */ part, /** @type {Unit<any>} */ unit) => {
    const startedMs = performance.now();
    const result = await unit.run(signal);
    if (signal.aborted) return;
    const entry = {
      ...{ part: part.name, unit: unit.name },
      ...{ ms: Math.round(performance.now() - startedMs), result },
    };
    done.push(entry);
    if (state !== undefined) appendFileSync(state, `${JSON.stringify(entry)}\n`);
    if (part.units.length > 1) console.error(`${progress(part, done)}  (${unit.name})`);
  };
  let failed = false;
  for (const part of parts) {
    const units = part.units.values();
    const lane = async () => {
      for (const unit of units) {
        if (signal.aborted) break;
        if (of(part, unit) === undefined) await doUnit(part, unit);
      }
    };
    await Promise.all(Array.from({ length: part.abreast ?? 1 }, lane));
    const results = part.units.flatMap((unit) => {
      const known = of(part, unit);
      return known === undefined ? [] : [known.result];
    });
    if (results.length === 0) continue;
    const whole = results.length === part.units.length;
    const { text, bad, data } = part.report(results, whole);
    const partly = whole ? '' : ` (${results.length} of ${part.units.length} units)`;
    if (json === true) console.log(JSON.stringify({ part: part.name, whole, bad, data }));
    else console.log(`${part.title}${partly}:\n\n${text}\n`);
    for (const line of bad) (json === true ? console.error : console.log)(`wrong: ${line}`);
    failed ||= bad.length > 0;
  }
  if (interrupted()) process.exitCode = 130;
  if (failed) process.exitCode = 1;
}
