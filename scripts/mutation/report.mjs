import { readFileSync } from 'node:fs';

const SCORE_MIN = 90;
const KILLED = ['killed', 'timeout'];

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
  for (const file of new Set(mutants.map((mutant) => mutant.file))) {
    const own = judged.filter((mutant) => mutant.file === file);
    console.log(`${file}: ${own.filter(({ killed }) => killed).length} of ${own.length}`);
  }
  const alive = judged.filter(({ killed }) => !killed);
  const unexplained = alive.filter(({ name }) => !page.includes(name.replace(/ #\d+$/, '')));
  for (const { line, name, verdict } of unexplained)
    console.log(`survived (${verdict.status}), unexplained: line ${line} of ${name}`);
  const killed = judged.length - alive.length;
  const score = (100 * killed) / Math.max(1, judged.length);
  console.log(
    `${killed} of ${judged.length} mutants killed: ${score.toFixed(1)} %; ${alive.length} survived, ` +
      `${alive.length - unexplained.length} of them explained in docs/mutation.md` +
      (judged.length < mutants.length ? `; ${mutants.length - judged.length} not judged` : ''),
  );
  return judged.length === mutants.length && score >= SCORE_MIN && unexplained.length === 0;
}
