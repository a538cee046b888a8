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

/** All checkers over one run. Feed it the events in order, then ask. */
export class Judge {
  readonly #checkers: readonly Checker[];
  readonly #byEvent: Partial<Record<TraceEvent['e'], Checker[]>> = {};
  #events = 0;
  #violated = false;
  #quiescent = false;

  constructor(context: CheckContext) {
    this.#checkers = CHECKERS.map((Checking) => new Checking(context));
    for (const checker of this.#checkers) {
      for (const kind of checker.sees) {
        const same = this.#byEvent[kind];
        if (same === undefined) this.#byEvent[kind] = [checker];
        else same.push(checker);
      }
    }
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
    const checkers = this.#byEvent[event.e];
    if (checkers !== undefined) {
      for (const checker of checkers) {
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
