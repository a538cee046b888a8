import type { Mutant } from '../../src/simulator/index.ts';
import type { SubsetCampaign } from './campaigns.ts';

/** A bug of common subset or of the agreement on a value, and what tells it from the correct code. */
export interface SubsetMutant extends Mutant {
  /** The campaign that breaks, and with which seed. */
  readonly killedBy: readonly [SubsetCampaign, number];
}

const SUBSET = 'subset/common-subset.js';
const VALUE = 'subset/value-agreement.js';
const CHOICE = 'subset/multi-valued.js';
const CHILDREN = 'subset/children.js';

/** Every one is killed. */
export const SUBSET_MUTANTS: readonly SubsetMutant[] = [
  {
    name: 'zeros-at-delivery',
    file: SUBSET,
    find: 'this.#seats.filter(({ decided }) => decided === 1).length < correct',
    replace: 'this.#seats.filter(({ payload }) => payload !== undefined).length < correct',
    wrong: 'proposers are voted out once n-f broadcasts have delivered, before n-f are in',
    killedBy: ['inputs', 1],
  },
  {
    name: 'zeros-early',
    file: SUBSET,
    find: 'decided === 1).length < correct',
    replace: 'decided === 1).length < correct - 1',
    wrong: 'proposers are voted out once n-f-1 are in',
    killedBy: ['subset', 11],
  },
  {
    name: 'zeros-late',
    file: SUBSET,
    find: 'decided === 1).length < correct',
    replace: 'decided === 1).length <= correct',
    wrong: 'nobody is voted out before n-f+1 are in, and a silent liar is waited for',
    killedBy: ['subset', 4],
  },
  {
    name: 'no-zeros',
    file: SUBSET,
    find: 'return this.#seats.flatMap((seat) => this.#ask(seat, 0));',
    replace: 'return NOTHING;',
    wrong: 'nobody is ever voted out',
    killedBy: ['subset', 4],
  },
  {
    name: 'delivered-is-out',
    file: SUBSET,
    find: 'this.#ask(seat, 1)',
    replace: 'this.#ask(seat, 0)',
    wrong: 'a proposal that is here is voted out',
    killedBy: ['subset', 1],
  },
  {
    name: 'set-without-payload',
    file: SUBSET,
    find: 'if (payload === undefined)\n                return NOTHING;',
    replace: 'if (payload === undefined)\n                continue;',
    wrong: 'a proposal that is in and not here yet is left out',
    killedBy: ['subset', 1],
  },
  {
    name: 'set-before-the-last-decision',
    file: SUBSET,
    find: 'this.#output || this.#seats.some(({ decided }) => decided === undefined)',
    replace: 'this.#output || this.#seats.filter(({ decided }) => decided === 1).length < 3',
    wrong: 'the set is told while it is open whether the last one is in',
    killedBy: ['subset', 1],
  },
  {
    name: 'all-that-is-here',
    file: SUBSET,
    find: 'if (decided !== 1)',
    replace: 'if (payload === undefined)',
    wrong: 'the set has what is here, whatever was decided',
    killedBy: ['subset', 1],
  },
  {
    name: 'late-payload-forgotten',
    file: SUBSET,
    find: 'return [...this.#ask(seat, 1), ...this.#finish()];',
    replace: 'return this.#ask(seat, 1);',
    wrong: 'a payload that comes after all decisions finishes nothing',
    killedBy: ['subset', 1],
  },
  {
    name: 'last-decision-forgotten',
    file: SUBSET,
    find: 'return [...this.#excludeOthers(), ...this.#finish()];',
    replace: 'return this.#excludeOthers();',
    wrong: 'a decision that comes after all payloads finishes nothing',
    killedBy: ['subset', 1],
  },
  {
    name: 'asked-twice',
    file: SUBSET,
    find: 'if (seat.asked || seat.decided !== undefined)',
    replace: 'if (seat.decided !== undefined)',
    wrong: 'an agreement is given a second input',
    killedBy: ['subset', 1],
  },
  {
    name: 'helped-is-asked',
    file: SUBSET,
    find: 'seat.asked = seat.agreement.proposed ?? agreements.length > 0;',
    replace: 'seat.asked = agreements.length > 0;',
    wrong: 'a member that had helped in an agreement gives it no input after a restart',
    killedBy: ['own-coins-restarts', 1],
  },
  {
    name: 'refused-is-vouched-for',
    file: CHILDREN,
    find: 'digestOf: digest, valid, payloadBytesMax }',
    replace: 'digestOf: digest, valid: () => true, payloadBytesMax }',
    wrong: 'the predicate is not asked',
    killedBy: ['refused', 1],
  },
  {
    name: 'pulls-unanswered',
    file: CHILDREN,
    find: "if (message.kind !== 'pull' || this.#answered.has(from))",
    replace: "if (message.kind === 'pull' || this.#answered.has(from))",
    wrong: 'who lacks a payload after its delivery elsewhere gets none',
    killedBy: ['subset', 1],
  },
  {
    name: 'one-coin-for-all',
    file: CHILDREN,
    find: 'scope: { ...scope, instance }',
    replace: 'scope',
    wrong: 'all agreements of a subset toss the same coins, which are known after the first',
    killedBy: ['coin-names', 1],
  },
  {
    name: 'believe-at-f',
    file: VALUE,
    find: 'if (count >= support)',
    replace: 'if (count >= support - 1)',
    wrong: 'liars alone are believed that they decided',
    killedBy: ['value-few', 41],
  },
  {
    name: 'believe-nobody',
    file: VALUE,
    find: 'if (count >= support)',
    replace: 'if (count > 99)',
    wrong: 'a late member does not believe those that decided',
    killedBy: ['late-member', 1],
  },
  {
    name: 'end-on-decide',
    file: VALUE,
    find: 'if (isOurs && count >= correct)',
    replace: 'if (isOurs)',
    wrong: 'who decided holds nothing any more while others still need it',
    killedBy: ['broken-links', 14],
  },
  {
    name: 'end-at-f-plus-1',
    file: VALUE,
    find: 'if (isOurs && count >= correct)',
    replace: 'if (isOurs && count >= support)',
    wrong: 'f+1 that decided end it, of which only one is correct',
    killedBy: ['broken-links', 14],
  },
  {
    name: 'decided-in-silence',
    file: VALUE,
    find: "effects.push({ kind: 'broadcast', message: { kind: 'decided', value: decision.value } });",
    replace: '',
    wrong: 'what was decided is told to nobody',
    killedBy: ['late-member', 1],
  },
  {
    name: 'end-owes-nothing',
    file: VALUE,
    find: 'if (this.#decision !== undefined)\n            owed.push',
    replace: 'if (this.#decision !== undefined && this.#choice !== undefined)\n            owed.push',
    wrong: 'who has ended does not tell those that ask',
    killedBy: ['late-member', 1],
  },
  {
    name: 'choice-of-the-last',
    file: CHOICE,
    find: 'if (group.length > best.length)',
    replace: 'if (group.length >= best.length)',
    wrong: 'of equally many the value of the highest proposer is taken',
    killedBy: ['choice', 1],
  },
  {
    name: 'choice-of-the-first',
    file: CHOICE,
    find: 'if (group.length > best.length)',
    replace: 'if (best.length === 0)',
    wrong: 'the value of the lowest proposer is taken, a liar perhaps',
    killedBy: ['choice', 1],
  },
];
