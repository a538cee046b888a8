import type { QuorumcastErrorCode } from '../node/index.ts';

/**
 * What goes wrong in a command itself: looks like a `QuorumcastError`, without loading the node for it.
 * Commands that speak HTTP start in a fraction of the time.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: QuorumcastErrorCode;
  /** What to do about it; may be empty. */
  readonly hint: string;
  readonly definite: boolean;
  readonly retryable: boolean;

  constructor(
    code: QuorumcastErrorCode,
    message: string,
    details: {
      readonly hint?: string;
      readonly definite?: boolean;
      readonly retryable?: boolean;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint ?? '';
    this.definite = details.definite ?? true;
    this.retryable = details.retryable ?? false;
  }
}

/** The command line makes no sense as it stands. */
export function usage(message: string, hint = ''): CommandError {
  return new CommandError('ERR_USAGE', message, { hint });
}

/** An error for people and programs, whatever it was. */
export interface DescribedError {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly definite: boolean;
  readonly retryable: boolean;
}

/** What an error says. Without a code of ours it is a fault of this program: `ERR_INTERNAL`, with its stack. */
export function describeError(error: unknown): DescribedError {
  if (error instanceof Error && 'code' in error && 'hint' in error && 'definite' in error) {
    const { code, message, hint, definite } = error;
    const retryable = 'retryable' in error && error.retryable === true;
    return { code: String(code), message, hint: String(hint), definite: definite === true, retryable };
  }
  return {
    code: 'ERR_INTERNAL',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    hint: 'this is a fault of quorumcast itself: please report it with the lines above',
    definite: false,
    retryable: false,
  };
}
