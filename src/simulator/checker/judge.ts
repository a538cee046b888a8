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

/** All checkers over one run. Feed it the events in order, then ask. */
export class Judge {
  readonly #checkers: readonly Checker[];
  readonly #byEvent = new Map<TraceEvent['e'], Checker[]>();
  #events = 0;
  #violated = false;
  #quiescent = false;

  constructor(context: CheckContext) {
    this.#checkers = [
      new Agreement(context),
      new Validity(context),
      new Totality(context),
      new Integrity(context),
      new Fifo(context),
      new SayOnce(context),
      new NoFalseAccusation(context),
      new MemoryBound(context),
      new NoAssertionFails(context),
    ];
    for (const checker of this.#checkers) {
      for (const kind of checker.sees) this.#byEvent.set(kind, [...(this.#byEvent.get(kind) ?? []), checker]);
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
    for (const checker of this.#byEvent.get(event.e) ?? []) {
      checker.see(event, this.#events);
      if (checker.violated) this.#violated = true;
    }
    if (event.e === 'end') this.#quiescent = event.quiescent;
    this.#events += 1;
  }

  /** One verdict a property. Before the end of the run, what must come in the end is undecided. */
  verdicts(): readonly Verdict[] {
    return this.#checkers.map((checker) => checker.verdict(this.#quiescent));
  }
}
