// What `quorumcast` exports, and what that leads to. Written by `npm run api`.

export {
  QuorumcastError,
};

// node/errors
declare const ERROR_CODES: readonly ['ERR_CONFIG', 'ERR_CLUSTER_INVALID', 'ERR_CLUSTER_UNSIGNED', 'ERR_CLUSTER_MISMATCH', 'ERR_IDENTITY', 'ERR_NOT_A_MEMBER', 'ERR_ADDRESS_IN_USE', 'ERR_LISTEN', 'ERR_DATA_DIR_LOCKED', 'ERR_DATA_DIR', 'ERR_STORAGE_CORRUPT', 'ERR_STORAGE_FAILED', 'ERR_STATE_LOST', 'ERR_STATE_ROLLED_BACK', 'ERR_PAYLOAD_TOO_LARGE', 'ERR_BACKLOG_FULL', 'ERR_IDEMPOTENCY_CONFLICT', 'ERR_CONSUMER_BUSY', 'ERR_CURSOR', 'ERR_TIMEOUT', 'ERR_ABORTED', 'ERR_CLOSED', 'ERR_USAGE'];
type QuorumcastErrorCode = (typeof ERROR_CODES)[number];
interface ErrorDetails {
    readonly hint?: string;
    readonly definite?: boolean;
    readonly retryable?: boolean;
    readonly cause?: unknown;
}
declare class QuorumcastError extends Error {
    readonly name = "QuorumcastError";
    readonly code: QuorumcastErrorCode;
    readonly hint: string;
    readonly definite: boolean;
    readonly retryable: boolean;
    readonly docs: string;
    constructor(code: QuorumcastErrorCode, message: string, details?: ErrorDetails);
}
