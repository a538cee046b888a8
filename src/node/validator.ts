import type { Candidate } from '../member/index.ts';

/**
 * The caller's check of messages, kept from doing harm: what it throws, and whatever is neither true nor false, counts
 * as a refusal. An exception that a peer's bytes can provoke must not stop the member, and a promise is no yes.
 */
export class Validator {
  readonly #validate: (candidate: Candidate) => boolean;
  #told = false;
  /** Told once of what the check did wrong. */
  onMisuse: (message: string, cause: unknown) => void = () => undefined;

  constructor(validate: (candidate: Candidate) => boolean = () => true) {
    this.#validate = validate;
  }

  /** Whether to vouch for this message. Never throws. */
  readonly accepts = (candidate: Candidate): boolean => {
    try {
      const answer: unknown = this.#validate(candidate);
      if (typeof answer === 'boolean') return answer;
      this.#tell(`validate answered ${describe(answer)} where it must answer true or false at once`, answer);
    } catch (error) {
      this.#tell(`validate threw: ${error instanceof Error ? error.message : String(error)}`, error);
    }
    return false;
  };

  #tell(message: string, cause: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.onMisuse(message, cause);
  }
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
    hint: 'the message was refused; a check that throws or answers later holds up its sender for good',
  };
}
