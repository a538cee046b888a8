import { readFileSync } from 'node:fs';

const SCORE_MIN = 90;
const KILLED = ['killed', 'timeout'];

/** Mutants that read the same in a file are told apart by a number, which the page does without. @param {string} name */
const read = (name) => name.replace(/ #\d+$/, '');

/**
 * How these mutants and a page go together. One line of it explains one mutant: where several read the same and survive, each has a
 * line of its own. `stale`: lines about these files that no mutant needs.
 *
 * @template {{ readonly name: string }} Mutant
 * @param {readonly Mutant[]} alive
 * @param {readonly string[]} files
 * @param {string} page
 */
export function compared(alive, files, page) {
  const left = page.split('\n').filter((line) => files.some((file) => line.startsWith(`- ${file}: `)));
  const unexplained = alive.filter(({ name }) => {
    const at = left.indexOf(`- ${read(name)}`);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return { unexplained, stale: left };
}

/**
 * Prints the score, by file too, and what survives; true if the score will do and every survivor is explained.
 *
 * @param {readonly import('./prepare.mjs').Mutant[]} mutants
 * @param {import('./state.mjs').State} state
 */
export function report(mutants, state) {
  const page = readFileSync(new URL('../../docs/mutation.md', import.meta.url), 'utf8');
  const judged = mutants.flatMap((mutant) => {
    const verdict = state.get(mutant.name);
    return verdict === undefined ? [] : [{ ...mutant, killed: KILLED.includes(verdict.status), verdict }];
  });
  const files = [...new Set(mutants.map((mutant) => mutant.file))];
  for (const file of files) {
    const own = judged.filter((mutant) => mutant.file === file);
    console.log(`${file}: ${own.filter(({ killed }) => killed).length} of ${own.length}`);
  }
  const alive = judged.filter(({ killed }) => !killed);
  const { unexplained, stale } = compared(alive, files, page);
  for (const { line, name, verdict } of unexplained)
    console.log(`survived (${verdict.status}), unexplained: line ${line} of ${name}`);
  if (judged.length === mutants.length)
    for (const line of stale) console.log(`explained, and does not survive: ${line.slice(2)}`);
  const killed = judged.length - alive.length;
  const score = (100 * killed) / Math.max(1, judged.length);
  console.log(
    `${killed} of ${judged.length} mutants killed: ${score.toFixed(1)} %; ${alive.length} survived, ` +
      `${alive.length - unexplained.length} of them explained in docs/mutation.md` +
      (judged.length < mutants.length ? `; ${mutants.length - judged.length} not judged` : ''),
  );
  return judged.length === mutants.length && score >= SCORE_MIN && unexplained.length === 0;
}
