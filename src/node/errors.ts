import { QuorumcastError } from '../base/index.ts';

export { ERROR_CODES, type ErrorDetails, QuorumcastError, type QuorumcastErrorCode } from '../base/index.ts';

/** The error of a node that found a bug in itself. */
export function internalError(cause: unknown): QuorumcastError {
  return new QuorumcastError('ERR_INTERNAL', `this node found itself wrong: ${String(cause)}`, {
    hint: 'it stopped rather than vote; please report this with the log',
    cause,
  });
}
