import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** @typedef {{ readonly name: string, readonly status: string, readonly by?: string, readonly wrong?: string }} Verdict */

/** What is judged so far: in memory, and in a file that belongs to one commit. */
export class State {
  /** @type {Map<string, Verdict>} */
  #verdicts = new Map();
  /** @type {string | undefined} */
  #file;

  /** @param {string | undefined} file */
  constructor(file) {
    this.#file = file;
    if (file === undefined) return;
    const git = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=40'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const head = JSON.stringify({ commit: git.stdout.trim() });
    if (!existsSync(file)) writeFileSync(file, `${head}\n`);
    const text = readFileSync(file, 'utf8');
    // A line that was not written to its end belongs to a mutant that is judged again.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const [first, ...lines] = whole.split('\n').filter((line) => line !== '');
    if (first !== head)
      throw new Error(`${file} holds verdicts of ${first}, and this is ${head}: name another file`);
    if (whole !== text) writeFileSync(file, whole);
    for (const line of lines) {
      const verdict = JSON.parse(line);
      this.#verdicts.set(verdict.name, verdict);
    }
  }

  /** @param {string} name */
  get(name) {
    return this.#verdicts.get(name);
  }

  /** @param {Verdict} verdict */
  add(verdict) {
    this.#verdicts.set(verdict.name, verdict);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(verdict)}\n`);
  }
}
