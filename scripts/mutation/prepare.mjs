import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const STRYKER = '9.5.1';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A mutant: `id` switches it on, `name` is what docs/mutation.md calls it, with a number where several read the same.
 *
 * @typedef {{ readonly id: string, readonly name: string, readonly file: string, readonly line: number }} Mutant
 * @typedef {{ readonly line: number, readonly column: number }} Place
 * @typedef {{ readonly id: string, readonly fileName: string, readonly replacement: string,
 *   readonly location: { readonly start: Place, readonly end: Place } }} Made
 */

/** Copies the tracked files, and installs what they need and the package that makes mutants. @param {string} folder */
export function prepare(folder) {
  const listed = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).stdout;
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  console.error(`installing into ${folder}`);
  for (const args of [['ci'], ['install', '--no-save', `@stryker-mutator/instrumenter@${STRYKER}`]]) {
    const { status } = spawnSync('npm', [...args, '--ignore-scripts', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status !== 0) throw new Error(`npm ${args[0]} failed: Stryker ${STRYKER} cannot be had`);
  }
}

/** The files of a folder with this ending, without those of folders in it. @param {string} folder @param {string} name @param {string} ending */
export function filesIn(folder, name, ending) {
  return readdirSync(join(folder, name))
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => `${name}/${file}`);
}

/** Puts all mutants into the sources, each behind a switch. @param {string} folder @param {readonly string[]} names @returns {Promise<Mutant[]>} */
export async function instrument(folder, names) {
  const home = join(folder, 'node_modules/@stryker-mutator/instrumenter/dist/src');
  const load = (/** @type {string} */ file) => import(pathToFileURL(join(home, file)).href);
  const [{ Instrumenter }, { createParser }, { print }, { transform }] = await Promise.all(
    ['instrumenter.js', 'parsers/index.js', 'printers/index.js', 'transformers/index.js'].map(load),
  );
  const quiet = () => {};
  const never = () => false;
  const log = {
    ...{ trace: quiet, debug: quiet, info: quiet, warn: console.error, error: console.error },
    ...{ isTraceEnabled: never, isDebugEnabled: never, isInfoEnabled: never, isWarnEnabled: () => true },
  };
  const files = names.map((name) => ({
    name,
    mutate: true,
    content: readFileSync(join(folder, name), 'utf8'),
  }));
  const options = { plugins: null, excludedMutations: [], ignorers: [], mutator: {} };
  const made = await new Instrumenter(log, createParser, print, transform).instrument(files, options);
  for (const { name, content } of made.files) writeFileSync(join(folder, name), content);
  return named(made.mutants, new Map(files.map(({ name, content }) => [name, content])));
}

/** @param {readonly Made[]} made @param {ReadonlyMap<string, string>} sources @returns {Mutant[]} */
function named(made, sources) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return made.map(({ id, fileName, replacement, location: { start, end } }) => {
    const lines = (sources.get(fileName) ?? '').split('\n').slice(start.line, end.line + 1);
    const last = lines.length - 1;
    lines[last] = (lines[last] ?? '').slice(0, end.column);
    lines[0] = (lines[0] ?? '').slice(start.column);
    const short = (/** @type {string} */ text) => text.replace(/\s+/g, ' ').trim();
    const reads = `${fileName}: \`${short(lines.join('\n'))}\` → \`${short(replacement)}\``;
    const count = (seen.get(reads) ?? 0) + 1;
    seen.set(reads, count);
    return { id, name: count === 1 ? reads : `${reads} #${count}`, file: fileName, line: start.line + 1 };
  });
}
