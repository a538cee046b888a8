import { assert } from '../../base/index.ts';
import type { NodeId } from '../../committee/index.ts';
import { Play } from './play.ts';
import type { Letter, Setting } from './setting.ts';

/** A correct member as a table: what each message does to it in each state. State 0 is where it begins. */
export interface Automaton {
  readonly self: NodeId;
  readonly states: number;
  readonly letters: number;
  /** The state after `letter` in `state`, at `state * letters + letter`. */
  readonly next: Int32Array;
  /** What others can see of a state. */
  readonly labels: Int32Array;
}

/** Told now and then how many states are known in full and how many are not; false stops. */
export type GoesOn = (states: number, open: number) => boolean;

const TOLD_EVERY = 2_048;

interface Found {
  readonly parent: number;
  readonly letter: number;
}

/**
 * Every state that the real machine of `self` can be brought to by any messages in any order, in order of the number
 * of messages. A state is rebuilt by replaying the messages that first led to it; the same machine serves for one
 * message after another until one changes it. Undefined if it was stopped.
 */
function automatonOf(setting: Setting, self: NodeId, goesOn: GoesOn): Automaton | undefined {
  const { letters } = setting;
  const found: Found[] = [{ parent: -1, letter: -1 }];
  const first = new Play(setting, self);
  const known = new Map<string, number>([[first.key(), 0]]);
  const labels = [first.label()];
  const next: number[] = [];
  for (let state = 0; state < found.length; state += 1) {
    if (state % TOLD_EVERY === TOLD_EVERY - 1 && !goesOn(state + 1, found.length - state - 1))
      return undefined;
    let play: Play | undefined;
    const key = replay(setting, self, found, state).key();
    assert(known.get(key) === state, 'a machine replays to the state it came to');
    for (const [index, letter] of letters.entries()) {
      play ??= replay(setting, self, found, state);
      play.take(letter);
      const after = play.key();
      if (after === key) {
        next.push(state);
        // Who answered wrongly is not asked again, which no key tells.
        if (letter.kind === 'payload') play = undefined;
        continue;
      }
      let target = known.get(after);
      if (target === undefined) {
        target = found.length;
        known.set(after, target);
        found.push({ parent: state, letter: index });
        labels.push(play.label());
      }
      next.push(target);
      play = undefined;
    }
  }
  return {
    self,
    states: found.length,
    letters: letters.length,
    next: Int32Array.from(next),
    labels: Int32Array.from(labels),
  };
}

function replay(setting: Setting, self: NodeId, found: readonly Found[], state: number): Play {
  const path: Letter[] = [];
  for (let at = state; at > 0; ) {
    const step = found[at];
    const letter = setting.letters[step?.letter ?? -1];
    assert(step !== undefined && letter !== undefined, 'every state but the first was come to by a letter');
    path.push(letter);
    at = step.parent;
  }
  const play = new Play(setting, self);
  for (const letter of path.reverse()) play.take(letter);
  return play;
}

/**
 * The automata of all correct members: one is taken from the real machine for each role, sender and other, and renamed
 * for the others. With `each`, every one is taken from its own machine. Undefined if it was stopped.
 */
export function automataOf(
  setting: Setting,
  { each, goesOn }: { readonly each: boolean; readonly goesOn: GoesOn },
): Automaton[] | undefined {
  const { correct, sender } = setting;
  const automata: Automaton[] = [];
  let other: Automaton | undefined;
  for (const self of correct) {
    const known = each || self === sender ? undefined : other;
    const automaton =
      known === undefined ? automatonOf(setting, self, goesOn) : renamed(setting, known, self);
    if (automaton === undefined) return undefined;
    if (self !== sender) other = automaton;
    automata.push(automaton);
  }
  return automata;
}

/** What `automaton` is for its member, for `self`: both change places in every message. */
function renamed(setting: Setting, automaton: Automaton, self: NodeId): Automaton {
  const { letters } = setting;
  const swapped = (id: NodeId): NodeId => (id === self ? automaton.self : id === automaton.self ? self : id);
  const origin = letters.map(({ from, kind, value }) =>
    letters.findIndex(
      (other) => other.from === swapped(from) && other.kind === kind && other.value === value,
    ),
  );
  const next = new Int32Array(automaton.next.length);
  for (let base = 0; base < next.length; base += letters.length) {
    for (const [letter, from] of origin.entries()) next[base + letter] = automaton.next[base + from] ?? 0;
  }
  return { ...automaton, self, next };
}
