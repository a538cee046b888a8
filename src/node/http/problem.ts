import { STATUS_CODES } from 'node:http';
import { UsageError } from '../../base/index.ts';
import type { Logger } from '../api.ts';
import { QuorumcastError, type QuorumcastErrorCode } from '../errors.ts';

/** What an answer that is no success says, by RFC 9457 with the fields of every error of this project. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: QuorumcastErrorCode;
  readonly hint: string;
  readonly definite: boolean;
  readonly retryable: boolean;
}

/** What a problem says besides its status and sentence. */
export interface ProblemDetails {
  readonly code?: QuorumcastErrorCode;
  readonly hint?: string;
  readonly definite?: boolean;
  readonly retryable?: boolean;
  /** Further headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** Ends the handling of a request with an answer that is no success. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly code: QuorumcastErrorCode;
  readonly hint: string;
  readonly definite: boolean;
  readonly retryable: boolean;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, details: ProblemDetails = {}) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = status;
    this.code = details.code ?? 'ERR_USAGE';
    this.hint = details.hint ?? '';
    this.definite = details.definite ?? true;
    this.retryable = details.retryable ?? false;
    this.headers = details.headers ?? {};
  }

  toJSON(): Problem {
    return {
      type: `urn:quorumcast:${this.code}`,
      title: STATUS_CODES[this.status] ?? 'Error',
      status: this.status,
      detail: this.message,
      code: this.code,
      hint: this.hint,
      definite: this.definite,
      retryable: this.retryable,
    };
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

/** The headers and body of a problem as they go over the wire. */
export function problemParts(problem: HttpProblem): { headers: Record<string, string>; body: string } {
  return {
    headers: { ...problem.headers, 'Content-Type': PROBLEM_TYPE },
    body: `${JSON.stringify(problem)}\n`,
  };
}

/** Seconds after which it makes sense to try again. */
const RETRY_AFTER: Partial<Record<number, string>> = { 429: '1', 503: '5' };

const STATUS_OF: Partial<Record<QuorumcastErrorCode, number>> = {
  ERR_USAGE: 400,
  ERR_CURSOR: 400,
  ERR_CLUSTER_INVALID: 400,
  ERR_FORBIDDEN: 403,
  ERR_NOT_FOUND: 404,
  ERR_IDEMPOTENCY_CONFLICT: 409,
  ERR_CONSUMER_BUSY: 409,
  ERR_CLUSTER_MISMATCH: 409,
  ERR_CLUSTER_UNSIGNED: 409,
  ERR_NOT_A_MEMBER: 409,
  ERR_IDENTITY: 409,
  ERR_PAYLOAD_TOO_LARGE: 413,
  ERR_RETENTION: 410,
  ERR_GAP: 410,
  ERR_BACKLOG_FULL: 429,
  ERR_INTERNAL: 500,
  ERR_TIMEOUT: 504,
};

/** The answer for whatever was thrown. What this program did not foresee is an internal error and tells nothing. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof QuorumcastError) {
    // Whatever is wrong in the world around the node (disk, state, closing) makes the service unavailable.
    const status = STATUS_OF[error.code] ?? 503;
    const retryAfter = RETRY_AFTER[status];
    return new HttpProblem(status, error.message, {
      code: error.code,
      hint: error.hint,
      definite: error.definite,
      retryable: error.retryable,
      headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter },
      cause: error,
    });
  }
  if (error instanceof UsageError || error instanceof RangeError) {
    return new HttpProblem(400, error.message, { cause: error });
  }
  return new HttpProblem(500, 'an error in this program; its log says which', {
    code: 'ERR_INTERNAL',
    hint: 'please report it with the line of the log',
    definite: false,
    cause: error,
  });
}

const REFUSED_FOR: Partial<Record<number, string>> = { 401: 'token', 403: 'origin', 421: 'host' };

/** One line for requests that came from where they should not. */
export function logRefusal(logger: Logger, problem: HttpProblem): void {
  const reason = REFUSED_FOR[problem.status];
  if (reason !== undefined) logger.warn('http.refused', { reason, detail: problem.message });
}
