import type { CampaignName } from './campaigns.ts';

/** A bug in the built code, and what tells it from the correct one. */
export interface AgreementMutant {
  readonly name: string;
  /** Relative to the root of the built package. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** What is wrong with it, in one line. */
  readonly wrong: string;
  /** The campaign that breaks, and with which seed. */
  readonly killedBy: readonly [CampaignName, number];
}

const QUORUM = 'committee/quorum.js';
const STEPS = 'agreement/bracha87/steps.js';
const VALIDATION = 'agreement/bracha87/validation.js';
const LEDGER = 'agreement/bracha87/ledger.js';
const CONSENSUS = 'agreement/bracha87/consensus.js';
const SHORT = 'broadcast/short.js';

const quorum = (
  name: string,
  field: string,
  right: string,
  replacement: string,
  wrong: string,
  killedBy: readonly [CampaignName, number],
): AgreementMutant => ({
  name,
  file: QUORUM,
  find: `${field}: ${right},`,
  replace: `${field}: ${replacement},`,
  wrong,
  killedBy,
});

/** Bugs of agreement in phases. */
export const BRACHA87_MUTANTS: readonly AgreementMutant[] = [
  quorum('quorum-minus-1', 'correct', 'n - f', 'n - f - 1', 'a step acts on n-f-1 messages', ['in-step', 1]),
  quorum('quorum-plus-1', 'correct', 'n - f', 'n - f + 1', 'a step waits for a liar', ['contrary', 2]),
  quorum(
    'half-minus-1',
    'moreThanHalf',
    'Math.floor(n / 2) + 1',
    'Math.floor(n / 2)',
    'half of the members are enough for a mark',
    ['in-step', 6],
  ),
  quorum(
    'half-plus-1',
    'moreThanHalf',
    'Math.floor(n / 2) + 1',
    'Math.floor(n / 2) + 2',
    'a mark needs one member more than half',
    ['in-step', 4],
  ),
  quorum(
    'zeros-minus-1',
    'majorityZero',
    'Math.ceil((n - f) / 2)',
    'Math.ceil((n - f) / 2) - 1',
    'a zero is valid after too few zeros',
    ['contrary-ones', 9],
  ),
  quorum(
    'zeros-plus-1',
    'majorityZero',
    'Math.ceil((n - f) / 2)',
    'Math.ceil((n - f) / 2) + 1',
    'an honest zero is not valid',
    ['in-step', 6],
  ),
  quorum(
    'zeros-like-ones',
    'majorityZero',
    'Math.ceil((n - f) / 2)',
    'Math.floor((n - f) / 2) + 1',
    'a tie makes no valid zero',
    ['in-step', 6],
  ),
  quorum(
    'ones-minus-1',
    'majorityOne',
    'Math.floor((n - f) / 2) + 1',
    'Math.floor((n - f) / 2)',
    'a tie makes a valid one',
    ['contrary-zeros', 13],
  ),
  quorum(
    'ones-plus-1',
    'majorityOne',
    'Math.floor((n - f) / 2) + 1',
    'Math.floor((n - f) / 2) + 2',
    'an honest one is not valid',
    ['in-step', 6],
  ),
  quorum('decide-at-2f', 'marksToDecide', '2 * f + 1', '2 * f', '2f marks decide', ['in-step', 560]),
  quorum('decide-at-2f-plus-2', 'marksToDecide', '2 * f + 1', '2 * f + 2', '2f+2 marks are asked for', [
    'in-step',
    1,
  ]),
  quorum(
    'adopt-at-f',
    'marksToAdopt',
    'f + 1',
    'f',
    'f marks are enough: with f >= 1 that breaks no promise',
    ['closed-forms', 1],
  ),
  quorum('adopt-at-f-plus-2', 'marksToAdopt', 'f + 1', 'f + 2', 'f+2 marks are asked for', ['in-step', 6]),
  quorum('believe-f', 'support', 'f + 1', 'f', 'the liars alone make a member decide', ['ties', 6]),
  {
    name: 'tie-to-1',
    file: STEPS,
    find: 'return one > zero ? 1 : 0;',
    replace: 'return one >= zero ? 1 : 0;',
    wrong: 'ties go to 1, and validation takes them for 0',
    killedBy: ['in-step', 2],
  },
  {
    name: 'tosses-like-a-mark',
    file: VALIDATION,
    find: 'const few = marksToAdopt - 1;',
    replace: 'const few = marksToAdopt;',
    wrong: 'a toss is valid although everybody had to adopt',
    killedBy: ['closed-forms', 1],
  },
  {
    name: 'plain-without-own',
    file: VALIDATION,
    find: 'return undecided && own === bit;',
    replace: 'return undecided;',
    wrong: 'in step 3 a member may say another bit than it said in step 2',
    killedBy: ['closed-forms', 1],
  },
  {
    name: 'valid-anyhow',
    file: LEDGER,
    find: 'if (!this.#justified(at, member, said))',
    replace: 'if (false)',
    wrong: 'every message is valid',
    killedBy: ['contrary-zeros', 1],
  },
  {
    name: 'looks-once',
    file: LEDGER,
    find: 'while (this.#admitAll(at));',
    replace: 'while (this.#steps[at - 1].size === this.#committee.quorums.correct && this.#admitAll(at));',
    wrong: 'what waits is looked at when the step before is complete, and never again',
    killedBy: ['far-behind', 2],
  },
  {
    name: 'looks-one-step-far',
    file: LEDGER,
    find: 'while (this.#admitAll(at));',
    replace: 'while (this.#admitAll(at) && false);',
    wrong: 'what has become valid makes nothing valid in its turn',
    killedBy: ['far-behind', 2],
  },
  {
    name: 'never-looks-again',
    file: LEDGER,
    find: 'while (this.#admitAll(at));',
    replace: 'while (false);',
    wrong: 'what came too early is never valid',
    killedBy: ['far-behind', 2],
  },
  {
    name: 'ends-with-its-decision',
    file: CONSENSUS,
    find: 'if (this.#decision?.value !== value || this.#decideCounts[value] < correct)',
    replace: 'if (this.#decision === undefined)',
    wrong: 'a member that decided is gone before the others have',
    killedBy: ['needed-later', 504],
  },
  {
    name: 'ends-with-f-plus-1',
    file: CONSENSUS,
    find: 'this.#decideCounts[value] < correct)',
    replace: 'this.#decideCounts[value] < support)',
    wrong: 'f+1 members that decided end the agreement',
    killedBy: ['accomplices', 504],
  },
  {
    name: 'no-phase-more',
    file: CONSENSUS,
    find: 'Math.min(this.#lastPhase, this.#phase + 1)',
    replace: 'Math.min(this.#lastPhase, this.#phase)',
    wrong: 'who decided takes no part in the phase in which the others do',
    killedBy: ['needed-later', 504],
  },
  {
    name: 'decide-counts-twice',
    file: CONSENSUS,
    find: 'if (earlier !== NONE)\n            return earlier === value ?',
    replace: 'if (earlier !== NONE && earlier !== value)\n            return earlier === value ?',
    wrong: 'one member says DECIDE for many',
    killedBy: ['ones', 17],
  },
  {
    name: 'decides-silently',
    file: CONSENSUS,
    find: "effects.push({ kind: 'broadcast', message: { kind: 'decide', value } });",
    replace: '',
    wrong: 'nobody learns what was decided',
    killedBy: ['to-the-end', 1],
  },
  {
    name: 'restarts-from-scratch',
    file: CONSENSUS,
    find: 'this.#stand(phase, step, asStepValue(proposed));',
    replace: '',
    wrong: 'a member that comes back does not know how far it was',
    killedBy: ['mixed', 1],
  },
  {
    name: 'forgets-its-decision',
    file: CONSENSUS,
    find: 'this.#repeat(message.value, effects);',
    replace: '',
    wrong: 'a member that comes back does not know what it decided',
    killedBy: ['come-back', 1],
  },
  {
    name: 'keeps-everything',
    file: CONSENSUS,
    find: 'if (phase > this.#horizon) {',
    replace: 'if (false) {',
    wrong: 'messages of any phase are kept',
    killedBy: ['memory', 1],
  },
  {
    name: 'asks-never-again',
    file: CONSENSUS,
    find: 'if (entered)',
    replace: 'if (false)',
    wrong: 'what came too early is lost',
    killedBy: ['far-behind', 2],
  },
  {
    name: 'short-echo-of-initial-only',
    file: SHORT,
    find: 'if (this.#echoed === NONE && this.#readyDue(value))',
    replace: 'if (false)',
    wrong: 'who delivers without having heard the sender leaves others one ECHO short',
    killedBy: ['ties', 33],
  },
];
