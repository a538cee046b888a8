export { ERROR_CODES, type ErrorDetails, QuorumcastError, type QuorumcastErrorCode } from '../base/index.ts';
