/** Everything that can go wrong in the world around a node. Closed; each is explained in `docs/errors.md`. */
export const ERROR_CODES = [
  'ERR_CONFIG',
  'ERR_CLUSTER_INVALID',
  'ERR_CLUSTER_UNSIGNED',
  'ERR_CLUSTER_MISMATCH',
  'ERR_IDENTITY',
  'ERR_NOT_A_MEMBER',
  'ERR_ADDRESS_IN_USE',
  'ERR_LISTEN',
  'ERR_DATA_DIR_LOCKED',
  'ERR_DATA_DIR',
  'ERR_STORAGE_CORRUPT',
  'ERR_STORAGE_FAILED',
  'ERR_STATE_LOST',
  'ERR_STATE_ROLLED_BACK',
  'ERR_PAYLOAD_TOO_LARGE',
  'ERR_BACKLOG_FULL',
  'ERR_RETENTION',
  'ERR_GAP',
  'ERR_IDEMPOTENCY_CONFLICT',
  'ERR_CONSUMER_BUSY',
  'ERR_CURSOR',
  'ERR_TIMEOUT',
  'ERR_ABORTED',
  'ERR_CLOSED',
  'ERR_UNREACHABLE',
  'ERR_NOT_FOUND',
  'ERR_FORBIDDEN',
  'ERR_USAGE',
  'ERR_INTERNAL',
] as const;

/** One of `ERROR_CODES`. */
export type QuorumcastErrorCode = (typeof ERROR_CODES)[number];

/** What an error says besides its message. */
export interface ErrorDetails {
  /** What to do about it, in one sentence. */
  readonly hint?: string;
  /** Whether the operation surely had no effect. A timeout is not definite. Default true. */
  readonly definite?: boolean;
  /** Whether trying the same again may succeed. Default false. */
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** An error of the world: a file, a port, a peer's configuration, a deadline. Says what, why and what to do. */
export class QuorumcastError extends Error {
  override readonly name = 'QuorumcastError';
  readonly code: QuorumcastErrorCode;
  readonly hint: string;
  readonly definite: boolean;
  readonly retryable: boolean;
  /** Where the code is explained, relative to the package's `docs/`. */
  readonly docs: string;

  constructor(code: QuorumcastErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint ?? '';
    this.definite = details.definite ?? true;
    this.retryable = details.retryable ?? false;
    this.docs = `errors.md#${code.toLowerCase().replaceAll('_', '-')}`;
  }
}
