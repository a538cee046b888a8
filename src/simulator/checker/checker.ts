import type { TraceEvent } from '../event.ts';

/** What a check found: `undecided` where a run ended before what must come in the end could have come. */
export type Finding = 'holds' | 'violated' | 'undecided';

/** The finding about one property. */
export interface Verdict {
  readonly property: PropertyName;
  readonly finding: Finding;
  /** In a sentence: who did what, against what; empty if it holds. */
  readonly note: string;
  /** The number of the event that showed it, from 0; -1 if none did. */
  readonly at: number;
}

/** The properties that are checked. */
export const PROPERTIES = [
  'agreement',
  'validity',
  'totality',
  'integrity',
  'fifo',
  'say-once',
  'no-false-accusation',
  'memory',
  'no-assertion-fails',
] as const;

/** One of `PROPERTIES`. */
export type PropertyName = (typeof PROPERTIES)[number];

/** What a checker knows of a run beforehand: the first line of its trace. */
export interface CheckContext {
  readonly n: number;
  readonly f: number;
  readonly faulty: ReadonlySet<number>;
  readonly window: number;
  /** Most payload bytes a member may hold of one sender. */
  readonly bytesMax: number;
}

/** Watches one property over the events of a run, and nothing but the events. */
export abstract class Checker {
  abstract readonly property: PropertyName;
  /** The kinds of events it looks at; it is shown no others. */
  abstract readonly sees: readonly TraceEvent['e'][];
  protected readonly context: CheckContext;
  #note = '';
  #at = -1;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** One more event, the `index`-th. */
  abstract see(event: TraceEvent, index: number): void;

  /** What is still to be said at the end of the run; `quiescent`: all that can come has come. */
  protected missing(_quiescent: boolean): string {
    return '';
  }

  get violated(): boolean {
    return this.#at >= 0;
  }

  verdict(quiescent: boolean): Verdict {
    const { property } = this;
    if (this.violated) return { property, finding: 'violated', note: this.#note, at: this.#at };
    const missing = this.missing(quiescent);
    if (missing === '') return { property, finding: 'holds', note: '', at: -1 };
    return { property, finding: quiescent ? 'violated' : 'undecided', note: missing, at: -1 };
  }

  protected correct(node: number): boolean {
    return !this.context.faulty.has(node);
  }

  protected violate(note: string, index: number): void {
    if (this.violated) return;
    this.#note = note;
    this.#at = index;
  }
}
