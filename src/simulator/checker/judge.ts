import type { TraceEvent } from '../event.ts';
import type { CheckContext, Checker, Verdict } from './checker.ts';
import { Totality, Validity } from './liveness.ts';
import {
  Agreement,
  Fifo,
  Integrity,
  MemoryBound,
  NoAssertionFails,
  NoFalseAccusation,
  SayOnce,
} from './safety.ts';

const CHECKERS: readonly (new (context: CheckContext) => Checker)[] = [
  Agreement,
  Validity,
  Totality,
  Integrity,
  Fifo,
  SayOnce,
  NoFalseAccusation,
  MemoryBound,
  NoAssertionFails,
];

/** By kind of event: the places in `CHECKERS` of those that look at it. The same for all runs. */
type Watchers = Partial<Record<TraceEvent['e'], number[]>>;
let watchers: Watchers | undefined;

function watchersOf(checkers: readonly Checker[]): Watchers {
  const by: Watchers = {};
  for (const [place, { sees }] of checkers.entries()) {
    for (const kind of sees) by[kind] = [...(by[kind] ?? []), place];
  }
  return by;
}

/** All checkers over one run. Feed it the events in order, then ask. */
export class Judge {
  readonly #checkers: readonly Checker[];
  readonly #watchers: Watchers;
  #events = 0;
  #violated = false;
  #quiescent = false;

  constructor(context: CheckContext) {
    this.#checkers = CHECKERS.map((Checking) => new Checking(context));
    watchers ??= watchersOf(this.#checkers);
    this.#watchers = watchers;
  }

  /** Events seen. */
  get events(): number {
    return this.#events;
  }

  /** Whether a property is violated already: then the run may stop. */
  get violated(): boolean {
    return this.#violated;
  }

  see(event: TraceEvent): void {
    const watching = this.#watchers[event.e];
    if (watching !== undefined) {
      for (let i = 0; i < watching.length; i += 1) {
        const checker = this.#checkers[watching[i] ?? 0];
        if (checker === undefined) continue;
        checker.see(event, this.#events);
        if (checker.violated) this.#violated = true;
      }
    }
    if (event.e === 'end') this.#quiescent = event.quiescent;
    this.#events += 1;
  }

  /** One verdict a property. Before the end of the run, what must come in the end is undecided. */
  verdicts(): readonly Verdict[] {
    return this.#checkers.map((checker) => checker.verdict(this.#quiescent));
  }
}
