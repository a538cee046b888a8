import type { TraceEvent } from '../event.ts';

/** What a check found: `undecided` where a run ended before what must come in the end could have come. */
export type Finding = 'holds' | 'violated' | 'undecided';

/** An instance. */
export interface About {
  readonly sender: number;
  readonly instance: number;
}

/** What is still to come at the end of a run. */
export interface Missing {
  readonly note: string;
  readonly about: About | undefined;
}

/** The finding about one property. */
export interface Verdict {
  readonly property: PropertyName;
  readonly finding: Finding;
  /** The instance it is about, where it is about one. */
  readonly about: About | undefined;
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
  /** Members of whose statements and deliveries some may not be recorded, the last before a crash mostly. Default: none. */
  readonly unrecorded?: ReadonlySet<number>;
  /** Whether members drop what they delivered, so that one that was away may have to skip instances. */
  readonly maySkip?: boolean;
}

/** Watches one property over the events of a run, and nothing but the events. */
export abstract class Checker {
  abstract readonly property: PropertyName;
  /** The kinds of events it looks at; it is shown no others. */
  abstract readonly sees: readonly TraceEvent['e'][];
  protected readonly context: CheckContext;
  #note = '';
  #about: About | undefined;
  #at = -1;
  #doubt: Missing | undefined;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** One more event, the `index`-th. */
  abstract see(event: TraceEvent, index: number): void;

  /** What ought to have come by the end of the run and has not. */
  protected missing(): Missing | undefined {
    return undefined;
  }

  get violated(): boolean {
    return this.#at >= 0;
  }

  verdict(quiescent: boolean): Verdict {
    const { property } = this;
    if (this.violated) {
      return { property, finding: 'violated', about: this.#about, note: this.#note, at: this.#at };
    }
    const missing = this.missing();
    if (missing === undefined && this.#doubt !== undefined)
      return { property, finding: 'undecided', ...this.#doubt, at: -1 };
    if (missing === undefined) return { property, finding: 'holds', about: undefined, note: '', at: -1 };
    return { property, finding: quiescent ? 'violated' : 'undecided', ...missing, at: -1 };
  }

  protected correct(node: number): boolean {
    return !this.context.faulty.has(node);
  }

  /** Whether something that this member did may stand in no event. */
  protected unrecorded(node: number): boolean {
    return this.context.unrecorded?.has(node) === true;
  }

  /** It would be violated, did the events tell everything. */
  protected doubt(note: string, { sender, instance }: About): void {
    this.#doubt ??= { note, about: { sender, instance } };
  }

  protected violate(note: string, index: number, about?: About): void {
    if (this.violated) return;
    this.#about = about === undefined ? undefined : { sender: about.sender, instance: about.instance };
    this.#note = note;
    this.#at = index;
  }
}
