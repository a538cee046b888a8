import type { Candidate } from '../member/index.ts';

/** A check of the caller's, kept from doing harm: what it throws, and whatever is neither true nor false, counts as a refusal. */
class Check<Given> {
  readonly #name: string;
  readonly #check: (given: Given) => boolean;
  #told = false;
  /** Told once of what the check did wrong. */
  onMisuse: (message: string, cause: unknown) => void = () => undefined;

  constructor(name: string, check: (given: Given) => boolean) {
    this.#name = name;
    this.#check = check;
  }

  /** Never throws: an exception that a peer's bytes can provoke must not stop the member, and a promise is no yes. */
  protected ask(given: Given): boolean {
    try {
      const answer: unknown = this.#check(given);
      if (typeof answer === 'boolean') return answer;
      this.#tell(
        `${this.#name} answered ${describe(answer)} where it must answer true or false at once`,
        answer,
      );
    } catch (error) {
      this.#tell(`${this.#name} threw: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    return false;
  }

  #tell(message: string, cause: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.onMisuse(message, cause);
  }
}

/** The caller's check of messages. */
export class Validator extends Check<Candidate> {
  constructor(validate: (candidate: Candidate) => boolean = () => true) {
    super('validate', validate);
  }

  /** Whether to vouch for this message. Never throws. */
  readonly accepts = (candidate: Candidate): boolean => this.ask(candidate);
}

/** A value that somebody proposes in a topic. */
export interface ProposedValue {
  readonly topic: string;
  /** Not to be written to, or kept. */
  readonly value: Uint8Array;
}

/** The caller's check of values that members may agree on. */
export class ValueCheck extends Check<ProposedValue> {
  constructor(validate: (proposed: ProposedValue) => boolean = () => true) {
    super('validateValue', validate);
  }

  /** Whether to vouch for this value. Never throws. */
  readonly accepts = (topic: string, value: Uint8Array): boolean => this.ask({ topic, value });
}

function describe(answer: unknown): string {
  return answer instanceof Promise ? 'with a promise' : `with ${String(answer)}`;
}

/** The warning about a check that did something wrong. */
export function misuseWarning(message: string): {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
} {
  return {
    code: 'validate',
    message,
    hint: 'it was refused; a check that throws or answers later holds up its sender, or the agreement, for good',
  };
}
