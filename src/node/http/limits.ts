/** What one HTTP server holds and how long it waits. `docs/http.md` tells them to its users. */
export interface HttpLimits {
  /** Longest message, bytes: the cluster's own limit. */
  readonly payloadBytes: number;
  /** Bytes of request bodies held at once, over all connections; one body is always let in. */
  readonly bodiesBytes: number;
  /** Open sockets; further ones are closed unread. */
  readonly connections: number;
  /** Streams open at once: server-sent events and newline-delimited JSON. */
  readonly streams: number;
  /** From the opening of a socket, or the first byte of a further request, to the end of its headers. */
  readonly headersTimeoutMs: number;
  /** From the same moment to the end of the body. */
  readonly requestTimeoutMs: number;
  /** Between two requests of one socket. */
  readonly keepAliveTimeoutMs: number;
  /** Without a byte moving in either direction: also the patience with a reader that takes nothing. */
  readonly idleTimeoutMs: number;
  /** How often the deadlines of sockets are looked at: each may be late by this much. */
  readonly checkIntervalMs: number;
  /** Between two comments on an otherwise quiet stream. */
  readonly heartbeatMs: number;
  /** Events queued for a reader of `/v1/events` before it is told that it lost some. */
  readonly eventsQueued: number;
  /** What `close` gives to answers under way. */
  readonly closeTimeoutMs: number;
}

export const HTTP_LIMITS_DEFAULT: HttpLimits = {
  payloadBytes: 1_048_576,
  bodiesBytes: 67_108_864,
  connections: 1_024,
  streams: 128,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 5_000,
  idleTimeoutMs: 90_000,
  checkIntervalMs: 1_000,
  heartbeatMs: 15_000,
  eventsQueued: 1_024,
  closeTimeoutMs: 2_000,
};

/** Longest body of any request that carries a message of at most `payloadBytes`: base64 and a little JSON. */
export function jsonBodyBytesMax(payloadBytes: number): number {
  return Math.ceil(payloadBytes * 1.4) + 1_024;
}
