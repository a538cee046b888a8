import type { Committee, NodeId } from '../../committee/index.ts';
import { plain } from './describe.ts';
import type { TrialSubject } from './subject.ts';

/** What went wrong in a trial. */
export interface TrialViolation {
  readonly property: string;
  readonly note: string;
}

/** Keeps what the correct members of a trial proposed and output, and asks the properties of the subject about it. */
export class TrialJudge<Input, Output> {
  readonly #committee: Committee;
  readonly #correct: readonly NodeId[];
  readonly #properties: TrialSubject<Input, unknown, Output>['properties'];
  readonly #inputs: (Input | undefined)[];
  readonly #outputs: Output[][];
  /** By member: what it has output in an earlier life and not again in this one. */
  readonly #repeatable: string[][];
  /** The first violation; undefined if there is none. */
  violated: TrialViolation | undefined;

  constructor(
    committee: Committee,
    correct: readonly NodeId[],
    properties: TrialSubject<Input, unknown, Output>['properties'],
  ) {
    this.#committee = committee;
    this.#correct = correct;
    this.#properties = properties;
    this.#inputs = committee.ids.map(() => undefined);
    this.#outputs = committee.ids.map(() => []);
    this.#repeatable = committee.ids.map(() => []);
  }

  proposed(self: NodeId, input: Input): void {
    this.#inputs[self] = input;
  }

  inputOf(self: NodeId): Input | undefined {
    return this.#inputs[self];
  }

  /** A member came back: it may output again what it did. */
  restarted(self: NodeId): void {
    this.#repeatable[self] = (this.#outputs[self] ?? []).map(plain);
  }

  /** Takes an output; false if it only repeats one of an earlier life. */
  output(self: NodeId, output: Output): boolean {
    const repeatable = this.#repeatable[self] ?? [];
    const again = repeatable.indexOf(plain(output));
    if (again >= 0) repeatable.splice(again, 1);
    else this.#outputs[self]?.push(output);
    return again < 0;
  }

  /** Asks every property. `ended`: nothing more can come. */
  look(ended: boolean): void {
    const outcome = {
      committee: this.#committee,
      correct: this.#correct,
      inputs: this.#inputs,
      outputs: this.#outputs,
      ended,
    };
    for (const [property, wrong] of Object.entries(this.#properties)) {
      const note = wrong(outcome);
      if (note !== undefined) this.violate(property, note);
    }
  }

  /** The first one counts. */
  violate(property: string, note: string): void {
    this.violated ??= { property, note };
  }
}
