import { AssertionError, assert } from '../../base/index.ts';
import type { Automaton } from './automaton.ts';
import { Least } from './least.ts';
import { bitsOf, broken, labelBit } from './play.ts';
import type { Model } from './search.ts';
import type { Setting } from './setting.ts';
import { Story } from './story.ts';
import type { Symmetry } from './symmetry.ts';

/** Letters that change a state, as three numbers each: letter, who must have said it, and the state after it. */
interface Steps {
  readonly begin: Int32Array;
  readonly letter: Int32Array;
  readonly target: Int32Array;
}
const NO_PROPERTY: readonly string[] = [];

/**
 * One instance of broadcast among correct members and liars. A state is the state of every correct member; what is
 * under way follows from it: a member that said something has said it to everybody, and a message that came already
 * changes nothing when it comes again. Liars need no state: they can say anything to anybody at any time.
 */
export class BroadcastModel implements Model {
  readonly words: number;
  readonly #setting: Setting;
  readonly #automata: readonly Automaton[];
  readonly #steps: readonly Steps[];
  /** Undefined if there is no renaming but the identity. */
  readonly #least: Least | undefined;
  /** By member: its word and its first bit in it. */
  readonly #word: number[] = [];
  readonly #shift: number[] = [];
  readonly #mask: number[] = [];
  readonly #successor: Uint32Array;
  readonly #tuple: Int32Array;
  /** By member: its label in the state that is being expanded. */
  readonly #seen: Int32Array;
  /** By letter: the correct member that must have said it and the bit of its label, or -1 for a liar's. */
  readonly #speaker: Int32Array;
  readonly #needs: Int32Array;
  readonly #owed: Uint8Array;

  constructor(setting: Setting, automata: readonly Automaton[], symmetries: readonly Symmetry[]) {
    this.#setting = setting;
    this.#automata = automata;
    const states = automata.map((automaton) => automaton.states);
    this.#least = symmetries.length === 0 ? undefined : new Least(symmetries, states);
    this.#steps = automata.map(stepsOf);
    let word = 0;
    let shift = 0;
    for (const { states } of automata) {
      const bits = Math.max(1, 32 - Math.clz32(states - 1));
      if (shift + bits > 32) {
        word += 1;
        shift = 0;
      }
      this.#word.push(word);
      this.#shift.push(shift);
      this.#mask.push(2 ** bits - 1);
      shift += bits;
    }
    this.words = word + 1;
    this.#successor = new Uint32Array(this.words);
    this.#tuple = new Int32Array(automata.length);
    this.#seen = new Int32Array(automata.length);
    const { letters, correct } = setting;
    this.#speaker = Int32Array.from(letters, ({ from }) => correct.indexOf(from));
    this.#needs = Int32Array.from(letters, (letter) =>
      letter.value < setting.values ? labelBit(setting, letter.kind, letter.value) : 0,
    );
    this.#owed = Uint8Array.from(letters, ({ from, kind }) =>
      Number(correct.includes(from) && kind !== 'done'),
    );
  }

  start(emit: (state: Uint32Array) => void): void {
    this.#tuple.fill(0);
    emit(this.#pack(this.#canonical(this.#tuple)));
  }

  expand(state: Uint32Array, emit: (state: Uint32Array) => void): readonly string[] {
    const tuple = this.#tuple;
    this.#unpack(state, tuple);
    const seen = this.#seen;
    for (let member = 0; member < tuple.length; member += 1) seen[member] = this.#label(tuple, member);
    let quiescent = true;
    for (let member = 0; member < tuple.length; member += 1) {
      const own = tuple[member] ?? 0;
      const steps = this.#steps[member];
      assert(steps !== undefined, 'every correct member has its steps');
      const end = steps.begin[own + 1] ?? 0;
      for (let step = steps.begin[own] ?? 0; step < end; step += 1) {
        const letter = steps.letter[step] ?? 0;
        // Whether it was said is a question to this state, not to those that come of it.
        const speaker = this.#speaker[letter] ?? -1;
        if (speaker >= 0 && ((seen[speaker] ?? 0) & (this.#needs[letter] ?? 0)) === 0) continue;
        if (this.#owed[letter] === 1) quiescent = false;
        tuple[member] = steps.target[step] ?? 0;
        emit(this.#pack(this.#canonical(tuple)));
        tuple[member] = own;
      }
    }
    return this.#broken(tuple, quiescent);
  }

  /** One sentence a step, and one on what is wrong in the end. Names are those of the run, not of its least renaming. */
  describe(states: readonly Uint32Array[]): string[] {
    const tuple = new Int32Array(this.#automata.length);
    const story = new Story(this.#setting);
    story.begin(this.#labels(tuple));
    for (const wanted of states.slice(1)) {
      const step = this.#stepTo(tuple, wanted);
      const before = this.#label(tuple, step.member);
      tuple[step.member] = step.target;
      story.step(step.member, step.letter, before, this.#label(tuple, step.member));
    }
    story.end(this.#labels(tuple));
    return story.lines;
  }

  #labels(tuple: Int32Array): number[] {
    return Array.from(tuple, (_, member) => this.#label(tuple, member));
  }

  /** A step from `tuple` to `wanted`, or to what `wanted` is a renaming of. */
  #stepTo(tuple: Int32Array, wanted: Uint32Array) {
    for (const [member, steps] of this.#steps.entries()) {
      const own = tuple[member] ?? 0;
      for (let step = steps.begin[own] ?? 0; step < (steps.begin[own + 1] ?? 0); step += 1) {
        const letter = steps.letter[step] ?? 0;
        if (!this.#said(tuple, letter)) continue;
        const target = steps.target[step] ?? 0;
        tuple[member] = target;
        const found = this.#pack(this.#canonical(tuple)).every((word, index) => word === wanted[index]);
        tuple[member] = own;
        if (found) return { member, letter, target };
      }
    }
    throw new AssertionError('a state was come to by a step');
  }

  #said(tuple: Int32Array, letter: number): boolean {
    const speaker = this.#speaker[letter] ?? -1;
    if (speaker < 0) return true;
    return (this.#label(tuple, speaker) & (this.#needs[letter] ?? 0)) !== 0;
  }

  #label(tuple: Int32Array, member: number): number {
    return this.#automata[member]?.labels[tuple[member] ?? 0] ?? 0;
  }

  #broken(tuple: Int32Array, quiescent: boolean): readonly string[] {
    const setting = this.#setting;
    const delivery = bitsOf(setting, 'done');
    let seen = 0;
    let delivered = 0;
    let all = -1;
    for (let member = 0; member < tuple.length; member += 1) {
      const label = this.#label(tuple, member);
      seen |= label;
      all &= label;
      if ((label & delivery) !== 0) delivered += 1;
    }
    const values = seen & delivery;
    const sent = setting.correct.includes(setting.sender) ? labelBit(setting, 'done', 0) : delivery;
    const found: string[] = [];
    if ((values & (values - 1)) !== 0) found.push('agreement');
    if ((values & ~sent) !== 0 || (seen & broken(setting, 'integrity')) !== 0) found.push('integrity');
    for (const promise of ['say-once', 'no-assertion-fails'] as const) {
      if ((seen & broken(setting, promise)) !== 0) found.push(promise);
    }
    if (quiescent && delivered > 0 && delivered < tuple.length) found.push('totality');
    if (quiescent && sent !== delivery && (all & sent) === 0) found.push('validity');
    return found.length === 0 ? NO_PROPERTY : found;
  }

  /** The least of the tuples that differ from this one in names only. Valid until the next call. */
  #canonical(tuple: Int32Array): Int32Array {
    return this.#least === undefined ? tuple : this.#least.of(tuple);
  }

  #pack(tuple: Int32Array): Uint32Array {
    const state = this.#successor.fill(0);
    for (let member = 0; member < tuple.length; member += 1) {
      const word = this.#word[member] ?? 0;
      state[word] = (state[word] ?? 0) | ((tuple[member] ?? 0) << (this.#shift[member] ?? 0));
    }
    return state;
  }

  #unpack(state: Uint32Array, tuple: Int32Array): void {
    for (let member = 0; member < tuple.length; member += 1) {
      const word = state[this.#word[member] ?? 0] ?? 0;
      tuple[member] = (word >>> (this.#shift[member] ?? 0)) & (this.#mask[member] ?? 0);
    }
  }
}

function stepsOf({ states, letters, next }: Automaton): Steps {
  const begin = new Int32Array(states + 1);
  const letter: number[] = [];
  const target: number[] = [];
  for (let state = 0; state < states; state += 1) {
    for (let index = 0; index < letters; index += 1) {
      const to = next[state * letters + index] ?? state;
      if (to === state) continue;
      letter.push(index);
      target.push(to);
    }
    begin[state + 1] = letter.length;
  }
  return { begin, letter: Int32Array.from(letter), target: Int32Array.from(target) };
}
