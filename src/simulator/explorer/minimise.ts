import { assert } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import type { Automaton } from './automaton.ts';

/** Stands in a signature for "stays in this very class". */
const SAME = -1;

/**
 * The smallest automaton that nobody can tell from `automaton`: states are one if they look alike and every message
 * leads to states that are one. What is no longer of use to anybody is forgotten thereby, without a list of what that is.
 *
 * @throws AssertionError if any sequence of messages leads back to a state that was left.
 */
export function minimised(automaton: Automaton): Automaton {
  const { self, letters, next, labels } = automaton;
  const classOf = new Int32Array(automaton.states).fill(-1);
  const table: number[] = [];
  const classLabels: number[] = [];
  const known = new Map<string, number>();
  const row = new Array<number>(letters).fill(SAME);

  for (const state of sinksFirst(automaton)) {
    const label = labels[state] ?? 0;
    const candidates = new Set<number>();
    for (let letter = 0; letter < letters; letter += 1) {
      const target = next[state * letters + letter] ?? 0;
      const to = target === state ? SAME : (classOf[target] ?? SAME);
      row[letter] = to;
      if (to !== SAME) candidates.add(to);
    }
    let found = -1;
    for (const candidate of candidates) {
      if (classLabels[candidate] !== label) continue;
      const base = candidate * letters;
      if (row.every((to, letter) => (to === SAME ? candidate : to) === table[base + letter]))
        found = candidate;
    }
    if (found < 0) {
      const signature = `${label}:${row.join()}`;
      found = known.get(signature) ?? -1;
      if (found < 0) {
        found = classLabels.length;
        known.set(signature, found);
        classLabels.push(label);
        for (const to of row) table.push(to === SAME ? found : to);
      }
    }
    classOf[state] = found;
  }
  return renumbered(self, letters, table, classLabels, classOf[0] ?? 0);
}

/** The automaton with `first` as state 0 and the others in order of the number of messages to them. */
function renumbered(
  self: NodeId,
  letters: number,
  table: readonly number[],
  labels: readonly number[],
  first: number,
): Automaton {
  const numberOf = new Int32Array(labels.length).fill(-1);
  numberOf[first] = 0;
  const order = [first];
  const next = new Int32Array(table.length);
  for (let at = 0; at < order.length; at += 1) {
    const base = (order[at] ?? 0) * letters;
    for (let letter = 0; letter < letters; letter += 1) {
      const target = table[base + letter] ?? 0;
      if (numberOf[target] === -1) {
        numberOf[target] = order.length;
        order.push(target);
      }
      next[at * letters + letter] = numberOf[target] ?? 0;
    }
  }
  return {
    self,
    letters,
    states: order.length,
    next,
    labels: Int32Array.from(order, (state) => labels[state] ?? 0),
  };
}

/** All states, each after those it leads to. */
function sinksFirst({ states, letters, next }: Automaton): Int32Array {
  const order = new Int32Array(states);
  const cursor = new Int32Array(states).fill(-1);
  const done = new Uint8Array(states);
  let placed = 0;
  const stack: number[] = [0];
  cursor[0] = 0;
  while (stack.length > 0) {
    const state = stack[stack.length - 1] ?? 0;
    const letter = cursor[state] ?? 0;
    if (letter === letters) {
      stack.pop();
      done[state] = 1;
      order[placed] = state;
      placed += 1;
      continue;
    }
    cursor[state] = letter + 1;
    const target = next[state * letters + letter] ?? 0;
    if (target === state || done[target] === 1) continue;
    assert(cursor[target] === -1, 'a machine never comes back to a state it left');
    cursor[target] = 0;
    stack.push(target);
  }
  assert(placed === states, 'every state is reached');
  return order;
}
