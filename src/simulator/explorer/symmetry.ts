import { assert } from '../../base/index.ts';
import type { Automaton } from './automaton.ts';
import { broken, labelBit, PROMISES } from './play.ts';
import { KINDS, type Setting } from './setting.ts';

/** A renaming of correct members and of values under which nothing changes but names. Members by position in `correct`. */
export interface Symmetry {
  /** By member: who takes this name. */
  readonly memberAt: Int32Array;
  /** By member and state of it: the state, of the member that it is renamed to, that it is renamed to. */
  readonly stateOf: readonly Int32Array[];
}

interface Renaming {
  /** By member number. */
  readonly members: readonly number[];
  readonly values: readonly number[];
}

/**
 * Every renaming but the identity, checked state by state: a renamed message leads to the renamed state, which looks
 * the same but for the names. Correct members that are not the sender may be renamed, and all values but that of a
 * correct sender and one whose shards are no code word.
 *
 * @throws AssertionError if a machine tells names apart.
 */
export function symmetriesOf(setting: Setting, automata: readonly Automaton[]): Symmetry[] {
  const { correct, sender, values, committee } = setting;
  const senderCorrect = correct.includes(sender);
  const movable = correct.filter((id) => id !== sender).map(Number);
  const alike = setting.coded === undefined ? values : values - 1;
  const free = Array.from({ length: values }, (_, value) => value).slice(senderCorrect ? 1 : 0, alike);
  const renamings = permutations(movable).flatMap((to) =>
    permutations(free).map((valueTo): Renaming => {
      const members = committee.ids.map(Number);
      for (const [index, id] of movable.entries()) members[id] = to[index] ?? id;
      const names = Array.from({ length: values + 1 }, (_, value) => value);
      for (const [index, value] of free.entries()) names[value] = valueTo[index] ?? value;
      return { members, values: names };
    }),
  );
  return renamings
    .filter(({ members, values: names }) => [members, names].some((list) => list.some((to, at) => to !== at)))
    .map((renaming) => symmetryOf(setting, automata, renaming));
}

function symmetryOf(setting: Setting, automata: readonly Automaton[], renaming: Renaming): Symmetry {
  const { correct, letters } = setting;
  const letterTo = letters.map(({ from, kind, value }) =>
    letters.findIndex(
      (other) =>
        other.from === renaming.members[from] &&
        other.kind === kind &&
        other.value === renaming.values[value],
    ),
  );
  const memberAt = new Int32Array(correct.length);
  const stateOf = automata.map((automaton, member) => {
    const to = correct.findIndex((id) => id === renaming.members[correct[member] ?? 0]);
    memberAt[to] = member;
    const target = automata[to];
    assert(target !== undefined, 'a correct member is renamed to a correct one');
    return matched(automaton, target, letterTo, (label) => renamedLabel(setting, label, renaming.values));
  });
  return { memberAt, stateOf };
}

/** Walks both automata side by side. */
function matched(
  from: Automaton,
  to: Automaton,
  letterTo: readonly number[],
  labelTo: (label: number) => number,
): Int32Array {
  const match = new Int32Array(from.states).fill(-1);
  const queue = [0];
  match[0] = 0;
  for (let at = 0; at < queue.length; at += 1) {
    const state = queue[at] ?? 0;
    const image = match[state] ?? 0;
    assert(
      labelTo(from.labels[state] ?? 0) === to.labels[image],
      'a renamed state looks the same but for names',
    );
    for (const [letter, renamed] of letterTo.entries()) {
      const next = from.next[state * from.letters + letter] ?? 0;
      const nextImage = to.next[image * to.letters + renamed] ?? 0;
      if (match[next] === -1) {
        match[next] = nextImage;
        queue.push(next);
      }
      assert(match[next] === nextImage, 'a renamed message leads to the renamed state');
    }
  }
  return match;
}

function renamedLabel(setting: Setting, label: number, values: readonly number[]): number {
  let renamed = 0;
  for (const promise of PROMISES) renamed |= label & broken(setting, promise);
  for (const kind of KINDS) {
    for (let value = 0; value < setting.values; value += 1) {
      if ((label & labelBit(setting, kind, value)) !== 0)
        renamed |= labelBit(setting, kind, values[value] ?? value);
    }
  }
  return renamed;
}

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}
