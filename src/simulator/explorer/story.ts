import { bitsOf, broken, labelBit, PROMISES } from './play.ts';
import type { Kind, Setting } from './setting.ts';

/** What a member is said to do when a bit of its label is set. */
const DEEDS: readonly (readonly [Kind, string])[] = [
  ['initial', 'broadcasts'],
  ['echo', 'says ECHO'],
  ['ready', 'says READY'],
  ['done', 'delivers'],
];

/** A way through the states of an exploration, in sentences. */
export class Story {
  readonly #setting: Setting;
  readonly lines: string[] = [];

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** Where it begins: what a correct sender said by then. */
  begin(labels: readonly number[]): void {
    for (const [member, label] of labels.entries()) {
      const deeds = this.#deeds(label);
      if (deeds !== '') this.lines.push(`${this.#name(member)} ${deeds}.`);
    }
  }

  /** A member takes a message; its labels before and after. */
  step(member: number, letter: number, before: number, after: number): void {
    const { letters, faulty, values } = this.#setting;
    const taken = letters[letter];
    if (taken === undefined) return;
    const { from, kind, value } = taken;
    const what = value === values ? 'a payload that nobody vouches for' : valueName(value);
    const who = faulty.includes(from) ? `the liar p${from}` : `p${from}`;
    const deeds = this.#deeds(after & ~before);
    const took =
      kind === 'payload'
        ? `is given the payload ${what} by ${who}`
        : `hears ${kind.toUpperCase()} ${what} of ${who}`;
    this.lines.push(`${this.#name(member)} ${took}${deeds === '' ? '' : ` and ${deeds}`}.`);
  }

  /** What everybody has in the end. */
  end(labels: readonly number[]): void {
    const ends = labels.map((label, member) => {
      const wrong = PROMISES.filter((promise) => (label & broken(this.#setting, promise)) !== 0);
      const delivered = this.#values(label, 'done').map(valueName).join(' and ');
      const own = delivered === '' ? 'nothing' : delivered;
      return `${this.#name(member)} delivered ${own}${wrong.length === 0 ? '' : ` (${wrong.join(', ')} violated)`}`;
    });
    this.lines.push(`In the end ${ends.join(', ')}.`);
  }

  #deeds(label: number): string {
    const deeds = DEEDS.flatMap(([kind, verb]) =>
      this.#values(label, kind).map((value) => `${verb} ${valueName(value)}`),
    );
    return deeds.length < 2 ? deeds.join('') : `${deeds.slice(0, -1).join(', ')} and ${deeds.at(-1)}`;
  }

  #values(label: number, kind: Kind): number[] {
    if ((label & bitsOf(this.#setting, kind)) === 0) return [];
    return Array.from({ length: this.#setting.values }, (_, value) => value).filter(
      (value) => (label & labelBit(this.#setting, kind, value)) !== 0,
    );
  }

  #name(member: number): string {
    return `p${this.#setting.correct[member] ?? member}`;
  }
}

/** Values are letters. */
function valueName(value: number): string {
  return String.fromCharCode(0x61 + value);
}
