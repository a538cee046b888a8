import type { RejectReason } from '../../codec/index.ts';
import { REJECT_REASONS } from '../../codec/index.ts';

/** Why bytes on a link were no frames, in this member's own judgement. */
export const FRAME_FAULTS = [
  'empty-frame',
  'frame-too-large',
  'unknown-version',
  'unknown-kind',
  'malformed-frame',
  'out-of-order',
  'frame-timeout',
] as const;

/** One of `FRAME_FAULTS`. */
export type FrameFault = (typeof FRAME_FAULTS)[number];

/** Every reason for which somebody is refused, on either side of a link. Closed: they are metric labels. */
export const REFUSAL_REASONS = [...REJECT_REASONS, ...FRAME_FAULTS, 'tls-version', 'tls-failed'] as const;

/** One of `REFUSAL_REASONS`. */
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Why a link that was up is down, or why there is none: a refusal, or the world. */
export type DownReason =
  | RefusalReason
  /** The peer ended the connection without a word. */
  | 'ended'
  /** Nothing was heard for the idle time. */
  | 'idle'
  | 'connection-refused'
  | 'name-not-found'
  | 'unreachable'
  | 'socket-error';

/** What goes over the wire for a reason that is this member's own judgement of frames. */
export function rejectReasonOf(reason: DownReason): RejectReason | undefined {
  if (isRejectReason(reason)) return reason;
  return (FRAME_FAULTS as readonly string[]).includes(reason) ? 'bad-frame' : undefined;
}

/** Whether a reason counts as a refusal, rather than as a failure of the world. */
export function isRefusal(reason: DownReason): reason is RefusalReason {
  return (REFUSAL_REASONS as readonly string[]).includes(reason);
}

function isRejectReason(reason: DownReason): reason is RejectReason {
  return (REJECT_REASONS as readonly string[]).includes(reason);
}

/** What the error of a socket means for the one who dialled. `detail` is the system's own code or text. */
export function reasonOfSocketError(error: Error): { readonly reason: DownReason; readonly detail: string } {
  const code = 'code' in error ? String(error.code) : '';
  return {
    reason: BY_CODE[code] ?? (isTlsError(code) ? 'tls-failed' : 'socket-error'),
    detail: code || error.message,
  };
}

/** Why a TLS handshake with somebody who dialled this member failed. */
export function reasonOfTlsError(error: Error): RefusalReason {
  const code = 'code' in error ? String(error.code) : '';
  return VERSION_CODES.has(code) ? 'tls-version' : 'tls-failed';
}

function isTlsError(code: string): boolean {
  return code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO';
}

const VERSION_CODES: ReadonlySet<string> = new Set([
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_VERSION_TOO_LOW',
]);

const BY_CODE: Readonly<Record<string, DownReason>> = {
  ECONNREFUSED: 'connection-refused',
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ETIMEDOUT: 'timeout',
};
